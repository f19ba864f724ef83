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

// Blocks: B of Depth() × kBlockColumns, A of kBlockRows × Depth(), half of a second-level cache.
template <class T>
constexpr int64_t kBlockRows = 768 / sizeof(T);
template <class T>
constexpr int64_t kBlockColumns = 8192 / sizeof(T);

// A panel of B is half of a first-level cache. Where there is but one panel, it is read from the second level, and
// `out` is visited less often; not if it is columns of A that are contiguous, whose cache lines serve several tiles.
template <class T>
int64_t Depth(const Product<T>& p) {
  constexpr int64_t kDepth = 256, kLongDepth = 1024;
  return std::min(p.k, p.n <= kColumns<T> && p.a_k == 1 ? kLongDepth : kDepth);
}

// From row to row of A packed by rows: no power of two, whose rows would share cache sets.
template <class T>
int64_t RowStep(int64_t depth) {
  return depth + 64 / sizeof(T);
}

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
void Finish(const Product<T>& p, const T* from, int64_t from_row) {
  for (int64_t j = 0; j < p.n; ++j) {
    for (int64_t i = 0; i < p.m; ++i) {
      T x = from[i * from_row + j];
      if (p.beta != T{0}) x = p.beta * p.c[i * p.c_m + j * p.c_n] + x;
      p.out[i * p.out_m + j * p.out_n] = p.activation == Activation::kRelu && x < T{0} ? T{0} : x;
    }
  }
}

// A product whose factors lie ready, tile by tile; where `a` and `b` of the product itself are is not looked at.
template <class T>
class Tiles {
 public:
  Tiles(const Product<T>& p, const Rows<T>& a, const Panels<T>& b) : p_(p), a_(a), b_(b) {
    plain_c_ = p.beta == T{0} || p.c_n == 1 || p.c_n == 0;
    tile_.depth = p.k;
    tile_.alpha = p.alpha;
    tile_.c_row = p.c_m, tile_.c_repeats = p.c_n == 0;
  }

  int64_t vectors() const { return vectors_; }

  // Turns to the panel of columns from j on.
  void SetPanel(int64_t j) {
    j_ = j;
    columns_ = std::min(kColumns<T>, p_.n - j);
    vectors_ = (columns_ + kLanes<T> - 1) / kLanes<T>;
    const bool part = columns_ % kLanes<T> != 0, apart = columns_ < kColumns<T> && b_.last;
    direct_ = p_.out_n == 1 && plain_c_ && (!part || kMasks);
    // Also where the sums pass through a buffer: B may be read in place, and nothing lies behind its last row.
    part_ = part;
    tile_.b = apart ? b_.last : b_.data + j / kColumns<T> * b_.panel;
    tile_.b_step = apart ? b_.last_row : b_.row;
    tile_.columns = columns_ - (vectors_ - 1) * kLanes<T>;
  }

  // Rows [i, i + rows) of A by the panel.
  void Multiply(int64_t i, int64_t rows) {
    Aim(i, rows);
    const auto kernel = KernelOf<T>(rows, vectors_, a_.by_columns, part_);
    if (direct_) return kernel(tile_);
    alignas(64) T sums[kMaxRows * kColumns<T>];
    tile_.out = sums, tile_.out_row = kColumns<T>;
    tile_.beta = 0, tile_.activation = Activation::kNone;
    kernel(tile_);
    Finish(p_.Block(i, rows, j_, columns_), sums, kColumns<T>);
  }

  // Rows [i, i + rows) of A by the panels of columns [j, end).
  void MultiplyRow(int64_t i, int64_t rows, int64_t j, int64_t end) {
    constexpr int64_t kAhead = 256 / sizeof(T);  // of `out`, which is written faster than memory answers
    SetPanel(j);
    if (direct_ && !part_) {
      Aim(i, rows);
      const auto kernel = KernelOf<T>(rows, kVectors, a_.by_columns, false);
      // Beyond the last column it is the next rows that will be written.
      const int64_t next_rows = rows * p_.out_m - (end - j);
      for (; j + kColumns<T> <= end; j += kColumns<T>) {
        const T* ahead = tile_.out + kAhead + (j + kAhead < end ? 0 : next_rows);
        for (int64_t r = 0; r < rows; ++r) hwy::Prefetch(ahead + r * p_.out_m);
        kernel(tile_);
        tile_.b += b_.panel, tile_.out += kColumns<T>, tile_.c += p_.c_n * kColumns<T>;
      }
    }
    for (; j < end; j += kColumns<T>) {
      SetPanel(j);
      Multiply(i, rows);
    }
  }

