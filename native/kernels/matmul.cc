// Matrix products of any strides: out = beta * out + alpha * (a · b).
//
// A large product of floating elements is cut so that what is read again and again stays in a cache. Both factors are
// packed, which also absorbs their strides: B into panels of kColumns columns, A into panels of kRows rows.
//
//                      n                        A panel, first-level cache      B panels, second-level cache
//             +----------------+                 p=0  p=1  …      kDepth         panel 0     panel 1   … kBlock columns
//             |      B         | kDepth        +----+----+-------------+        +---------+---------+
//             |                |               | r0 | r0 |             |    p=0 | c0 … cN | c0 … cN |
//       k     +----------------+               | r1 | r1 |   memory:   |    p=1 | c0 … cN | c0 … cN |   memory: panel
//    +-----+  +----+-----------+               | …  | …  |  column by  |        |   …     |   …     |   by panel, row
//    |     |  |    |           | kRows         | rR | rR |   column    |        |         |         |   by row
//  m |  A  |  +----+    out    |               +----+----+-------------+        +---------+---------+
//    +-----+  +----------------+
//              kColumns
//
// The innermost loop keeps kRows × kColumns sums in registers and adds, for each p, the product of A's column of kRows
// by B's row of kColumns. Every element of `out` is summed in the same order however the work is divided among threads.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/matmul.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>

#include "hwy/highway.h"
#include "kernels/table.h"
#include "loops.h"
#include "products.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace matmul {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
constexpr int64_t kLanes = HWY_LANES(T);
template <class T>
constexpr int64_t kColumns = 2 * kLanes<T>;
// As many rows as leave registers for two vectors of B and one of A.
constexpr int kRows = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 12 : 6;
constexpr int64_t kDepth = 256;
template <class T>
constexpr int64_t kBlock = 2048 / sizeof(T);

// A matrix read through strides.
template <class T>
struct View {
  const T* data;
  int64_t row, column;  // strides

  const T* At(int64_t i, int64_t j) const { return data + i * row + j * column; }
};

// out[r * out_row + c] = beta * out[…] + alpha * Σₚ a(r, p) * b(p, c) for R rows and kColumns<T> columns.
template <int R, class T>
void MicroKernel(int64_t depth, View<T> a, const T* b, int64_t b_row, T alpha, T beta, T* out, int64_t out_row) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = kLanes<T>;
  hn::Vec<decltype(d)> left[R], right[R];
  for (int r = 0; r < R; ++r) left[r] = right[r] = hn::Zero(d);
  for (int64_t p = 0; p < depth; ++p, b += b_row, a.data += a.column) {
    const auto b_left = hn::LoadU(d, b), b_right = hn::LoadU(d, b + lanes);
    for (int r = 0; r < R; ++r) {
      const auto factor = hn::Set(d, a.data[r * a.row]);
      left[r] = hn::MulAdd(factor, b_left, left[r]);
      right[r] = hn::MulAdd(factor, b_right, right[r]);
    }
  }
  const auto scale = hn::Set(d, alpha), keep = hn::Set(d, beta);
  for (int r = 0; r < R; ++r, out += out_row) {
    left[r] = hn::Mul(left[r], scale);
    right[r] = hn::Mul(right[r], scale);
    if (beta != T{0}) {
      left[r] = hn::MulAdd(keep, hn::LoadU(d, out), left[r]);
      right[r] = hn::MulAdd(keep, hn::LoadU(d, out + lanes), right[r]);
    }
    hn::StoreU(left[r], d, out);
    hn::StoreU(right[r], d, out + lanes);
  }
}

template <class T>
T Blend(T beta, T old, T fresh) {
  return beta == T{0} ? fresh : beta * old + fresh;
}

// The panels of B that a block of columns is multiplied by, packed or where they are.
template <class T>
struct Panels {
  const T* data;
  int64_t row;    // from p to p + 1
  int64_t panel;  // from panel to panel
  const T* last;  // the panel of fewer than kColumns columns, padded with zeros
};

