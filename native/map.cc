// MapRows: one loop for rows that are contiguous or repeat one element, one in tiles for operands that lie crosswise.
#include <algorithm>

#include "hwy/cache_control.h"
#include "loops.h"
#include "movement.h"
#include "threads.h"

namespace sconce {
namespace {

constexpr int kMaxMapOperands = 6;
constexpr int64_t kRowsAhead = 8;
constexpr size_t kChunk = 512;  // elements: six buffers of 8-byte elements take 24 KiB

// Operands as rows see them: where dimension d leads, in bytes.
struct Operands {
  const Instruction& in;
  size_t item[kMaxMapOperands];

  explicit Operands(const Instruction& instruction) : in(instruction) {
    for (int k = 0; k < in.num_operands; ++k) item[k] = ItemSize(in.operands[k].dtype);
  }
  int64_t Stride(int k, int d) const { return in.operands[k].strides[d]; }
  char* At(int k, char* start, int d, int64_t steps) const {
    return start + steps * Stride(k, d) * static_cast<int64_t>(item[k]);
  }
  void Find(const int64_t* index, char** data) const {
    for (int k = 0; k < in.num_operands; ++k) {
      int64_t offset = 0;
      for (int d = 0; d < in.dims; ++d) offset += index[d] * Stride(k, d);
      data[k] = in.operands[k].data + offset * static_cast<int64_t>(item[k]);
    }
  }
};

// Whether the operands together exceed what the caches hold, and the output is apart from the inputs.
bool Streams(const Instruction& in) {
  const Operand& out = in.operands[0];
  size_t bytes = 0;
  for (int k = 0; k < in.num_operands; ++k) {
    const Operand& operand = in.operands[k];
    if (k > 0 && operand.data == out.data) return false;
    bool repeats = false;
    for (int d = 0; d < in.dims; ++d) repeats = repeats || operand.strides[d] == 0;
    if (!repeats) bytes += static_cast<size_t>(in.NumElements()) * ItemSize(operand.dtype);
  }
  return out.strides[in.dims - 1] == 1 && bytes > StreamingSize();
}

// The input that repeats one element along dimension d and for which the entry has a row of its own, or -1.
int SingleOperand(const Instruction& in, const Entry& entry, int d) {
  for (int k = 1; k <= 2 && k < in.num_operands; ++k) {
    const int other = 3 - k;
    if (entry.single[k - 1] && in.operands[k].strides[d] == 0 && in.operands[other].strides[d] == 1) return k;
  }
  return -1;
}

// One run along the innermost dimension.
struct RowRunner : Operands {
  Row row;
  int inner;     // its dimension
  bool direct;   // every operand is contiguous along `inner`
  bool streams;  // the output bypasses the caches
  alignas(64) char buffers[kMaxMapOperands][kChunk * 8];

  int single;  // the operand of which the row reads one element, or -1

  RowRunner(const Instruction& instruction, const Entry& entry, bool streaming)
      : Operands(instruction), row(entry.row), inner(in.dims - 1), direct(!streaming), streams(streaming) {
    single = SingleOperand(in, entry, inner);
    if (single > 0) row = entry.single[single - 1];
    for (int k = 0; k < in.num_operands; ++k) direct = direct && Direct(k);
  }

  bool Contiguous(int k) const { return Stride(k, inner) == 1; }
  bool Direct(int k) const { return Contiguous(k) || k == single; }

  void Run(char* const* data, size_t n) {
    if (!row) return Copy(data, n);
    if (direct) return row(data, n);
    for (int k = 1; k < in.num_operands; ++k) {
      if (Stride(k, inner) == 0 && k != single) CopyStrided(item[k], buffers[k], 1, data[k], 0, std::min(n, kChunk));
    }
    for (size_t i = 0; i < n; i += kChunk) RunChunk(data, i, std::min(kChunk, n - i));
  }

  void RunChunk(char* const* data, size_t i, size_t n) {
    char* chunk[kMaxMapOperands];
    for (int k = 0; k < in.num_operands; ++k) {
      const int64_t stride = Stride(k, inner);
      char* start = At(k, data[k], inner, static_cast<int64_t>(i));
      chunk[k] = Direct(k) && !(k == 0 && streams) ? start : buffers[k];
      if (k > 0 && stride != 0 && stride != 1) CopyStrided(item[k], chunk[k], 1, start, stride, n);
    }
    row(chunk, n);
    char* start = At(0, data[0], inner, static_cast<int64_t>(i));
    if (streams) CopyStreaming(start, chunk[0], n * item[0]);
    else if (!Contiguous(0)) CopyStrided(item[0], start, Stride(0, inner), chunk[0], 1, n);
  }

