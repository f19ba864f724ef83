// The kernel of a convolution from its image and its response: for each tap, the sum over all positions of the image's
// element there by the response's.
//
// The image is laid out as for the response (convolution.h), and the response position by position, so that a tile of R
// taps by C vectors of the response's channels stays in registers while it goes through the positions of a block:
//
//   image, at offsets[t]   · · [x] → · · ·      one element of each of R taps, repeated along a vector
//   response               p = 0  [m0 … mN]     C vectors of channels
//                          p = 1  [m0 … mN]
//
// Where a group's response has few channels, vectors run along the positions instead, and their elements are added
// last.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv_weight.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>

#include "convolution.h"
#include "hwy/highway.h"
#include "kernels/table.h"
#include "lanes-inl.h"
#include "movement.h"
#include "pointwise.h"
#include "scratch.h"
#include "threads.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace conv_weight {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using sconce::HWY_NAMESPACE::LoadFirst;

template <class T>
constexpr int64_t kLanes = HWY_LANES(T);
constexpr int64_t kTaps = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 12 : 6;  // of a tile
template <class T>
constexpr int64_t kChannels = 2 * kLanes<T>;  // of a tile

constexpr int64_t kCopyBytes = 160 << 10;
constexpr int64_t kDepth = 1 << 16;  // products of a chunk: many, as only the copy must stay in the second-level cache
constexpr int64_t kMaxBlock = 256;   // positions of a block, whose response stays in the first-level cache
constexpr int64_t kGrain = 1 << 18;  // multiplications that are worth a thread
constexpr int64_t kFewChannels = 4;  // up to which vectors run along positions

int64_t RoundUp(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

template <class T>
struct Job {
  const Convolution& conv;
  const Layout& layout;
  const T* image;
  const T* response;
  int64_t products;  // taps times channels of the image
  bool few;          // vectors run along positions

  Job(const Convolution& c, const Layout& l, const Instruction& in)
      : conv(c), layout(l), image(in.operands[1].as<T>()), response(in.operands[2].as<T>()) {
    products = conv.ins * conv.Taps();
    few = conv.outs <= kFewChannels;
  }
  // A group's sums: a row for each product, of its channels.
  int64_t RowSize() const { return few ? conv.outs : RoundUp(conv.outs, kLanes<T>); }
  int64_t SumsSize() const { return RoundUp((RoundUp(products, kTaps) + kTaps) * RowSize(), 16); }
  int64_t PackedSize() const { return few ? 0 : RoundUp(RowSize(), kChannels<T>) * MaxBlock(); }
  int64_t MaxBlock() const { return layout.MaxBlock(); }
  int64_t ScratchSize() const { return RoundUp(layout.CopySize(), 16) + PackedSize(); }
};

// The response of a block, panel by panel of kChannels channels (the last may be narrower), position by position.
template <class T>
void PackResponse(const Job<T>& job, const T* response, const Block& block, T* to) {
  const Convolution& conv = job.conv;
  const int64_t line = conv.response[2], plane = conv.response[0] * conv.response[1] * line;
  const int64_t positions = block.rows * block.columns;
  const T* from = response + (block.depth * conv.response[1] + block.row) * line + block.column;
  for (int64_t m = 0; m < job.RowSize(); m += kChannels<T>) {
    const int64_t width = std::min(kChannels<T>, job.RowSize() - m), valid = std::min(width, conv.outs - m);
    if (valid < width) std::fill_n(to, width * positions, T{0});
    for (int64_t y = 0; y < block.rows; ++y) {
      CopyTransposed(sizeof(T), reinterpret_cast<char*>(to + y * block.columns * width), width,
                     reinterpret_cast<const char*>(from + m * plane + y * line), plane, block.columns, valid);
    }
    to += width * positions;
  }
}

// sums[t][c] += Σ over the block's positions, for kTaps taps and C vectors of channels.
template <int C, class T>
void AddTile(const T* image, const int64_t* offsets, int64_t pitch, const Block& block, const T* response, T* sums,
             int64_t row_size) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  V tile[kTaps][C];
  const T* taps[kTaps];
  for (int t = 0; t < kTaps; ++t) {
    taps[t] = image + offsets[t];
    for (int c = 0; c < C; ++c) tile[t][c] = hn::LoadU(d, sums + t * row_size + c * kLanes<T>);
  }
  for (int64_t y = 0; y < block.rows; ++y) {
    for (int64_t x = 0; x < block.columns; ++x, response += C * kLanes<T>) {
      V channels[C];
      for (int c = 0; c < C; ++c) channels[c] = hn::LoadU(d, response + c * kLanes<T>);
      for (int t = 0; t < kTaps; ++t) {
        const V element = hn::Set(d, taps[t][y * pitch + x]);
        for (int c = 0; c < C; ++c) tile[t][c] = hn::MulAdd(element, channels[c], tile[t][c]);
      }
    }
  }
  for (int t = 0; t < kTaps; ++t) {
    for (int c = 0; c < C; ++c) hn::StoreU(tile[t][c], d, sums + t * row_size + c * kLanes<T>);
  }
}