  // Asks for the first elements of the rows that follow, each a new stream of memory.
  void PrefetchRows(int64_t i, int64_t rows) const {
    if (a_.by_columns) return;
    for (int64_t r = i; r < std::min(i + rows, p_.m); ++r) hwy::Prefetch(a_.data + r * a_.step);
  }
  // Asks for a part of the next panel: cache lines in a row if it is packed, and else one after another.
  void PrefetchPanel(int64_t part, int64_t parts) const {
    constexpr int64_t kLine = 64 / sizeof(T);
    if (j_ + kColumns<T> >= p_.n) return;
    const T* next = tile_.b + b_.panel;
    const bool packed = b_.row == kColumns<T>;
    const int64_t step = packed ? kLine : b_.row, lines = packed ? b_.panel / kLine : p_.k;
    for (int64_t at = lines * part / parts; at < lines * (part + 1) / parts; ++at) PrefetchFar(next + at * step);
  }

 private:
  // Points the tile at rows of A and at what they are to become.
  void Aim(int64_t i, int64_t rows) {
    tile_.a = a_.panels ? a_.data + i * p_.k : a_.data + i * (a_.by_columns ? 1 : a_.step);
    tile_.a_step = a_.panels ? rows : a_.step;
    tile_.out = p_.out + i * p_.out_m + j_, tile_.out_row = p_.out_m;
    tile_.c = p_.c + i * p_.c_m + j_ * p_.c_n;
    tile_.beta = p_.beta, tile_.activation = p_.activation;
  }

  const Product<T>& p_;
  const Rows<T>& a_;
  const Panels<T>& b_;
  Tile<T> tile_;
  int64_t j_, columns_, vectors_;
  bool plain_c_, direct_, part_;
};

// Panels of B stay in the first-level cache while the rows of A pass by. With few terms that is several panels, and
// `out` is written along its rows.
template <class T>
void MultiplyTiles(const Product<T>& p, const Rows<T>& a, const Panels<T>& b, int64_t panel_rows) {
  constexpr int64_t kPanels = 16384 / sizeof(T) / kColumns<T>;  // of one row
  const int64_t group = kPanels / std::max<int64_t>(1, p.k) * kColumns<T>;
  Tiles<T> tiles(p, a, b);
  if (group > kColumns<T> && p.n > kColumns<T>) {
    const RowTiles rows(p.m, a.panels ? panel_rows : TileRows(kVectors));
    for (int64_t j = 0; j < p.n; j += group) {
      const int64_t end = std::min(j + group, p.n);
      for (int64_t t = 0, i = 0; t < rows.count(); i += rows.height(t++)) {
        tiles.PrefetchRows(i + rows.height(t), rows.height(t));
        tiles.MultiplyRow(i, rows.height(t), j, end);
      }
    }
    return;
  }
  for (int64_t j = 0; j < p.n; j += kColumns<T>) {
    tiles.SetPanel(j);
    const RowTiles rows(p.m, a.panels ? panel_rows : TileRows(static_cast<int>(tiles.vectors())));
    for (int64_t t = 0, i = 0; t < rows.count(); i += rows.height(t++)) {
      tiles.PrefetchPanel(t, rows.count());
      tiles.PrefetchRows(i + rows.height(t), rows.height(t));
      tiles.Multiply(i, rows.height(t));
    }
  }
}

template <class T>
int64_t Padded(int64_t columns) {
  return (columns + kColumns<T> - 1) / kColumns<T> * kColumns<T>;
}

