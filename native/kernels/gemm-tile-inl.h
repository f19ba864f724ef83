// The register tile of a matrix product: R rows of A by C vectors of columns of B, their sums kept in registers.

#include "gemm.h"
#include "hwy/highway.h"

// Per-target include guard, as Highway wants it.
#if defined(SCONCE_GEMM_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCONCE_GEMM_TILE_INL_H_
#undef SCONCE_GEMM_TILE_INL_H_
#else
#define SCONCE_GEMM_TILE_INL_H_
#endif

#include <array>
#include <utility>

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace gemm {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
constexpr int64_t kLanes = HWY_LANES(T);

// With 16 registers: 6 × 2 sums, two vectors of B and a factor of A. With 32 of 128 bits 8 × 3, as two loads a row are
// too many; with 32 of 512 bits 12 × 2, a row of which is as much of a cache line as a load can bring.
constexpr bool kManyRegisters = HWY_MAX_BYTES == 64 || HWY_TARGET == HWY_NEON;
constexpr int kVectors = HWY_TARGET == HWY_NEON ? 3 : 2;
template <class T>
constexpr int64_t kColumns = kVectors* kLanes<T>;
constexpr int kMaxRows = 12;
// The rows of a tile of C vectors of columns: as many sums as registers hold.
constexpr int TileRows(int vectors) {
  constexpr int kSums = kManyRegisters ? 24 : 12;
  return vectors == 1 || kSums / vectors > kMaxRows ? kMaxRows : kSums / vectors;
}
// Whether vectors can be loaded and stored in part, without touching the memory beside.
constexpr bool kMasks = HWY_TARGET <= HWY_AVX2;

template <class T>
struct Tile {
  int64_t depth;
  const T* a;
  int64_t
      a_step;  // A by rows: from row to row, of contiguous elements; by columns: from p to p + 1, of contiguous rows
  const T* b;
  int64_t b_step;  // from p to p + 1
  T* out;
  int64_t out_row;
  const T* c;
  int64_t c_row;
  bool c_repeats;   // one element of c a row, or contiguous ones
  int64_t columns;  // wanted, in the last of the vectors
  T alpha, beta;
  Activation activation;
};

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Activate(D d, V x, Activation activation) {
  return activation == Activation::kRelu ? hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x) : x;
}

template <bool kPart, class D, class M, class T>
HWY_INLINE hn::Vec<D> LoadPart(D d, M mask, const T* from) {
  if constexpr (kPart) return hn::MaskedLoad(mask, d, from);
  else return hn::LoadU(d, from);
}

template <bool kPart, class D, class M, class T>
HWY_INLINE void StorePart(D d, M mask, hn::Vec<D> x, T* to) {
  if constexpr (kPart) hn::BlendedStore(x, mask, d, to);
  else hn::StoreU(x, d, to);
}

// kPart: the last vector is loaded and stored in part.
template <int R, int C, bool kByColumns, bool kPart, class T>
void MultiplyTile(const Tile<T>& t) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const auto mask = hn::FirstN(d, static_cast<size_t>(t.columns));
  V sums[R][C];
  for (int r = 0; r < R; ++r) {
    for (int c = 0; c < C; ++c) sums[r][c] = hn::Zero(d);
  }
  const int64_t a_step = t.a_step, b_step = t.b_step;
  const T *a = t.a, *b = t.b;
  for (int64_t p = 0; p < t.depth; ++p, b += b_step, a += kByColumns ? a_step : 1) {
    V columns[C];
    for (int c = 0; c < C - 1; ++c) columns[c] = hn::LoadU(d, b + c * kLanes<T>);
    columns[C - 1] = LoadPart<kPart>(d, mask, b + (C - 1) * kLanes<T>);
    for (int r = 0; r < R; ++r) {
      const V factor = hn::Set(d, kByColumns ? a[r] : a[r * a_step]);
      for (int c = 0; c < C; ++c) sums[r][c] = hn::MulAdd(factor, columns[c], sums[r][c]);
    }
  }
  const V alpha = hn::Set(d, t.alpha), beta = hn::Set(d, t.beta);
  for (int r = 0; r < R; ++r) {
    const T* old = t.c + r * t.c_row;
    T* out = t.out + r * t.out_row;
    for (int c = 0; c < C; ++c) {
      V x = hn::Mul(sums[r][c], alpha);
      const bool last = c == C - 1;
      if (t.beta != T{0}) {
        V y;
        if (t.c_repeats) y = hn::Set(d, *old);
        else if (last) y = LoadPart<kPart>(d, mask, old + c * kLanes<T>);
        else y = hn::LoadU(d, old + c * kLanes<T>);
        x = hn::MulAdd(beta, y, x);
      }
      x = Activate(d, x, t.activation);
      if (last) StorePart<kPart>(d, mask, x, out + c * kLanes<T>);
      else hn::StoreU(x, d, out + c * kLanes<T>);
    }
  }
}

template <class T>
using TileKernel = void (*)(const Tile<T>&);

template <int C, bool kByColumns, bool kPart, class T, size_t... R>
constexpr std::array<TileKernel<T>, kMaxRows> KernelsOfRows(std::index_sequence<R...>) {
  return {{MultiplyTile<R + 1, C, kByColumns, kPart, T>...}};
}

template <bool kByColumns, bool kPart, class T, size_t... C>
constexpr std::array<std::array<TileKernel<T>, kMaxRows>, kVectors> KernelsOfVectors(std::index_sequence<C...>) {
  return {{KernelsOfRows<C + 1, kByColumns, kPart, T>(std::make_index_sequence<TileRows(C + 1)>())...}};
}

// kTileKernels<…>[C - 1][R - 1]
template <bool kByColumns, bool kPart, class T>
constexpr auto kTileKernels = KernelsOfVectors<kByColumns, kPart, T>(std::make_index_sequence<kVectors>());

// The kernel for a tile of `vectors` vectors of columns, of which the last is wanted in part or whole.
template <class T>
TileKernel<T> KernelOf(int64_t rows, int64_t vectors, bool by_columns, bool part) {
  if constexpr (kMasks) {
    if (part)
      return (by_columns ? kTileKernels<true, kMasks, T> : kTileKernels<false, kMasks, T>)[vectors - 1][rows - 1];
  }
  return (by_columns ? kTileKernels<true, false, T> : kTileKernels<false, false, T>)[vectors - 1][rows - 1];
}

}  // namespace HWY_NAMESPACE
}  // namespace gemm
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif  // SCONCE_GEMM_TILE_INL_H_
