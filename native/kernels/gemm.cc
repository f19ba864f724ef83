// Matrix products of floating elements on one thread.
//
// A large product is cut so that what is read again and again stays in a cache. Factors are packed block by block,
// which also absorbs their strides: B into panels of kColumns columns, A into panels of as many rows as a register tile
// has.
//
//                      n                        A panels, second-level cache    B panels, the current in the first
//                      level
//             +----------------+                 p=0  p=1  …      depth          panel 0     panel 1   …
//             |      B         | depth          +----+----+-------------+        +---------+---------+
//             |                |                | r0 | r0 |             |    p=0 | c0 … cN | c0 … cN |
//       k     +----------------+                | r1 | r1 |   memory:   |    p=1 | c0 … cN | c0 … cN |   memory: panel
//    +-----+  +----+-----------+                | …  | …  |   by rows   |        |   …     |   …     |   by panel, row
//    |     |  |    |           | rows           | rR | rR |  or columns |        |         |         |   by row
//  m |  A  |  +----+    out    |                +----+----+-------------+        +---------+---------+
//    +-----+  +----------------+
//              kColumns
//
// A is packed by rows when its rows are contiguous, and by columns else; both are copies of contiguous runs, and a tile
// reads either. A factor that is read too seldom to repay the packing is read where it is.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>

#include "hwy/highway.h"
#include "kernels/gemm-pack-inl.h"
#include "kernels/gemm-tile-inl.h"
#include "kernels/gemm-vector-inl.h"
#include "kernels/gemm.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace gemm {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Blocks: B of kDepth × kBlockColumns, A of kBlockRows × kDepth.
constexpr int64_t kDepth = 256;
constexpr int64_t kBlockRows = 144;
template <class T>
constexpr int64_t kBlockColumns = 8192 / sizeof(T);
constexpr int64_t kRowStep = kDepth + 16;  // of rows packed by rows: no power of two, whose rows would share cache sets

// A block of A.
template <class T>
struct Rows {
  const T* data;
  int64_t step;  // in place: from row to row, or from p to p + 1
  bool by_columns;
  bool panels;  // packed by columns, panel after panel
};

// A block of B: whole panels, and what is left over.
template <class T>
struct Panels {
  const T* data;
  int64_t row;    // from p to p + 1
  int64_t panel;  // from panel to panel
  const T* last;  // the last panel if it is not whole, and null if it follows the others
  int64_t last_row;
};

// Cuts rows into as few tiles of at most `most` rows as can be, alike but for one row.
class RowTiles {
 public:
  RowTiles(int64_t rows, int64_t most)
      : tiles_((rows + most - 1) / most), rows_(rows / tiles_), taller_(rows % tiles_) {}
  int64_t count() const { return tiles_; }
  int64_t height(int64_t tile) const { return rows_ + (tile < taller_); }

 private:
  int64_t tiles_, rows_, taller_;
};

// out = activation(beta * c + x) for a tile whose plain products are in `from`.
template <class T>
void Finish(const Product<T>& p, T beta, const T* from, int64_t from_row, T* out, const T* c) {
  for (int64_t i = 0; i < p.m; ++i) {
    for (int64_t j = 0; j < p.n; ++j) {
      T x = from[i * from_row + j];
      if (beta != T{0}) x = beta * c[i * p.c_m + j * p.c_n] + x;
      out[i * p.out_m + j * p.out_n] = p.activation == Activation::kRelu && x < T{0} ? T{0} : x;
    }
  }
}

// All tiles of a product whose factors lie ready. `a` and `b` of the product itself are not looked at.
template <class T>
void MultiplyTiles(const Product<T>& p, const Rows<T>& a, const Panels<T>& b, int64_t panel_rows) {
  constexpr int64_t width = kColumns<T>, lanes = kLanes<T>;
  const bool plain_c = p.beta == T{0} || p.c_n == 1 || p.c_n == 0;
  Tile<T> tile;
  tile.depth = p.k;
  tile.alpha = p.alpha;
  for (int64_t j = 0, panel = 0; j < p.n; j += width, ++panel) {
    const int64_t columns = std::min(width, p.n - j), vectors = (columns + lanes - 1) / lanes;
    const bool part = columns % lanes != 0, direct = p.out_n == 1 && plain_c && (!part || kMasks);
    const bool apart = columns < width && b.last;
    const RowTiles tiles(p.m, a.panels ? panel_rows : TileRows(static_cast<int>(vectors)));
    tile.b = apart ? b.last : b.data + panel * b.panel;
    tile.b_step = apart ? b.last_row : b.row;
    tile.columns = columns - (vectors - 1) * lanes;
    int64_t i = 0;
    for (int64_t t = 0; t < tiles.count(); ++t) {
      const int64_t rows = tiles.height(t);
      tile.a = a.panels ? a.data + i * p.k : a.data + i * (a.by_columns ? 1 : a.step);
      tile.a_step = a.panels ? rows : a.step;
      const auto kernel = KernelOf<T>(rows, vectors, a.by_columns, part && direct);
      T* out = p.out + i * p.out_m + j * p.out_n;
      const T* c = p.c + i * p.c_m + j * p.c_n;
      if (direct) {
        tile.out = out, tile.out_row = p.out_m;
        tile.c = c, tile.c_row = p.c_m, tile.c_repeats = p.c_n == 0;
        tile.beta = p.beta, tile.activation = p.activation;
        kernel(tile);
      } else {
        alignas(64) T sums[kMaxRows * width];
        tile.out = sums, tile.out_row = width;
        tile.beta = 0, tile.activation = Activation::kNone;
        kernel(tile);
        Product<T> block = p;
        block.m = rows, block.n = columns;
        Finish(block, p.beta, sums, width, out, c);
      }
      i += rows;
    }
  }
}

