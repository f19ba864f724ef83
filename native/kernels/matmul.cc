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

// out[r * out_row + c] = beta * out[…] + alpha * Σₚ a(r, p) * b(p, c) for R rows and C vectors of columns.
template <int R, int C, class T>
void MicroKernel(int64_t depth, View<T> a, const T* b, int64_t b_row, T alpha, T beta, T* out, int64_t out_row) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  V sums[R][C];
  for (int r = 0; r < R; ++r) {
    for (int c = 0; c < C; ++c) sums[r][c] = hn::Zero(d);
  }
  for (int64_t p = 0; p < depth; ++p, b += b_row, a.data += a.column) {
    V columns[C];
    for (int c = 0; c < C; ++c) columns[c] = hn::LoadU(d, b + c * kLanes<T>);
    for (int r = 0; r < R; ++r) {
      const V factor = hn::Set(d, a.data[r * a.row]);
      for (int c = 0; c < C; ++c) sums[r][c] = hn::MulAdd(factor, columns[c], sums[r][c]);
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int c = 0; c < C; ++c) {
      T* to = out + r * out_row + c * kLanes<T>;
      V result = hn::Mul(sums[r][c], hn::Set(d, alpha));
      if (beta != T{0}) result = hn::MulAdd(hn::Set(d, beta), hn::LoadU(d, to), result);
      hn::StoreU(result, d, to);
    }
  }
}

template <class T>
T Blend(T beta, T old, T fresh) {
  return beta == T{0} ? fresh : beta * old + fresh;
}

// A block of B: whole panels of kColumns, packed or in place, and what is left over, packed and padded with zeros.
template <class T>
struct Panels {
  const T* data;
  int64_t row;    // from p to p + 1
  int64_t panel;  // from panel to panel
  const T* last;
  int64_t columns;
};

// R rows of A times C vectors of columns of B, of which `valid` columns are wanted.
template <int R, int C, class T>
void MultiplyTile(int64_t depth, View<T> a, const T* b, int64_t b_row, int64_t valid, const Product<T>& p, T beta,
                  T* out) {
  constexpr int64_t width = C * kLanes<T>;
  if (valid == width && p.out_n == 1) {
    return MicroKernel<R, C>(depth, a, b, b_row, p.alpha, beta, out, p.out_m);
  }
  T tile[R * width];
  MicroKernel<R, C>(depth, a, b, b_row, p.alpha, T{0}, tile, width);
  for (int r = 0; r < R; ++r) {
    for (int64_t c = 0; c < valid; ++c) {
      T& old = out[r * p.out_m + c * p.out_n];
      old = Blend(beta, old, tile[r * width + c]);
    }
  }
}

// R rows of A times all panels; the rows of the result start at `out`.
template <int R, class T>
void MultiplyRows(int64_t depth, View<T> a, const Panels<T>& b, const Product<T>& p, T beta, T* out) {
  constexpr int64_t width = kColumns<T>;
  const T* panel = b.data;
  int64_t j = 0;
  for (; j + width <= b.columns; j += width, panel += b.panel) {
    MultiplyTile<R, 2>(depth, a, panel, b.row, width, p, beta, out + j * p.out_n);
  }
  const int64_t left = b.columns - j;
  out += j * p.out_n;
  if (left > kLanes<T>) MultiplyTile<R, 2>(depth, a, b.last, width, left, p, beta, out);
  else if (left > 0) MultiplyTile<R, 1>(depth, a, b.last, width, left, p, beta, out);
}

// to[p * W + c] = from[c * across + p * along] for c < valid.
template <int64_t W, class T>
void Pack(const T* from, int64_t across, int64_t along, int64_t valid, int64_t depth, T* to) {
  constexpr int64_t kRun = 16;  // reads a cache line of each column before it turns to the next
  if (across == 1) {
    for (int64_t p = 0; p < depth; ++p) std::copy_n(from + p * along, valid, to + p * W);
    return;
  }
  for (int64_t p = 0; p < depth; p += kRun) {
    const int64_t end = std::min(p + kRun, depth);
    for (int64_t c = 0; c < valid; ++c) {
      for (int64_t q = p; q < end; ++q) to[q * W + c] = from[c * across + q * along];
    }
  }
}

// Whole panels of contiguous rows may be read in place, which pays when they are not read often.
template <class T>
Panels<T> PackPanels(View<T> b, int64_t depth, int64_t columns, bool in_place, T* to) {
  constexpr int64_t width = kColumns<T>;
  const int64_t whole = columns / width * width, left = columns - whole;
  if (!in_place) {
    for (int64_t j = 0; j < whole; j += width) {
      Pack<width>(b.At(0, j), b.column, b.row, width, depth, to + j * depth);
    }
  }
  T* last = to + (in_place ? 0 : whole * depth);
  if (left > 0) {
    std::fill_n(last, depth * width, T{0});
    Pack<width>(b.At(0, whole), b.column, b.row, left, depth, last);
  }
  if (in_place) return {b.data, b.row, width, last, columns};
  return {to, width, width * depth, last, columns};
}

// Rows from `i` on in groups of R, as long as they last; returns the first row left over.
template <int R, class T>
int64_t MultiplyGroups(int64_t i, int64_t depth, View<T> a, const Panels<T>& b, const Product<T>& p, T beta, T* out) {
  const bool in_place = b.columns <= 4 * kColumns<T>;
  alignas(64) T packed[R * kDepth];
  for (; i + R <= p.m; i += R) {
    View<T> rows{a.At(i, 0), a.row, a.column};
    if (!in_place) {
      Pack<R>(rows.data, a.row, a.column, R, depth, packed);
      rows = {packed, 1, R};
    }
    MultiplyRows<R>(depth, rows, b, p, beta, out + i * p.out_m);
  }
  return i;
}

template <class T>
void MultiplyMatrices(const Product<T>& p, char* scratch) {
  const bool in_place = p.b_n == 1 && p.m <= 4 * kRows;
  for (int64_t k = 0; k == 0 || k < p.k; k += kDepth) {
    const int64_t depth = std::min(kDepth, p.k - k);
    const T beta = k == 0 ? p.beta : T{1};
    const View<T> a{p.a + k * p.a_k, p.a_m, p.a_k};
    for (int64_t j = 0; j < p.n; j += kBlock<T>) {
      const View<T> b{p.b + k * p.b_k + j * p.b_n, p.b_k, p.b_n};
      const int64_t columns = std::min(kBlock<T>, p.n - j);
      const Panels<T> panels = PackPanels(b, depth, columns, in_place, reinterpret_cast<T*>(scratch));
      T* out = p.out + j * p.out_n;
      int64_t i = MultiplyGroups<kRows>(0, depth, a, panels, p, beta, out);
      i = MultiplyGroups<4>(i, depth, a, panels, p, beta, out);
      MultiplyGroups<1>(i, depth, a, panels, p, beta, out);
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
