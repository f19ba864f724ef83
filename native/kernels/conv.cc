// Convolutions as sums over shifted copies of the source: the response from an image, and the image from a response.
//
// A tile is R rows of the result (channels) by C vectors of columns (neighbouring sums). Its sums stay in registers
// while one product after another is added: R weights, each repeated along a vector, by C vectors that lie at one
// offset in the laid out source (convolution.h) — so nothing like a matrix of all products' sources is ever made.
//
//                     offsets[k]
//   source  · · · ·┌──────────────┐· · ·        weights of R rows      k =  0   1   2  …
//           · · · ·│ C vectors    │· · ·                        row m      [w] [w] [w]
//                  └──────────────┘                             row m + 1  [w] [w] [w]
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>

#include "convolution.h"
#include "hwy/highway.h"
#include "kernels/table.h"
#include "pointwise.h"
#include "scratch.h"
#include "threads.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace conv {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
constexpr int64_t kLanes = HWY_LANES(T);
// Twelve vectors of sums leave four registers of sixteen; of 32, 24 leave eight.
constexpr int64_t kRows = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 8 : 4;
constexpr int64_t kVectors = 3;
template <class T>
constexpr int64_t kWidth = kVectors* kLanes<T>;

constexpr int64_t kCopyBytes = 160 << 10;  // a block's copy, in the second-level cache
constexpr int64_t kDepth = 384;            // products added in one go: a tile's source stays in the first-level cache
constexpr int64_t kMaxBlock = 4096;        // sums of a block
constexpr int64_t kGrain = 1 << 18;        // multiplications that are worth a thread

// What one sweep over all sums computes.
template <class T>
struct Sweep {
  const Layout& layout;
  int64_t batch, groups, rows, channels;  // rows: the result's channels of a group; channels: the source's
  const T* source;
  const T* weights;  // packed
  const T* bias;     // may be null
  T* out;

  int64_t SourceSize() const {  // of a group
    const Sums* sums = layout.sums();
    return channels * sums[0].source * sums[1].source * sums[2].source;
  }
  int64_t OutPlane() const {
    const Sums* sums = layout.sums();
    return sums[0].positions * sums[1].positions * sums[2].positions;
  }
};

// How many of the rows left over are multiplied together.
inline int64_t RowsTogether(int64_t left) { return left >= kRows ? kRows : left >= 4 ? 4 : left >= 2 ? 2 : 1; }

// The weights of a group lie chunk by chunk; of those, as many rows as are multiplied together; of those, product by
// product. Row m, product k of a group is kernel[group * group_stride + m * row_stride + index[k]].
template <class T>
void PackWeights(const Layout& layout, int64_t groups, int64_t rows, const T* kernel, int64_t group_stride,
                 int64_t row_stride, const int64_t* index, T* to) {
  const int64_t products = layout.products(), blocks = (rows + kRows - 1) / kRows;
  ParallelFor(groups * blocks, (1 << 15) / (products * kRows + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const T* from = kernel + i / blocks * group_stride;
      T* group = to + i / blocks * rows * products;
      const int64_t last = std::min(rows, (i % blocks + 1) * kRows);
      for (int64_t m = i % blocks * kRows, together; m < last; m += together) {
        together = RowsTogether(last - m);
        for (int64_t chunk = 0; chunk < layout.chunks(); ++chunk) {
          const int64_t first = layout.ChunkBegin(chunk), depth = layout.ChunkProducts(chunk);
          T* next = group + first * rows + m * depth;
          for (int64_t k = first; k < first + depth; ++k) {
            for (int64_t r = 0; r < together; ++r) *next++ = from[(m + r) * row_stride + index[k]];
          }
        }
      }
    }
  });
}

// Where a block's sums go.
template <class T>
struct Place {
  T* out;                  // of row 0 and the block's first sum
  int64_t plane;           // from row to row of weights
  int64_t line;            // from row to row of sums
  int64_t apart;           // from sum to sum
  int64_t pitch, columns;  // sum q of the block is at row q / pitch, column q % pitch, if that is below columns
  const T* bias;
  bool first;  // nothing has been added yet
};

// The wanted ones of a vector of sums; those between the columns are nobody's.
template <class T>
void StoreRuns(const Place<T>& place, const T* sums, const Group& group, T* out, T bias) {
  for (int64_t i = 0; i < group.count;) {
    const int64_t row = (group.from + i) / place.pitch, column = (group.from + i) % place.pitch;
    const int64_t end = std::min(group.count, i + std::max<int64_t>(0, place.columns - column));
    T* to = out + row * place.line + column * place.apart;
    for (; i < end; ++i, to += place.apart) *to = sums[i] + (place.first ? bias : *to);
    i = end + place.pitch - std::max(column, place.columns);
  }
}