  // How many whole rows of the `rest` elements from `index` on follow one another along a dimension.
  int64_t Rows(const int64_t* index, int64_t rest) const {
    if (inner == 0 || index[inner] > 0) return 0;
    return std::min(rest / in.sizes[inner], in.sizes[inner - 1] - index[inner - 1]);
  }

  void RunRows(char** data, int64_t rows) {
    const size_t n = static_cast<size_t>(in.sizes[inner]);
    int64_t steps[kMaxMapOperands];
    for (int k = 0; k < in.num_operands; ++k) steps[k] = Stride(k, inner - 1) * static_cast<int64_t>(item[k]);
    if (!row && direct) return CopyBlock(data[0], steps[0], data[1], steps[1], static_cast<size_t>(rows), n * item[0]);
    for (int64_t r = 0; r < rows; ++r) {
      Run(data, n);
      for (int k = 0; k < in.num_operands; ++k) data[k] += steps[k];
    }
  }

  void Copy(char* const* data, size_t n) const {
    if (streams && Contiguous(1)) CopyStreaming(data[0], data[1], n * item[0]);
    else CopyStrided(item[0], data[0], Stride(0, inner), data[1], Stride(1, inner), n);
  }
};

// Elements [begin, end) of the iteration space in row-major order.
void MapRange(const Instruction& in, const Entry& entry, bool streams, int64_t begin, int64_t end) {
  RowRunner runner(in, entry, streams);
  const int inner = in.dims - 1;
  int64_t index[kMaxDims];
  int64_t rest = begin;
  for (int d = inner; d >= 0; --d) {
    index[d] = rest % in.sizes[d];
    rest /= in.sizes[d];
  }
  while (begin < end) {
    char* data[kMaxMapOperands];
    runner.Find(index, data);
    const int64_t rows = runner.Rows(index, end - begin);
    if (rows > 1) {
      runner.RunRows(data, rows);
      begin += rows * in.sizes[inner];
      index[inner - 1] += rows - 1;
    } else {
      const int64_t n = std::min(end - begin, in.sizes[inner] - index[inner]);
      runner.Run(data, static_cast<size_t>(n));
      begin += n;
    }
    index[inner] = 0;
    for (int d = inner - 1; d >= 0 && ++index[d] == in.sizes[d]; --d) index[d] = 0;
  }
  if (streams) FinishStreaming();
}

// Square tiles of the innermost dimension and the one along which a transposed operand is contiguous.
struct Tiles : Operands {
  Row row;
  int inner;
  int across;
  int64_t side;
  int64_t in_row, in_column;  // tiles
  alignas(64) char buffers[kMaxMapOperands][kTransposedTile * kTransposedTile * 4];

  Tiles(const Instruction& instruction, Row f, int across_dim)
      : Operands(instruction), row(f), inner(in.dims - 1), across(across_dim) {
    side = TransposedTile(*std::max_element(item, item + in.num_operands));
    in_row = (in.sizes[inner] + side - 1) / side;
    in_column = (in.sizes[across] + side - 1) / side;
  }

  int64_t Count() const { return in.NumElements() / (in.sizes[inner] * in.sizes[across]) * in_row * in_column; }

  void Run(int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t index[kMaxDims];
      index[inner] = i % in_row * side;
      index[across] = i / in_row % in_column * side;
      int64_t rest = i / in_row / in_column;
      for (int d = inner - 1; d >= 0; --d) {
        if (d == across) continue;
        index[d] = rest % in.sizes[d];
        rest /= in.sizes[d];
      }
      char* data[kMaxMapOperands];
      Find(index, data);
      const int64_t rows = std::min(side, in.sizes[across] - index[across]);
      const int64_t columns = std::min(side, in.sizes[inner] - index[inner]);
      if (row) RunTile(data, rows, columns);
      else CopyTile(data, rows, columns);
    }
  }

  void RunTile(char* const* data, int64_t rows, int64_t columns) {
    bool direct[kMaxMapOperands];
    for (int k = 0; k < in.num_operands; ++k) {
      direct[k] = Stride(k, inner) == 1;
      if (k > 0 && !direct[k]) Fetch(k, data[k], rows, columns);
    }
    for (int64_t r = 0; r < rows; ++r) {
      char* at[kMaxMapOperands];
      for (int k = 0; k < in.num_operands; ++k) {
        at[k] = direct[k] ? At(k, data[k], across, r) : Buffered(k, r);
        if (direct[k] && r + kRowsAhead < rows) Prefetch(k, At(k, data[k], across, r + kRowsAhead), columns);
      }
      row(at, static_cast<size_t>(columns));
      if (!direct[0]) CopyStrided(item[0], At(0, data[0], across, r), Stride(0, inner), at[0], 1, columns);
    }
  }