template <class T>
void AddBlock(const Job<T>& job, const T* image, const int64_t* offsets, int64_t products, const Block& block,
              const T* packed, T* sums) {
  const int64_t row_size = job.RowSize(), positions = block.rows * block.columns;
  for (int64_t m = 0; m < row_size; m += kChannels<T>) {
    const bool whole = row_size - m >= kChannels<T>;
    const auto add = whole ? AddTile<2, T> : AddTile<1, T>;
    for (int64_t t = 0; t < products; t += kTaps) {
      int64_t near[kTaps];  // beyond the last tap it is repeated, into sums that nobody reads
      for (int64_t i = 0; i < kTaps; ++i) near[i] = offsets[std::min(t + i, products - 1)];
      T* to = sums + t * row_size + m;
      if (t + kTaps <= products) {
        add(image, near, job.layout.pitch(), block, packed, to, row_size);
        continue;
      }
      HWY_ALIGN T spare[kTaps * kChannels<T>] = {};
      const int64_t width = whole ? kChannels<T> : kLanes<T>;
      add(image, near, job.layout.pitch(), block, packed, spare, width);
      for (int64_t i = 0; t + i < products; ++i) {
        for (int64_t c = 0; c < width; ++c) to[i * row_size + c] += spare[i * width + c];
      }
    }
    packed += positions * (whole ? kChannels<T> : kLanes<T>);
  }
}

// sums[t * outs] += Σ over the block's positions of kCount taps by one channel of the response.
template <int kCount, class T>
void AddPositions(const T* image, const int64_t* offsets, int64_t pitch, const Block& block, const T* response,
                  int64_t line, T* sums, int64_t outs) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  V totals[kCount];
  for (int t = 0; t < kCount; ++t) totals[t] = hn::Zero(d);
  for (int64_t y = 0; y < block.rows; ++y, response += line) {
    const T* row = image + y * pitch;
    int64_t x = 0;
    for (; x + kLanes<T> <= block.columns; x += kLanes<T>) {
      const V grad = hn::LoadU(d, response + x);
      for (int t = 0; t < kCount; ++t) totals[t] = hn::MulAdd(grad, hn::LoadU(d, row + offsets[t] + x), totals[t]);
    }
    if (x == block.columns) continue;
    const size_t rest = static_cast<size_t>(block.columns - x);
    const V grad = LoadFirst(d, response + x, rest);
    for (int t = 0; t < kCount; ++t) totals[t] = hn::MulAdd(grad, LoadFirst(d, row + offsets[t] + x, rest), totals[t]);
  }
  for (int t = 0; t < kCount; ++t) sums[t * outs] += hn::GetLane(hn::SumOfLanes(d, totals[t]));
}

template <class T>
void AddFewChannels(const Job<T>& job, const T* image, const int64_t* offsets, int64_t products, const Block& block,
                    const T* response, T* sums) {
  const Convolution& conv = job.conv;
  const int64_t line = conv.response[2], plane = conv.response[0] * conv.response[1] * line;
  const int64_t first = (block.depth * conv.response[1] + block.row) * line + block.column;
  for (int64_t m = 0; m < conv.outs; ++m) {
    const T* from = response + m * plane + first;
    int64_t t = 0;
    const auto add = [&](auto count) {
      constexpr int n = decltype(count)::value;
      for (; t + n <= products; t += n) {
        AddPositions<n>(image, offsets + t, job.layout.pitch(), block, from, line, sums + t * conv.outs + m, conv.outs);
      }
    };
    add(std::integral_constant<int, 9>());
    add(std::integral_constant<int, 3>());
    add(std::integral_constant<int, 1>());
  }
}