// So many rows of B, and columns of A, are packed at a time if they are contiguous.
constexpr int64_t kPackedRows = 4, kPackedColumns = 16;

// One panel of B.
template <class T>
void PackColumns(const Product<T>& p, int64_t j, int64_t count, T* to) {
  const Source<T>& source = p.b_source;
  if (source.fill) source.fill(source.context, source.p, p.k, source.i + j, count, kColumns<T>, to);
  else PackPanel(p.b + j * p.b_n, p.b_n, p.b_k, count, p.k, kColumns<T>, to);
}

// All panels of B whose rows are contiguous, several rows at a time, as memory likes to be read, and fetched ahead of
// their turn.
template <class T>
void PackContiguous(const Product<T>& p, T* to) {
  constexpr int64_t width = kColumns<T>, kAhead = 2 * kPackedRows;
  for (int64_t k = 0; k < p.k; k += kPackedRows) {
    const T* from = p.b + k * p.b_k;
    for (int64_t j = 0; j < p.n; j += width) {
      for (int64_t r = kAhead; r < std::min(kAhead + kPackedRows, p.k - k); ++r) hwy::Prefetch(from + j + r * p.b_k);
      PackPanel(from + j, 1, p.b_k, std::min(width, p.n - j), std::min(kPackedRows, p.k - k), width,
                to + j * p.k + k * width);
    }
  }
}

template <class T>
Panels<T> PackPanels(const Product<T>& p, bool in_place, T* to) {
  constexpr int64_t width = kColumns<T>;
  const int64_t left = p.n % width, whole = p.n - left;
  const bool apart = in_place && left % kLanes<T> != 0 && !kMasks;
  // What pads a panel is zero, as arithmetic on rubbish may be slow.
  T* last = in_place ? to : to + whole * p.k;
  if (left > 0 && (apart || !in_place)) std::fill_n(last, p.k * width, T{0});
  if (apart) PackColumns(p, whole, left, last);
  if (in_place) return {p.b, p.b_k, width, apart ? last : nullptr, width};
  if (p.b_n == 1 && !p.b_source.fill) {
    PackContiguous(p, to);
  } else {
    for (int64_t j = 0; j < p.n; j += width) PackColumns(p, j, std::min(width, p.n - j), to + j * p.k);
  }
  return {to, width, width * p.k, nullptr, 0};
}

template <class T>
Rows<T> PackRows(const Product<T>& p, int64_t panel_rows, T* to) {
  const Source<T>& source = p.a_source;
  if (p.a_k == 1 && !source.fill) {
    const int64_t step = RowStep<T>(p.k);
    for (int64_t i = 0; i < p.m; ++i) CopyRow(p.a + i * p.a_m, p.k, to + i * step);
    return {to, step, false, false};
  }
  const RowTiles tiles(p.m, panel_rows);
  // Several columns at a time, as memory likes to be read, if it is along columns that A is contiguous.
  const int64_t run = p.a_m == 1 && !source.fill ? kPackedColumns : std::max<int64_t>(1, p.k);
  for (int64_t k = 0; k < p.k; k += run) {
    const int64_t depth = std::min(run, p.k - k);
    for (int64_t t = 0, i = 0; t < tiles.count(); i += tiles.height(t++)) {
      const int64_t rows = tiles.height(t);
      if (source.fill) source.fill(source.context, source.p, p.k, source.i + i, rows, rows, to + i * p.k);
      else PackPanel(p.a + i * p.a_m + k * p.a_k, p.a_m, p.a_k, rows, depth, rows, to + i * p.k + k * rows);
    }
  }
  return {to, 0, true, true};
}

// Which factors are read where they are: those read seldom, and those that fit a cache as they lie.
template <class T>
struct InPlace {
  bool a, b;

