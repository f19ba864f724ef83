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

template <class T>
T Dot(const T* a, const T* b, int64_t n) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = HWY_LANES(T);
  auto sum0 = hn::Zero(d), sum1 = hn::Zero(d), sum2 = hn::Zero(d), sum3 = hn::Zero(d);
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    sum0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum0);
    sum1 = hn::MulAdd(hn::LoadU(d, a + i + lanes), hn::LoadU(d, b + i + lanes), sum1);
    sum2 = hn::MulAdd(hn::LoadU(d, a + i + 2 * lanes), hn::LoadU(d, b + i + 2 * lanes), sum2);
    sum3 = hn::MulAdd(hn::LoadU(d, a + i + 3 * lanes), hn::LoadU(d, b + i + 3 * lanes), sum3);
  }
  for (; i + lanes <= n; i += lanes) sum0 = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), sum0);
  T sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3))));
  for (; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

constexpr int64_t kChunk = 512;

// n elements at `from`, contiguous: where they are, or else in `packed`.
template <class T>
const T* Contiguous(const T* from, int64_t stride, int64_t n, T* packed) {
  if (stride == 1) return from;
  for (int64_t i = 0; i < n; ++i) packed[i] = from[i * stride];
  return packed;
}

// out[j] = activation(beta * c[j] + sum)
template <class T>
void FinishElement(const Product<T>& p, int64_t j, T sum) {
  T x = p.alpha * sum;
  if (p.beta != T{0}) x = p.beta * p.c[j * p.c_n] + x;
  p.out[j * p.out_n] = p.activation == Activation::kRelu && x < T{0} ? T{0} : x;
}

// Each element of out by itself.
template <class T>
void MultiplyColumns(const Product<T>& p) {
  T packed_a[kChunk], packed_b[kChunk];
  for (int64_t j = 0; j < p.n; ++j) {
    T sum{0};
    for (int64_t k = 0; k < p.k; k += kChunk) {
      const int64_t depth = std::min(kChunk, p.k - k);
      const T* a = Contiguous(p.a + k * p.a_k, p.a_k, depth, packed_a);
      const T* b = Contiguous(p.b + k * p.b_k + j * p.b_n, p.b_k, depth, packed_b);
      sum += Dot(a, b, depth);
    }
    FinishElement(p, j, sum);
  }
}

// Rows of B contiguous: kChunk elements of out side by side, four rows of B at a time.
template <class T>
void MultiplyContiguousRows(const Product<T>& p) {
  for (int64_t j = 0; j < p.n; j += kChunk) {
    const int64_t columns = std::min(kChunk, p.n - j);
    T sums[kChunk] = {};
    int64_t k = 0;
    for (; k + 4 <= p.k; k += 4) {
      const T* a = p.a + k * p.a_k;
      const T a0 = a[0], a1 = a[p.a_k], a2 = a[2 * p.a_k], a3 = a[3 * p.a_k];
      const T* b = p.b + k * p.b_k + j;
      const T *b1 = b + p.b_k, *b2 = b1 + p.b_k, *b3 = b2 + p.b_k;
      for (int64_t c = 0; c < columns; ++c) sums[c] += (a0 * b[c] + a1 * b1[c]) + (a2 * b2[c] + a3 * b3[c]);
    }
    for (; k < p.k; ++k) {
      const T a = p.a[k * p.a_k];
      for (int64_t c = 0; c < columns; ++c) sums[c] += a * p.b[k * p.b_k + j + c];
    }
    for (int64_t c = 0; c < columns; ++c) FinishElement(p, j + c, sums[c]);
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
