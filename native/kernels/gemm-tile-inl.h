// The register tile of a matrix product: R rows of A by C vectors of columns of B, their sums kept in registers.

#include "gemm.h"
#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "lanes-inl.h"

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

// Brings a cache line into the second level only: the first is full of what is being multiplied.
template <class T>
HWY_INLINE void PrefetchFar(const T* from) {
#if HWY_COMPILER_MSVC
  hwy::Prefetch(from);
#else
  __builtin_prefetch(from, 0, 2);
#endif
}

template <bool kPart, class D, class M, class T>
HWY_INLINE hn::Vec<D> LoadPart(D d, M mask, const T* from) {
  if constexpr (!kPart) return hn::LoadU(d, from);
#if SCONCE_MASKED_MOVES
  return hn::MaskedLoad(mask, d, from);
#else
  return sconce::HWY_NAMESPACE::LoadFirst(d, from, hn::CountTrue(d, mask));
#endif
}

// The first `count` lanes, in runs of 4, 2 and 1: stores by mask take AMD's AVX2 processors tens of cycles.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void StoreFirst([[maybe_unused]] D d, hn::Vec<D> x, int64_t count, T* to) {
#if HWY_TARGET == HWY_AVX3
  hn::BlendedStore(x, hn::FirstN(d, static_cast<size_t>(count)), d, to);
#elif HWY_TARGET == HWY_SCALAR
  if (count > 0) hn::StoreU(x, d, to);
#else
  if constexpr (hn::MaxLanes(D()) > 1) {
    const hn::Half<D> half;
    constexpr int64_t lanes = hn::MaxLanes(half);
    if (count & lanes) {
      hn::StoreU(hn::LowerHalf(half, x), half, to);
      StoreFirst(half, hn::UpperHalf(half, x), count - lanes, to + lanes);
    } else {
      StoreFirst(half, hn::LowerHalf(half, x), count, to);
    }
  }
#endif
}

// The sums of a tile become its results: scaled, with the addend, activated, stored.
template <int R, int C, bool kPart, class D, class T = hn::TFromD<D>>
HWY_INLINE void FinishTile(D d, hn::Vec<D> (&x)[R][C], const Tile<T>& t) {
  using V = hn::Vec<D>;
  const auto mask = hn::FirstN(d, static_cast<size_t>(t.columns));
  constexpr int64_t last = (C - 1) * kLanes<T>;
  if (t.alpha != T{1}) {
    const V alpha = hn::Set(d, t.alpha);
    HWY_UNROLL(16) for (int r = 0; r < R; ++r) {
      HWY_UNROLL(16) for (int c = 0; c < C; ++c) x[r][c] = hn::Mul(x[r][c], alpha);
    }
  }
  if (t.beta != T{0}) {
    const V beta = hn::Set(d, t.beta);
    const T* old = t.c;
    if (t.c_repeats) {
      HWY_UNROLL(16) for (int r = 0; r < R; ++r, old += t.c_row) {
        HWY_UNROLL(16) for (int c = 0; c < C; ++c) x[r][c] = hn::MulAdd(beta, hn::Set(d, *old), x[r][c]);
      }
    } else {
      HWY_UNROLL(16) for (int r = 0; r < R; ++r, old += t.c_row) {
        HWY_UNROLL(16) for (int c = 0; c < C - 1; ++c) {
          x[r][c] = hn::MulAdd(beta, hn::LoadU(d, old + c * kLanes<T>), x[r][c]);
        }
        x[r][C - 1] = hn::MulAdd(beta, LoadPart<kPart>(d, mask, old + last), x[r][C - 1]);
      }
    }
  }
  if (t.activation == Activation::kRelu) {
    const V zero = hn::Zero(d);
    HWY_UNROLL(16) for (int r = 0; r < R; ++r) {
      HWY_UNROLL(16) for (int c = 0; c < C; ++c) x[r][c] = hn::IfThenElse(hn::Lt(x[r][c], zero), zero, x[r][c]);
    }
  }
  T* out = t.out;
  HWY_UNROLL(16) for (int r = 0; r < R; ++r, out += t.out_row) {
    HWY_UNROLL(16) for (int c = 0; c < C - 1; ++c) hn::StoreU(x[r][c], d, out + c * kLanes<T>);
    if constexpr (kPart) StoreFirst(d, x[r][C - 1], t.columns, out + last);
    else hn::StoreU(x[r][C - 1], d, out + last);
  }
}

// kPart: the last vector is loaded and stored in part.
template <int R, int C, bool kByColumns, bool kPart, class T>
void MultiplyTile(const Tile<T>& t) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const auto mask = hn::FirstN(d, static_cast<size_t>(t.columns));
  V sums[R][C];
  HWY_UNROLL(16) for (int r = 0; r < R; ++r) { HWY_UNROLL(16) for (int c = 0; c < C; ++c) sums[r][c] = hn::Zero(d); }
  HWY_UNROLL(16) for (int r = 0; r < R; ++r) hwy::Prefetch(t.out + r * t.out_row);
  const int64_t a_step = t.a_step, b_step = t.b_step;
  const T *a = t.a, *b = t.b;
  HWY_UNROLL(4) for (int64_t p = 0; p < t.depth; ++p, b += b_step, a += kByColumns ? a_step : 1) {
    V columns[C];
    HWY_UNROLL(16) for (int c = 0; c < C - 1; ++c) columns[c] = hn::LoadU(d, b + c * kLanes<T>);
    columns[C - 1] = LoadPart<kPart>(d, mask, b + (C - 1) * kLanes<T>);
    HWY_UNROLL(16) for (int r = 0; r < R; ++r) {
      const V factor = hn::Set(d, kByColumns ? a[r] : a[r * a_step]);
      HWY_UNROLL(16) for (int c = 0; c < C; ++c) sums[r][c] = hn::MulAdd(factor, columns[c], sums[r][c]);
    }
  }
  FinishTile<R, C, kPart>(d, sums, t);
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
