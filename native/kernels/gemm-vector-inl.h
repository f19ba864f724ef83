// A row vector times a matrix.

#include "gemm.h"
#include "hwy/highway.h"

// Per-target include guard, as Highway wants it.
#if defined(SCONCE_GEMM_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SCONCE_GEMM_VECTOR_INL_H_
#undef SCONCE_GEMM_VECTOR_INL_H_
#else
#define SCONCE_GEMM_VECTOR_INL_H_
#endif

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace gemm {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// How out[j] becomes of a sum: from the addend for the first terms, from itself for later ones, activated with the
// last.
template <class T>
struct Finisher {
  const Product<T>& p;
  bool first, last;

  void operator()(int64_t j, T sum) const {
    T& out = p.out[j * p.out_n];
    T x = p.alpha * sum;
    if (!first) x += out;
    else if (p.beta != T{0}) x += p.beta * p.c[j * p.c_n];
    out = last && p.activation == Activation::kRelu && x < T{0} ? T{0} : x;
  }
};

// sums[q] = Σᵢ a[i] * b[q * step + i] for q < N: side by side, as one stream of memory is slower than several.
template <int N, class T>
void Dots(const T* a, const T* b, int64_t step, int64_t n, T* sums) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = HWY_LANES(T);
  constexpr int kParts = 8 / N;  // enough additions under way to hide their latency
  hn::Vec<decltype(d)> parts[N][kParts];
  HWY_UNROLL(8) for (int q = 0; q < N; ++q) {
    HWY_UNROLL(8) for (int s = 0; s < kParts; ++s) parts[q][s] = hn::Zero(d);
  }
  int64_t i = 0;
  for (; i + kParts * lanes <= n; i += kParts * lanes) {
    HWY_UNROLL(8) for (int s = 0; s < kParts; ++s) {
      const auto x = hn::LoadU(d, a + i + s * lanes);
      HWY_UNROLL(8) for (int q = 0; q < N; ++q) {
        parts[q][s] = hn::MulAdd(x, hn::LoadU(d, b + q * step + i + s * lanes), parts[q][s]);
      }
    }
  }
  for (int q = 0; q < N; ++q) {
    auto sum = parts[q][0];
    for (int s = 1; s < kParts; ++s) sum = hn::Add(sum, parts[q][s]);
    sums[q] = hn::GetLane(hn::SumOfLanes(d, sum));
    for (int64_t l = i; l < n; ++l) sums[q] += a[l] * b[q * step + l];
  }
}

constexpr int64_t kChunk = 2048;

// n elements at `from`, contiguous: where they are, or else in `packed`.
template <class T>
const T* Contiguous(const T* from, int64_t stride, int64_t n, T* packed) {
  if (stride == 1) return from;
  for (int64_t i = 0; i < n; ++i) packed[i] = from[i * stride];
  return packed;
}

// Each element of out by itself.
template <class T>
void MultiplyColumns(const Product<T>& p) {
  T packed_a[kChunk], packed_b[kChunk];
  for (int64_t k = 0; k == 0 || k < p.k; k += kChunk) {
    const int64_t depth = std::min(kChunk, p.k - k);
    const T* a = Contiguous(p.a + k * p.a_k, p.a_k, depth, packed_a);
    const Finisher<T> finish{p, k == 0, k + kChunk >= p.k};
    T sums[4];
    int64_t j = 0;
    for (; p.b_k == 1 && j + 4 <= p.n; j += 4) {
      Dots<4>(a, p.b + k + j * p.b_n, p.b_n, depth, sums);
      for (int q = 0; q < 4; ++q) finish(j + q, sums[q]);
    }
    for (; j < p.n; ++j) {
      Dots<1>(a, Contiguous(p.b + k * p.b_k + j * p.b_n, p.b_k, depth, packed_b), 0, depth, sums);
      finish(j, sums[0]);
    }
  }
}

// sums[c] += Σ a[q * a_step] * b[q * b_step + c] for N rows of B and c < U vectors.
template <int N, int U, class T>
HWY_INLINE void AddVectors(const T* a, int64_t a_step, const T* b, int64_t b_step, T* sums) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = HWY_LANES(T);
  hn::Vec<decltype(d)> x[U];
  HWY_UNROLL(8) for (int u = 0; u < U; ++u) x[u] = hn::LoadU(d, sums + u * lanes);
  HWY_UNROLL(8) for (int q = 0; q < N; ++q) {
    const auto factor = hn::Set(d, a[q * a_step]);
    HWY_UNROLL(8) for (int u = 0; u < U; ++u) {
      x[u] = hn::MulAdd(factor, hn::LoadU(d, b + q * b_step + u * lanes), x[u]);
    }
  }
  HWY_UNROLL(8) for (int u = 0; u < U; ++u) hn::StoreU(x[u], d, sums + u * lanes);
}

// The same for c < n.
template <int N, class T>
void AddRows(const T* a, int64_t a_step, const T* b, int64_t b_step, int64_t n, T* sums) {
  constexpr int64_t lanes = HWY_LANES(T);
  int64_t c = 0;
  for (; c + 4 * lanes <= n; c += 4 * lanes) AddVectors<N, 4>(a, a_step, b + c, b_step, sums + c);
  for (; c + lanes <= n; c += lanes) AddVectors<N, 1>(a, a_step, b + c, b_step, sums + c);
  for (; c < n; ++c) {
    for (int q = 0; q < N; ++q) sums[c] += a[q * a_step] * b[q * b_step + c];
  }
}

// Rows of B contiguous: kChunk elements of out side by side, four rows at a time, as four streams of memory are faster
// than one, and than eight.
template <class T>
void MultiplyContiguousRows(const Product<T>& p) {
  for (int64_t j = 0; j < p.n; j += kChunk) {
    const int64_t columns = std::min(kChunk, p.n - j);
    alignas(64) T sums[kChunk];
    std::fill_n(sums, columns, T{0});
    const T *a = p.a, *b = p.b + j;
    int64_t k = 0;
    for (; k + 4 <= p.k; k += 4) AddRows<4>(a + k * p.a_k, p.a_k, b + k * p.b_k, p.b_k, columns, sums);
    for (; k < p.k; ++k) AddRows<1>(a + k * p.a_k, p.a_k, b + k * p.b_k, p.b_k, columns, sums);
    const Finisher<T> finish{p, true, true};
    for (int64_t c = 0; c < columns; ++c) finish(j + c, sums[c]);
  }
}

template <class T>
void MultiplyRow(const Product<T>& p) {
  if (p.b_n == 1 && p.n > 1) MultiplyContiguousRows(p);
  else MultiplyColumns(p);
}

}  // namespace HWY_NAMESPACE
}  // namespace gemm
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#endif  // SCONCE_GEMM_VECTOR_INL_H_