  void CopyTile(char* const* data, int64_t rows, int64_t columns) {
    CopyTransposedTile(item[0], data[0], Stride(0, across), data[1], Stride(1, inner), rows, columns);
  }

  // Rows are far apart and short, so the processor does not foresee the next.
  void Prefetch(int k, const char* from, int64_t columns) const {
    constexpr int64_t kLine = 64;
    for (int64_t i = 0; i < columns * static_cast<int64_t>(item[k]); i += kLine) hwy::Prefetch(from + i);
  }

  char* Buffered(int k, int64_t r) { return buffers[k] + r * side * static_cast<int64_t>(item[k]); }

  void Fetch(int k, char* from, int64_t rows, int64_t columns) {
    if (Stride(k, across) == 1 && Stride(k, inner) != 0) {
      return CopyTransposed(item[k], buffers[k], side, from, Stride(k, inner), rows, columns);
    }
    for (int64_t r = 0; r < rows; ++r) {
      CopyStrided(item[k], Buffered(k, r), 1, At(k, from, across, r), Stride(k, inner), columns);
    }
  }
};

// A dimension along which an input is contiguous that is not so along the innermost one, or -1.
int Across(const Instruction& in, Row row) {
  const int inner = in.dims - 1;
  if (in.dims < 2 || in.sizes[inner] < 4 || (!row && in.operands[0].strides[inner] != 1)) return -1;
  for (int k = 1; k < in.num_operands; ++k) {
    const int64_t* strides = in.operands[k].strides;
    if (strides[inner] == 0 || strides[inner] == 1) continue;
    for (int d = 0; d < inner; ++d) {
      if (strides[d] == 1 && in.sizes[d] >= 4) return d;
    }
  }
  return -1;
}

// A short row beside repeated single elements: the commonest small instruction, spared the general walk.
bool MapShortRow(const Instruction& in, const Entry& entry) {
  if (in.dims != 1 || in.sizes[0] > static_cast<int64_t>(kChunk) || in.operands[0].strides[0] != 1) return false;
  const size_t count = static_cast<size_t>(in.sizes[0]);
  const int single = SingleOperand(in, entry, 0);
  alignas(64) char repeated[kMaxMapOperands][kChunk * 8];
  char* data[kMaxMapOperands];
  for (int k = 0; k < in.num_operands; ++k) {
    const Operand& operand = in.operands[k];
    if (operand.strides[0] != 0 && operand.strides[0] != 1) return false;
    data[k] = operand.data;
    if (operand.strides[0] == 1 || k == single) continue;
    CopyStrided(ItemSize(operand.dtype), repeated[k], 1, operand.data, 0, count);
    data[k] = repeated[k];
  }
  (single > 0 ? entry.single[single - 1] : entry.row)(data, count);
  return true;
}

}  // namespace

void MapRows(Instruction& in, const Entry& entry, int64_t grain) {
  const Row row = entry.row;
  const int64_t count = in.NumElements();
  if (count == 0) return;
  bool flat = in.dims == 1;
  for (int k = 0; flat && k < in.num_operands; ++k) flat = in.operands[k].strides[0] == 1;
  if (flat && count <= grain) {
    char* data[kMaxMapOperands];
    for (int k = 0; k < in.num_operands; ++k) data[k] = in.operands[k].data;
    if (row) return row(data, static_cast<size_t>(count));
    return CopyStrided(ItemSize(in.operands[0].dtype), data[0], 1, data[1], 1, static_cast<size_t>(count));
  }
  if (row && MapShortRow(in, entry)) return;
  Coalesce(in, 0, in.dims, Order::kAny);
  if (in.dims == 0) {
    in.dims = 1;
    in.sizes[0] = 1;
    for (int k = 0; k < in.num_operands; ++k) in.operands[k].strides[0] = 1;
  }
  if (const int across = Across(in, row); across >= 0) {
    const int64_t tiles = Tiles(in, row, across).Count();
    return ParallelFor(tiles, std::max<int64_t>(1, grain * tiles / count),
                       [&](int64_t begin, int64_t end) { Tiles(in, row, across).Run(begin, end); });
  }
  const bool streams = Streams(in);
  ParallelFor(count, grain, [&](int64_t begin, int64_t end) { MapRange(in, entry, streams, begin, end); });
}

}  // namespace sconce