// A vector of sums that lie `apart` in one row. Element by element: to load vectors, blend them with what lies between
// the sums and store them took as long, or twice as long.
template <class T>
HWY_NOINLINE void StoreApart(const T* sums, int64_t apart, bool first, T bias, T* to) {
  if (first) {
    for (int64_t i = 0; i < kLanes<T>; ++i) to[i * apart] = sums[i] + bias;
  } else {
    for (int64_t i = 0; i < kLanes<T>; ++i) to[i * apart] += sums[i];
  }
}

// R rows from row m on times C vectors of sums.
template <int R, int C, class T>
void MultiplyTile(int64_t depth, const T* weights, const T* source, const int64_t* offsets, const Place<T>& place,
                  int64_t m, const Group* groups) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  V sums[R][C];
  const T* from[C];
  for (int c = 0; c < C; ++c) from[c] = source + groups[c].from;
  const auto each = [&](int64_t k, const auto& join) HWY_ATTR {
    V columns[C];
    for (int c = 0; c < C; ++c) columns[c] = hn::LoadU(d, from[c] + offsets[k]);
    for (int r = 0; r < R; ++r) {
      const V factor = hn::Set(d, weights[k * R + r]);
      for (int c = 0; c < C; ++c) sums[r][c] = join(factor, columns[c], sums[r][c]);
    }
  };
  // The first products are no additions to zeros, which compilers would write to memory before they are registers.
  if (depth > 0) each(0, [](V a, V b, V) HWY_ATTR { return hn::Mul(a, b); });
  else std::fill_n(sums[0], R * C, hn::Zero(d));
  for (int64_t k = 1; k < depth; ++k) each(k, [](V a, V b, V sum) HWY_ATTR { return hn::MulAdd(a, b, sum); });
  for (int r = 0; r < R; ++r) {
    const T bias = place.bias ? place.bias[m + r] : T{0};
    T* out = place.out + (m + r) * place.plane;
    for (int c = 0; c < C; ++c) {
      if (groups[c].whole) {
        T* to = out + groups[c].to;
        hn::StoreU(hn::Add(sums[r][c], place.first ? hn::Set(d, bias) : hn::LoadU(d, to)), d, to);
      } else {
        T lanes[kLanes<T>];
        hn::StoreU(sums[r][c], d, lanes);
        if (groups[c].line) StoreApart(lanes, place.apart, place.first, bias, out + groups[c].to);
        else StoreRuns(place, lanes, groups[c], out, bias);
      }
    }
  }
}

// A chunk of a block.
template <class T>
struct Part {
  int64_t depth;
  const T* weights;  // of the block's group and the chunk
  const T* source;
  const int64_t* offsets;
  Place<T> place;
  int64_t begin, end;  // rows
};

// All rows of a tile.
template <int C, class T>
void MultiplyRows(const Part<T>& part, const Group* groups) {
  for (int64_t m = part.begin, rows; m < part.end; m += rows) {
    rows = RowsTogether(part.end - m);
    const auto multiply = rows == kRows ? MultiplyTile<kRows, C, T>
                          : rows == 4   ? MultiplyTile<4, C, T>
                          : rows == 2   ? MultiplyTile<2, C, T>
                                        : MultiplyTile<1, C, T>;
    multiply(part.depth, part.weights + m * part.depth, part.source, part.offsets, part.place, m, groups);
  }
}

// All sums of a block, tile by tile.
template <class T>
void MultiplyPart(const Part<T>& part, const Groups& groups) {
  const int64_t count = groups.size(), tiles = (count + kVectors - 1) / kVectors;
  for (int64_t t = 0; t < tiles; ++t) {
    const int64_t begin = count * t / tiles, vectors = count * (t + 1) / tiles - begin;
    const auto multiply = vectors == 3 ? MultiplyRows<3, T> : vectors == 2 ? MultiplyRows<2, T> : MultiplyRows<1, T>;
    multiply(part, groups.at(begin));
  }
}

// What a thread keeps from block to block.
template <class T>
struct Worker {
  T* copy;
  Groups groups;
};