// R rows of A times all panels of a block of `columns` columns; the rows of `out` start at `out`.
template <int R, class T>
void MultiplyRows(int64_t depth, View<T> a, const Panels<T>& b, int64_t columns, const Product<T>& p, T beta, T* out) {
  constexpr int64_t width = kColumns<T>;
  for (int64_t j = 0; j < columns; j += width) {
    const int64_t valid = std::min(width, columns - j);
    T* to = out + j * p.out_n;
    const T* panel = valid == width ? b.data + j / width * b.panel : b.last;
    const int64_t row = valid == width ? b.row : width;
    if (valid == width && p.out_n == 1) {
      MicroKernel<R>(depth, a, panel, row, p.alpha, beta, to, p.out_m);
      continue;
    }
    T tile[R * width];
    MicroKernel<R>(depth, a, panel, row, p.alpha, T{0}, tile, width);
    for (int r = 0; r < R; ++r) {
      for (int64_t c = 0; c < valid; ++c) {
        T& old = to[r * p.out_m + c * p.out_n];
        old = Blend(beta, old, tile[r * width + c]);
      }
    }
  }
}

// One panel of B: to[p * kColumns + c] = b(p, c), and zeros from column `valid` on.
template <class T>
void PackPanel(View<T> b, int64_t depth, int64_t valid, T* to) {
  constexpr int64_t width = kColumns<T>;
  if (valid < width) std::fill(to, to + depth * width, T{0});
  if (b.column == 1) {
    for (int64_t p = 0; p < depth; ++p) std::copy(b.At(p, 0), b.At(p, valid), to + p * width);
  } else {
    for (int64_t c = 0; c < valid; ++c) {
      for (int64_t p = 0; p < depth; ++p) to[p * width + c] = *b.At(p, c);
    }
  }
}

// Packing pays where the panel is read more than a few times; else full panels of contiguous rows are read in place.
template <class T>
Panels<T> PackPanels(View<T> b, int64_t depth, int64_t columns, bool in_place, T* to) {
  constexpr int64_t width = kColumns<T>;
  const int64_t full = columns / width * width;
  if (!in_place) {
    for (int64_t j = 0; j < full; j += width) PackPanel({b.At(0, j), b.row, b.column}, depth, width, to + j * depth);
  }
  T* last = to + (in_place ? 0 : full * depth);
  if (full < columns) PackPanel({b.At(0, full), b.row, b.column}, depth, columns - full, last);
  if (in_place) return {b.data, b.row, width, last};
  return {to, width, width * depth, last};
}

template <int R, class T>
View<T> PackRows(View<T> a, int64_t depth, T* to) {
  for (int64_t p = 0; p < depth; ++p) {
    for (int r = 0; r < R; ++r) to[p * R + r] = *a.At(r, p);
  }
  return {to, 1, R};
}

// Rows from `i` on in groups of R, as long as they last; returns the first row left over.
template <int R, class T>
int64_t MultiplyGroups(int64_t i, int64_t depth, View<T> a, const Panels<T>& b, int64_t columns, const Product<T>& p,
                       T beta, T* out) {
  const bool in_place = columns <= 4 * kColumns<T>;
  alignas(64) T packed[R * kDepth];
  for (; i + R <= p.m; i += R) {
    View<T> rows{a.At(i, 0), a.row, a.column};
    if (!in_place) rows = PackRows<R>(rows, depth, packed);
    MultiplyRows<R>(depth, rows, b, columns, p, beta, out + i * p.out_m);
  }
  return i;
}

template <class T>
void MultiplyMatrices(const Product<T>& p, char* scratch) {
  T* packed = reinterpret_cast<T*>(scratch);
  const bool in_place = p.b_n == 1 && p.m <= 4 * kRows;
  for (int64_t k = 0; k == 0 || k < p.k; k += kDepth) {
    const int64_t depth = std::min(kDepth, p.k - k);
    const T beta = k == 0 ? p.beta : T{1};
    for (int64_t j = 0; j < p.n; j += kBlock<T>) {
      const int64_t columns = std::min(kBlock<T>, p.n - j);
      const View<T> a{p.a + k * p.a_k, p.a_m, p.a_k};
      const Panels<T> b = PackPanels<T>({p.b + k * p.b_k + j * p.b_n, p.b_k, p.b_n}, depth, columns, in_place, packed);
      T* out = p.out + j * p.out_n;
      int64_t i = MultiplyGroups<kRows>(0, depth, a, b, columns, p, beta, out);
      i = MultiplyGroups<4>(i, depth, a, b, columns, p, beta, out);
      MultiplyGroups<1>(i, depth, a, b, columns, p, beta, out);
    }
  }
}