// The contributions of one block to its group's sums.
template <class T>
void SumBlock(const Job<T>& job, const Block& block, T* scratch, T* sums) {
  const Convolution& conv = job.conv;
  const Layout& layout = job.layout;
  const int64_t at = block.batch * conv.groups + block.group;
  const T* image = job.image + at * conv.ins * conv.image[0] * conv.image[1] * conv.image[2];
  const T* response = job.response + at * conv.outs * conv.response[0] * conv.response[1] * conv.response[2];
  T* packed = scratch + RoundUp(layout.CopySize(), 16);
  if (!job.few) PackResponse(job, response, block, packed);
  for (int64_t chunk = 0; chunk < layout.chunks(); ++chunk) {
    const int64_t products = layout.ChunkProducts(chunk);
    layout.Copy(image, block, chunk, scratch);
    T* to = sums + layout.ChunkBegin(chunk) * job.RowSize();
    if (job.few) AddFewChannels(job, scratch, layout.offsets(), products, block, response, to);
    else AddBlock(job, scratch, layout.offsets(), products, block, packed, to);
  }
}

// kernel[m][t] = the sum over `shares` sums of a group.
template <class T>
void StoreKernel(const Job<T>& job, const T* sums, int64_t shares, int64_t apart, T* kernel) {
  for (int64_t t = 0; t < job.products; ++t) {
    for (int64_t m = 0; m < job.conv.outs; ++m) {
      T sum = 0;
      for (int64_t share = 0; share < shares; ++share) sum += sums[share * apart + t * job.RowSize() + m];
      kernel[m * job.products + t] = sum;
    }
  }
}

template <class T>
Status Kernel(Instruction& in) {
  Convolution conv;
  if (!conv.Read(in)) return Status::kBadInstruction;
  // Products of a few channels are mostly packing.
  if (conv.IsPointwise() && std::min(conv.outs, conv.ins) > kFewChannels) return PointwiseKernel<T>(in, conv).Run();
  Sums taps[3];
  ResponseSums(conv, taps);
  const Layout layout(taps, conv.ins, kCopyBytes / sizeof(T), kDepth, kMaxBlock);
  if (!layout.fits()) return Status::kOutOfMemory;
  const Job<T> job(conv, layout, in);
  const int64_t positions = conv.response[0] * conv.response[1] * conv.response[2];
  const int64_t work = conv.batch * conv.groups * conv.outs * positions * job.products;
  const int64_t threads = std::max<int64_t>(1, std::min<int64_t>(work / kGrain, NumThreads()));
  // Threads share the groups or, where these are few, the blocks of each group, with sums of their own.
  const int64_t blocks = conv.batch * conv.response[0] * layout.BlocksOfPlane();
  const int64_t shares = conv.groups >= threads ? 1 : std::min(threads, std::max<int64_t>(1, blocks));
  const int64_t parts = shares > 1 ? shares : threads;
  const int64_t sums_size = job.SumsSize(), size = (shares > 1 ? conv.groups : 1) * sums_size + job.ScratchSize();
  T* scratch = reinterpret_cast<T*>(Scratch(parts * size * sizeof(T)));
  if (!scratch) return Status::kOutOfMemory;
  T* out = in.operands[0].as<T>();
  const auto add_group = [&](int64_t group, int64_t begin, int64_t end, T* sums, T* copy) {
    std::fill_n(sums, sums_size, T{0});
    for (int64_t i = begin; i < end; ++i) {
      const int64_t in_batch = blocks / conv.batch;
      const Block block = layout.BlockAt((i / in_batch * conv.groups + group) * in_batch + i % in_batch, conv.groups);
      if (block.rows * block.columns > 0) SumBlock(job, block, copy, sums);
    }
  };
  ParallelFor(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      T* own = scratch + part * size;
      if (shares > 1) {
        for (int64_t g = 0; g < conv.groups; ++g) {
          add_group(g, blocks * part / shares, blocks * (part + 1) / shares, own + g * sums_size,
                    own + conv.groups * sums_size);
        }
        continue;
      }
      for (int64_t g = conv.groups * part / parts; g < conv.groups * (part + 1) / parts; ++g) {
        add_group(g, 0, blocks, own, own + sums_size);
        StoreKernel(job, own, 1, 0, out + g * conv.outs * job.products);
      }
    }
  });
  for (int64_t g = 0; shares > 1 && g < conv.groups; ++g) {
    StoreKernel(job, scratch + g * sums_size, shares, size, out + g * conv.outs * job.products);
  }
  return Status::kOk;
}

template <class... Ts>
void SetKernelOf(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::conv_kernel, kDTypeOf<Ts>, Kernel<Ts>), ...);
}

void Fill(Table& table) { SetKernelOf(table, Floating()); }

}  // namespace HWY_NAMESPACE
}  // namespace conv_weight
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace conv_weight {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace conv_weight

void FillConvWeight(Table& table) { conv_weight::FillBest(table); }
}  // namespace sconce
#endif