template <class T>
int64_t Padded(int64_t columns) {
  return (columns + kColumns<T> - 1) / kColumns<T> * kColumns<T>;
}

// One panel of B, padded with zeros, as products of padding may not be slow denormals or raise flags.
template <class T>
void PackColumns(const Product<T>& p, int64_t j, int64_t count, T* to) {
  constexpr int64_t width = kColumns<T>;
  if (count < width) std::fill_n(to, p.k * width, T{0});
  const Source<T>& source = p.b_source;
  if (source.fill) source.fill(source.context, source.p, p.k, source.i + j, count, width, to);
  else PackPanel(p.b + j * p.b_n, p.b_n, p.b_k, count, p.k, width, to);
}

template <class T>
Panels<T> PackPanels(const Product<T>& p, bool in_place, T* to) {
  constexpr int64_t width = kColumns<T>;
  const int64_t left = p.n % width, whole = p.n - left;
  if (in_place) {
    const bool apart = left % kLanes<T> != 0 && !kMasks;
    if (apart) PackColumns(p, whole, left, to);
    return {p.b, p.b_k, width, apart ? to : nullptr, width};
  }
  for (int64_t j = 0; j < p.n; j += width) PackColumns(p, j, std::min(width, p.n - j), to + j * p.k);
  return {to, width, width * p.k, nullptr, 0};
}

template <class T>
Rows<T> PackRows(const Product<T>& p, int64_t panel_rows, T* to) {
  const Source<T>& source = p.a_source;
  if (p.a_k == 1 && !source.fill) {
    for (int64_t i = 0; i < p.m; ++i) std::copy_n(p.a + i * p.a_m, p.k, to + i * kRowStep);
    return {to, kRowStep, false, false};
  }
  const RowTiles tiles(p.m, panel_rows);
  int64_t i = 0;
  for (int64_t t = 0; t < tiles.count(); ++t) {
    const int64_t rows = tiles.height(t);
    if (source.fill) source.fill(source.context, source.p, p.k, source.i + i, rows, rows, to + i * p.k);
    else PackPanel(p.a + i * p.a_m, p.a_m, p.a_k, rows, p.k, rows, to + i * p.k);
    i += rows;
  }
  return {to, 0, true, true};
}

// Which factors are read where they are.
template <class T>
struct InPlace {
  bool a, b;

  explicit InPlace(const Product<T>& p) {
    a = !p.a_source.fill && (p.a_k == 1 || p.a_m == 1) && p.n <= 4 * kColumns<T>;
    b = !p.b_source.fill && p.b_n == 1 && p.m <= 4 * TileRows(kVectors);
  }
};

template <class T>
size_t BytesOfColumns(const Product<T>& p) {
  return static_cast<size_t>(std::min(p.k, kDepth) * Padded<T>(std::min(p.n, kBlockColumns<T>))) * sizeof(T);
}

template <class T>
size_t ScratchBytes(const Product<T>& p) {
  return BytesOfColumns(p) + static_cast<size_t>(std::min(p.m, kBlockRows) * kRowStep) * sizeof(T);
}

template <class T>
void Multiply(const Product<T>& whole, char* scratch) {
  const InPlace<T> in_place(whole);
  T* packed_b = reinterpret_cast<T*>(scratch);
  T* packed_a = reinterpret_cast<T*>(scratch + BytesOfColumns(whole));
  const int64_t vectors = (std::min(whole.n, kColumns<T>) + kLanes<T> - 1) / kLanes<T>;
  const int64_t panel_rows = TileRows(static_cast<int>(vectors));
  for (int64_t k = 0; k == 0 || k < whole.k; k += kDepth) {
    Product<T> terms = whole.Terms(k, std::min(kDepth, whole.k - k));
    if (k > 0) terms.c = terms.out, terms.c_m = terms.out_m, terms.c_n = terms.out_n, terms.beta = 1;
    if (k + kDepth < whole.k) terms.activation = Activation::kNone;
    for (int64_t j = 0; j < whole.n; j += kBlockColumns<T>) {
      const Product<T> columns = terms.Block(0, whole.m, j, std::min(kBlockColumns<T>, whole.n - j));
      const Panels<T> panels = PackPanels(columns, in_place.b, packed_b);
      for (int64_t i = 0; i < whole.m; i += kBlockRows) {
        const Product<T> block = columns.Block(i, std::min(kBlockRows, whole.m - i), 0, columns.n);
        const bool by_columns = block.a_k != 1;
        const Rows<T> rows = in_place.a ? Rows<T>{block.a, by_columns ? block.a_k : block.a_m, by_columns, false}
                                        : PackRows(block, panel_rows, packed_a);
        MultiplyTiles(block, rows, panels, panel_rows);
      }
    }
  }
}

template <class T>
GemmKernels<T> Kernels() {
  return {ScratchBytes<T>, Multiply<T>, MultiplyRow<T>, TileRows(kVectors), kColumns<T>};
}
GemmKernels<float> FloatKernels() { return Kernels<float>(); }
GemmKernels<double> DoubleKernels() { return Kernels<double>(); }

}  // namespace HWY_NAMESPACE
}  // namespace gemm
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace gemm {
HWY_EXPORT(FloatKernels);
HWY_EXPORT(DoubleKernels);
}  // namespace gemm

template <>
const GemmKernels<float>& TheGemmKernels() {
  using namespace gemm;
  static const GemmKernels<float> kernels = HWY_DYNAMIC_DISPATCH(FloatKernels)();
  return kernels;
}
template <>
const GemmKernels<double>& TheGemmKernels() {
  using namespace gemm;
  static const GemmKernels<double> kernels = HWY_DYNAMIC_DISPATCH(DoubleKernels)();
  return kernels;
}
}  // namespace sconce
#endif