  explicit InPlace(const Product<T>& p) {
    constexpr int64_t kFirstLevel = 32768 / sizeof(T), kSecondLevel = 262144 / sizeof(T);
    // Rows that lie a multiple of this apart share few cache sets.
    constexpr int64_t kSharing = 512 / sizeof(T), kSharingMost = 2048 / sizeof(T);
    const int64_t tiles = p.m / TileRows(kVectors);
    const bool fits =
        p.a_k == 1 ? p.m * p.a_m <= kSecondLevel : p.k * p.a_k <= kSecondLevel && p.a_k % kSharingMost != 0;
    a = !p.a_source.fill && (p.a_k == 1 || p.a_m == 1) && (p.n <= 4 * kColumns<T> || fits);
    b = !p.b_source.fill && p.b_n == 1 &&
        (tiles <= 4 || (tiles <= 16 && p.b_k % kSharing != 0) || Depth(p) * p.b_k <= kFirstLevel);
  }
};

template <class T>
size_t BytesOfColumns(const Product<T>& p) {
  return static_cast<size_t>(Depth(p) * Padded<T>(std::min(p.n, kBlockColumns<T>))) * sizeof(T);
}

template <class T>
size_t ScratchBytes(const Product<T>& p) {
  return BytesOfColumns(p) + static_cast<size_t>(std::min(p.m, kBlockRows<T>) * RowStep<T>(Depth(p))) * sizeof(T);
}

// One block. B lies in panels, A where it is or, if not in place, is packed into `packed_a`.
template <class T>
void MultiplyBlock(const Product<T>& p, const InPlace<T>& in_place, const Panels<T>& panels, T* packed_a) {
  const int64_t vectors = (std::min(p.n, kColumns<T>) + kLanes<T> - 1) / kLanes<T>;
  const int64_t panel_rows = TileRows(static_cast<int>(vectors));
  const bool by_columns = p.a_k != 1;
  if (in_place.a) MultiplyTiles(p, {p.a, by_columns ? p.a_k : p.a_m, by_columns, false}, panels, panel_rows);
  else MultiplyTiles(p, PackRows(p, panel_rows, packed_a), panels, panel_rows);
}

template <class T>
void Multiply(const Product<T>& whole, char* scratch) {
  const InPlace<T> in_place(whole);
  const int64_t step = Depth(whole);
  T* packed_b = reinterpret_cast<T*>(scratch);
  T* packed_a = reinterpret_cast<T*>(scratch + BytesOfColumns(whole));
  if (whole.k <= step && whole.m <= kBlockRows<T> && whole.n <= kBlockColumns<T>) {
    return MultiplyBlock(whole, in_place, PackPanels(whole, in_place.b, packed_b), packed_a);
  }
  for (int64_t k = 0; k == 0 || k < whole.k; k += step) {
    Product<T> terms = whole.Terms(k, std::min(step, whole.k - k));
    if (k > 0) terms.c = terms.out, terms.c_m = terms.out_m, terms.c_n = terms.out_n, terms.beta = 1;
    if (k + step < whole.k) terms.activation = Activation::kNone;
    for (int64_t j = 0; j < whole.n; j += kBlockColumns<T>) {
      const Product<T> columns = terms.Block(0, whole.m, j, std::min(kBlockColumns<T>, whole.n - j));
      const Panels<T> panels = PackPanels(columns, in_place.b, packed_b);
      for (int64_t i = 0; i < whole.m; i += kBlockRows<T>) {
        const Product<T> block = columns.Block(i, std::min(kBlockRows<T>, whole.m - i), 0, columns.n);
        MultiplyBlock(block, in_place, panels, packed_a);
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
GemmKernels<float> BestOfFloat() { return HWY_DYNAMIC_DISPATCH(FloatKernels)(); }
GemmKernels<double> BestOfDouble() { return HWY_DYNAMIC_DISPATCH(DoubleKernels)(); }
}  // namespace gemm

template <>
const GemmKernels<float>& TheGemmKernels() {
  static const GemmKernels<float> kernels = gemm::BestOfFloat();
  return kernels;
}
template <>
const GemmKernels<double>& TheGemmKernels() {
  static const GemmKernels<double> kernels = gemm::BestOfDouble();
  return kernels;
}
}  // namespace sconce
#endif
