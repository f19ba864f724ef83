#include "reductions.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include "movement.h"
#include "threads.h"

namespace sconce {
namespace {

constexpr int64_t kShortRow = 16;  // elements, below which outputs are computed side by side whatever their strides
constexpr int64_t kGrain = 65536;  // elements that are worth a thread

// An instruction whose two groups of dimensions are coalesced.
struct Reduction {
  const Instruction& in;
  const Reducer& reducer;
  int kept;         // dimensions; those from here on are reduced
  int64_t count;    // elements that go into one output
  size_t item;      // bytes of an input element
  int64_t width;    // outputs of a tile
  int64_t inner;    // size of the innermost kept dimension, which tiles do not cross
  bool by_columns;  // a leaf is kLeafRows rows of a tile, else kLeafElements elements of one output
  int64_t leaf;
  int64_t step;  // from an output's elements to the next output's, in bytes

  Reduction(Instruction& instruction, const Reducer& r, int num_kept, int64_t n)
      : in(instruction), reducer(r), kept(num_kept), count(n), item(ItemSize(instruction.operands[1].dtype)) {
    inner = kept == 0 ? 1 : in.sizes[kept - 1];
    by_columns = ColumnsPay();
    // Short rows are taken several at a time.
    width =
        std::min(inner, by_columns ? kTile : std::clamp<int64_t>(kLeafElements / std::max<int64_t>(1, n), 1, kTile));
    leaf = by_columns ? kLeafRows : kLeafElements;
    step = kept == 0 ? 0 : in.operands[1].strides[kept - 1] * static_cast<int64_t>(item);
  }

  bool ColumnsPay() const {
    if (kept == 0) return false;
    if (count < kShortRow) return true;
    const int64_t* strides = in.operands[1].strides;
    return strides[kept - 1] == 1 && inner >= 8 && strides[in.dims - 1] != 1;
  }

  const char* Input(const char* base, int64_t position) const {
    return base + OffsetAt(in, 1, kept, in.dims, position) * static_cast<int64_t>(item);
  }

  // Elements [begin, end) of the output whose first element is at `base`.
  void RowLeaf(const char* base, int64_t begin, int64_t end, char* state) const {
    if (begin == end) return reducer.rows(base, 0, 0, 1, state);
    const int last = in.dims - 1;
    const int64_t run = in.dims == kept ? 1 : in.sizes[last];
    const int64_t stride = in.dims == kept ? 1 : in.operands[1].strides[last];
    if (stride == 1 && begin % run + (end - begin) <= run) {
      return reducer.rows(Input(base, begin), 0, end - begin, 1, state);
    }
    alignas(64) char packed[kLeafElements * 8];
    for (int64_t at = begin; at < end;) {
      const int64_t n = std::min(end - at, run - at % run);
      CopyStrided(item, packed + (at - begin) * item, 1, Input(base, at), stride, n);
      at += n;
    }
    reducer.rows(packed, 0, end - begin, 1, state);
  }

  void ColumnLeaf(const char* base, int64_t begin, int64_t end, int64_t columns, char* states) const {
    const char* rows[kLeafRows];
    if (in.dims == kept + 1) {
      const int64_t apart = in.operands[1].strides[kept] * static_cast<int64_t>(item);
      for (int64_t at = begin; at < end; ++at) rows[at - begin] = base + at * apart;
    } else {
      for (int64_t at = begin; at < end; ++at) rows[at - begin] = Input(base, at);
    }
    reducer.columns(rows, end - begin, in.operands[1].strides[kept - 1], columns, states);
  }

  // The left subtree is the largest complete one that leaves something to the right, so a range of leaf_size << i
  // elements that starts at a multiple of its length is one subtree and may be computed apart.
  template <class Leaf>
  void Tree(int64_t begin, int64_t end, int64_t leaf_size, int64_t columns, char* states, const Leaf& leaf_at) const {
    if (end - begin <= leaf_size) return leaf_at(begin, end, states);
    int64_t half = leaf_size;
    while (half * 2 < end - begin) half *= 2;
    alignas(64) char right[kTile * kMaxState];
    Tree(begin, begin + half, leaf_size, columns, states, leaf_at);
    Tree(begin + half, end, leaf_size, columns, right, leaf_at);
    reducer.join(states, half, right, end - begin - half, columns);
  }