// The rows [begin, end) of a block of the result.
template <class T>
void SweepBlock(const Sweep<T>& sweep, const Block& block, int64_t begin, int64_t end, Worker<T>& worker) {
  const Layout& layout = sweep.layout;
  const int64_t image = block.batch * sweep.groups + block.group;
  worker.groups.Divide(layout, block, kLanes<T>);
  const Sums* sums = layout.sums();
  const int64_t line = sums[2].positions, plane = sweep.OutPlane();
  Part<T> part;
  part.begin = begin, part.end = end;
  part.source = worker.copy, part.offsets = layout.offsets();
  Place<T>& place = part.place;
  place.plane = plane, place.line = line * sums[1].apart, place.apart = sums[2].apart;
  place.pitch = layout.pitch(), place.columns = block.columns;
  place.bias = sweep.bias ? sweep.bias + block.group * sweep.rows : nullptr;
  const int64_t z = block.depth * sums[0].apart + sums[0].base, y = block.row * sums[1].apart + sums[1].base;
  const int64_t x = block.column * sums[2].apart + sums[2].base;
  place.out = sweep.out + image * sweep.rows * plane + (z * sums[1].positions + y) * line + x;
  for (int64_t chunk = 0; chunk < layout.chunks(); ++chunk) {
    place.first = chunk == 0;
    part.depth = layout.ChunkProducts(chunk);
    part.weights = sweep.weights + (block.group * layout.products() + layout.ChunkBegin(chunk)) * sweep.rows;
    layout.Copy(sweep.source + image * sweep.SourceSize(), block, chunk, worker.copy);
    MultiplyPart(part, worker.groups);
  }
}

// Divides the blocks among threads; where they are few, the rows of each too. `scratch` has room for every thread.
template <class T>
void RunSweep(const Sweep<T>& sweep, int64_t threads, T* scratch) {
  const int64_t blocks = sweep.batch * sweep.groups * sweep.layout.sums()[0].count * sweep.layout.BlocksOfPlane();
  const int64_t row_tiles = (sweep.rows + kRows - 1) / kRows;
  const int64_t shares = std::min(row_tiles, std::max<int64_t>(1, threads / std::max<int64_t>(1, blocks)));
  const int64_t tasks = blocks * shares, parts = std::min(threads, tasks);
  ParallelFor(parts, 1, [&](int64_t begin, int64_t end) {
    Worker<T> worker;
    worker.copy = scratch + begin * sweep.layout.CopySize();
    for (int64_t task = tasks * begin / parts; task < tasks * end / parts; ++task) {
      const Block block = sweep.layout.BlockAt(task / shares, sweep.groups);
      if (block.rows * block.columns == 0) continue;
      const int64_t share = task % shares;
      const int64_t first = row_tiles * share / shares * kRows, last = row_tiles * (share + 1) / shares * kRows;
      SweepBlock(sweep, block, first, std::min(last, sweep.rows), worker);
    }
  });
}

// A kernel's elements as the sums use them: row m, product k of group g is data[g * group_stride + m * row_stride +
// index[k]].
template <class T>
struct KernelView {
  const T* data;
  int64_t group_stride, row_stride;
  std::vector<int64_t> index;
};

// All sums, for rows of the result and channels of the source in each group.
template <class T>
Status SweepAll(const Instruction& in, const Convolution& conv, const Sums* sums, int64_t rows, int64_t channels,
                const KernelView<T>& kernel) {
  const Layout layout(sums, channels, kCopyBytes / sizeof(T), kDepth, kMaxBlock);
  if (!layout.fits()) return Status::kOutOfMemory;
  const int64_t products = layout.products(), points = sums[0].count * sums[1].count * sums[2].count;
  const int64_t work = conv.batch * conv.groups * rows * points * (products + 1);
  const int64_t threads = std::max<int64_t>(1, std::min<int64_t>(work / kGrain, NumThreads()));
  const int64_t packed = (conv.groups * rows * products + 15) / 16 * 16;
  T* scratch = reinterpret_cast<T*>(Scratch((packed + threads * layout.CopySize()) * sizeof(T)));
  if (!scratch) return Status::kOutOfMemory;
  PackWeights(layout, conv.groups, rows, kernel.data, kernel.group_stride, kernel.row_stride, kernel.index.data(),
              scratch);
  const T* bias = in.num_operands > 3 ? in.operands[3].as<T>() : nullptr;
  const T* source = in.operands[1].as<T>();
  T* out = in.operands[0].as<T>();
  const Sweep<T> sweep{layout, conv.batch, conv.groups, rows, channels, source, scratch, bias, out};
  RunSweep(sweep, threads, scratch + packed);
  return Status::kOk;
}