template <class T>
T Dot(const T* a, const T* b, int64_t n) {
  const hn::ScalableTag<T> d;
  constexpr int64_t lanes = kLanes<T>;
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

// m = 1, each element of out by itself.
template <class T>
void MultiplyColumns(const Product<T>& p) {
  T packed_a[kChunk], packed_b[kChunk];
  for (int64_t k = 0; k == 0 || k < p.k; k += kChunk) {
    const int64_t depth = std::min(kChunk, p.k - k);
    const T* a = Contiguous(p.a + k * p.a_k, p.a_k, depth, packed_a);
    for (int64_t j = 0; j < p.n; ++j) {
      T& out = p.out[j * p.out_n];
      const T* b = Contiguous(p.b + k * p.b_k + j * p.b_n, p.b_k, depth, packed_b);
      out = Blend(k == 0 ? p.beta : T{1}, out, p.alpha * Dot(a, b, depth));
    }
  }
}

// m = 1 and rows of B contiguous: kChunk elements of out side by side, four rows of B at a time.
template <class T>
void MultiplyRow(const Product<T>& p) {
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
    for (int64_t c = 0; c < columns; ++c) {
      T& out = p.out[(j + c) * p.out_n];
      out = Blend(p.beta, out, p.alpha * sums[c]);
    }
  }
}

template <class T>
void MultiplyVector(const Product<T>& p, char*) {
  if (p.b_n == 1 && p.n > 1) MultiplyRow(p);
  else MultiplyColumns(p);
}

// Integers, which wrap: 64 unsigned bits hold the result's at any width.
template <class T>
void MultiplyIntegers(const Product<T>& p, char*) {
  constexpr int64_t kTile = 64;
  for (int64_t j = 0; j < p.n; j += kTile) {
    const int64_t columns = std::min(kTile, p.n - j);
    for (int64_t i = 0; i < p.m; ++i) {
      uint64_t sums[kTile] = {};
      for (int64_t k = 0; k < p.k; ++k) {
        const uint64_t a = static_cast<uint64_t>(p.a[i * p.a_m + k * p.a_k]);
        const T* b = p.b + k * p.b_k + j * p.b_n;
        for (int64_t c = 0; c < columns; ++c) sums[c] += a * static_cast<uint64_t>(b[c * p.b_n]);
      }
      for (int64_t c = 0; c < columns; ++c) {
        T& out = p.out[i * p.out_m + (j + c) * p.out_n];
        const uint64_t kept = static_cast<uint64_t>(p.beta) * static_cast<uint64_t>(out);
        out = static_cast<T>(kept + static_cast<uint64_t>(p.alpha) * sums[c]);
      }
    }
  }
}

template <class T>
size_t ScratchBytes(const Product<T>& p) {
  const int64_t columns = (std::min(p.n, kBlock<T>) + kColumns<T> - 1) / kColumns<T> * kColumns<T>;
  return static_cast<size_t>(std::min(p.k, kDepth) * columns) * sizeof(T);
}

template <class T>
size_t NoScratch(const Product<T>&) {
  return 0;
}

template <class T>
Status MatMul(Instruction& in) {
  return MultiplyBatch<T>(in, {ScratchBytes<T>, MultiplyMatrices<T>, MultiplyVector<T>, kRows, kColumns<T>});
}

template <class T>
Status MatMulOfIntegers(Instruction& in) {
  return MultiplyBatch<T>(in, {NoScratch<T>, MultiplyIntegers<T>, MultiplyIntegers<T>, 1, 1});
}

template <class... Ts>
void SetFloating(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::matmul, kDTypeOf<Ts>, MatMul<Ts>), ...);
}
template <class... Ts>
void SetIntegral(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::matmul, kDTypeOf<Ts>, MatMulOfIntegers<Ts>), ...);
}

void Fill(Table& table) {
  SetFloating(table, Floating());
  SetIntegral(table, Integral());
}

}  // namespace HWY_NAMESPACE
}  // namespace matmul
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace matmul {
HWY_EXPORT(Fill);
}
void FillMatMul(Table& table) {
  using namespace matmul;
  HWY_DYNAMIC_DISPATCH(Fill)(table);
}
}  // namespace sconce
#endif