  void ShortRows(const char* base, int64_t columns, char* states) const {
    if (in.dims == kept + 1 && in.operands[1].strides[kept] == 1) {
      return reducer.rows(base, step, count, columns, states);
    }
    for (int64_t j = 0; j < columns; ++j) RowLeaf(base + j * step, 0, count, states + j * reducer.state_bytes);
  }

  void Part(const char* base, int64_t begin, int64_t end, int64_t columns, char* states) const {
    if (!by_columns && count <= leaf) return ShortRows(base, columns, states);
    Tree(begin, end, leaf, columns, states, [&](int64_t from, int64_t to, char* leaf_states) {
      if (by_columns) ColumnLeaf(base, from, to, columns, leaf_states);
      else RowLeaf(base, from, to, leaf_states);
    });
  }

  // A tile on all threads, which share its subtrees of `part` elements.
  Status WideTile(const char* base, int64_t part, int64_t columns, char* states) const {
    const int64_t parts = (count + part - 1) / part;
    const size_t part_bytes = columns * reducer.state_bytes;
    const std::unique_ptr<char[]> part_states(new (std::nothrow) char[parts * part_bytes]);
    if (!part_states) return Status::kOutOfMemory;
    ParallelFor(parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        Part(base, i * part, std::min(count, (i + 1) * part), columns, part_states.get() + i * part_bytes);
      }
    });
    Tree(0, count, part, columns, states, [&](int64_t begin, int64_t, char* joined) {
      std::memcpy(joined, part_states.get() + begin / part * part_bytes, part_bytes);
    });
    return Status::kOk;
  }

  // The tile at `position` of the kept dimensions; `part` is 0 on a thread of many.
  Status Tile(int64_t position, int64_t columns, int64_t part) const {
    const char* base = in.operands[1].data + OffsetAt(in, 1, 0, kept, position) * static_cast<int64_t>(item);
    const Operand& out = in.operands[0];
    alignas(64) char states[kTile * kMaxState];
    if (part == 0) {
      Part(base, 0, count, columns, states);
    } else if (const Status status = WideTile(base, part, columns, states); status != Status::kOk) {
      return status;
    }
    char* to = out.data + OffsetAt(in, 0, 0, kept, position) * static_cast<int64_t>(ItemSize(out.dtype));
    reducer.finish(states, count, in.scalars, to, kept == 0 ? 0 : out.strides[kept - 1], columns);
    return Status::kOk;
  }

  Status Tiles(int64_t begin, int64_t end, int64_t part) const {
    const int64_t in_row = (inner + width - 1) / width;
    for (int64_t i = begin; i < end; ++i) {
      const int64_t column = i % in_row * width;
      const Status status = Tile(i / in_row * inner + column, std::min(width, inner - column), part);
      if (status != Status::kOk) return status;
    }
    return Status::kOk;
  }
};

Status Run(const Reduction& reduction, int64_t outputs) {
  const int64_t tiles = outputs / reduction.inner * ((reduction.inner + reduction.width - 1) / reduction.width);
  int64_t part = reduction.leaf;
  while (part * reduction.width < kGrain) part *= 2;
  if (reduction.count > part && tiles < NumThreads()) return reduction.Tiles(0, tiles, part);
  const int64_t grain = kGrain / std::max<int64_t>(1, reduction.count * reduction.width) + 1;
  ParallelFor(tiles, grain, [&](int64_t begin, int64_t end) { reduction.Tiles(begin, end, 0); });
  return Status::kOk;
}

}  // namespace

Status Reduce(Instruction& in, const Reducer& reducer) {
  const int64_t reduced = in.num_scalars < 1 ? -1 : in.integer(0);
  if (reduced < 0 || reduced > in.dims) return Status::kBadInstruction;
  int kept = in.dims - static_cast<int>(reduced);
  int64_t outputs = 1, count = 1;
  for (int d = 0; d < in.dims; ++d) (d < kept ? outputs : count) *= in.sizes[d];
  if (outputs == 0) return Status::kOk;
  if (count == 0 && !reducer.of_nothing) return Status::kBadInstruction;
  Coalesce(in, kept, in.dims, reducer.order);
  const int last = in.dims;
  Coalesce(in, 0, kept, Order::kAny);
  kept -= last - in.dims;
  return Run(Reduction(in, reducer, kept, count), outputs);
}

}  // namespace sconce