template <class T>
Status Response(Instruction& in) {
  Convolution conv;
  if (!conv.Read(in)) return Status::kBadInstruction;
  if (conv.batch * conv.groups * conv.outs * conv.response[0] * conv.response[1] * conv.response[2] == 0) {
    return Status::kOk;
  }
  if (conv.IsPointwise()) return Pointwise<T>(in, conv, conv.outs, conv.ins, conv.ins, 1).Run(conv.batch);
  Sums sums[3];
  ResponseSums(conv, sums);
  const int64_t products = conv.ins * conv.Taps();
  KernelView<T> kernel{in.operands[2].as<T>(), conv.outs * products, products, {}};
  for (int64_t k = 0; k < products; ++k) kernel.index.push_back(k);
  return SweepAll(in, conv, sums, conv.outs, conv.ins, kernel);
}

// The sums of the image at one phase of the stride.
template <class T>
Status ImagePhase(const Instruction& in, const Convolution& conv, const int64_t phase[3]) {
  Sums sums[3];
  ImageSums(conv, phase, sums);
  const int64_t taps = conv.Taps();
  KernelView<T> kernel{in.operands[2].as<T>(), conv.outs * conv.ins * taps, taps, {}};
  for (int64_t m = 0; m < conv.outs; ++m) {
    for (const Tap& z : sums[0].taps) {
      for (const Tap& y : sums[1].taps) {
        for (const Tap& x : sums[2].taps) {
          const int64_t tap = (z.kernel * conv.kernel[1] + y.kernel) * conv.kernel[2] + x.kernel;
          kernel.index.push_back(m * conv.ins * taps + tap);
        }
      }
    }
  }
  return SweepAll(in, conv, sums, conv.ins, conv.outs, kernel);
}

// Every element of the result its bias.
template <class T>
void FillBias(const Instruction& in, const Convolution& conv) {
  const int64_t channels = conv.groups * conv.ins, plane = conv.image[0] * conv.image[1] * conv.image[2];
  const T* bias = in.num_operands > 3 ? in.operands[3].as<T>() : nullptr;
  for (int64_t i = 0; i < conv.batch * channels; ++i) {
    std::fill_n(in.operands[0].as<T>() + i * plane, plane, bias ? bias[i % channels] : T{0});
  }
}

// The phases that some tap reaches. The stride may be large, but no more than the kernel's taps reach a phase.
std::vector<int64_t> PhasesOf(const Convolution& conv, int d) {
  std::vector<int64_t> phases;
  for (int64_t k = 0; k < conv.kernel[d]; ++k) {
    const int64_t at = (k * conv.dilation[d] - conv.padding[d]) % conv.stride[d];
    const int64_t phase = at < 0 ? at + conv.stride[d] : at;
    if (phase < conv.image[d] && std::find(phases.begin(), phases.end(), phase) == phases.end())
      phases.push_back(phase);
  }
  return phases;
}

template <class T>
Status Image(Instruction& in) {
  Convolution conv;
  if (!conv.Read(in)) return Status::kBadInstruction;
  if (conv.batch * conv.groups * conv.ins == 0) return Status::kOk;
  if (conv.IsPointwise()) return Pointwise<T>(in, conv, conv.ins, conv.outs, 1, conv.ins).Run(conv.batch);
  std::vector<int64_t> phases[3];
  bool all = true;
  for (int d = 0; d < 3; ++d) {
    phases[d] = PhasesOf(conv, d);
    all = all && static_cast<int64_t>(phases[d].size()) == std::min(conv.stride[d], conv.image[d]);
  }
  if (!all) FillBias<T>(in, conv);
  for (const int64_t z : phases[0]) {
    for (const int64_t y : phases[1]) {
      for (const int64_t x : phases[2]) {
        const int64_t phase[] = {z, y, x};
        const Status status = ImagePhase<T>(in, conv, phase);
        if (status != Status::kOk) return status;
      }
    }
  }
  return Status::kOk;
}

template <class... Ts>
void SetConv(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::conv_response, kDTypeOf<Ts>, Response<Ts>), ...);
  (table.SetKernel(Opcode::conv_image, kDTypeOf<Ts>, Image<Ts>), ...);
}

void Fill(Table& table) { SetConv(table, Floating()); }

}  // namespace HWY_NAMESPACE
}  // namespace conv
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace conv {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace conv

void FillConv(Table& table) { conv::FillBest(table); }
}  // namespace sconce
#endif
