#include "gemm.h"

#include <algorithm>

#include "kernels/gemm.h"
#include "scratch.h"
#include "threads.h"

namespace sconce {
namespace {

// Whether a product is cheaper as its transposed twin. What is not contiguous along a row of B has to be turned once,
// and what is not along a row of `out` is stored element by element each time that it is visited. A single column
// becomes a row.
template <class T>
bool Turns(const Product<T>& p) {
  if (p.m == 1 || p.n == 1) return p.m != 1;
  constexpr int64_t kStore = 8, kTermsOfVisit = 256;
  const auto cost = [](const Product<T>& q, int64_t m, int64_t n, bool rows_of_b, bool rows_of_out) {
    return (rows_of_b ? 0 : n * q.k) + (rows_of_out ? 0 : kStore * m * n * (1 + q.k / kTermsOfVisit));
  };
  return cost(p, p.n, p.m, p.a_m == 1 || p.a_source.fill, p.out_m == 1) <
         cost(p, p.m, p.n, p.b_n == 1 || p.b_source.fill, p.out_n == 1);
}

// Blocks of one product, of like size: rows are cut anywhere, as tiles of any height are as good, columns between
// register tiles.
struct Grid {
  int64_t rows, columns;  // the most that a block has
  int64_t row_blocks = 1, column_blocks = 1;

  template <class T>
  Grid(const Product<T>& p, int64_t blocks, int64_t row_step, int64_t column_step) : rows(p.m), columns(p.n) {
    const auto up = [](int64_t size, int64_t parts) { return (size + parts - 1) / parts; };
    while (blocks > 1) {
      const int64_t parts = blocks % 2 == 0 ? 2 : blocks % 3 == 0 ? 3 : blocks;
      const bool down = rows >= parts * row_step, across = columns >= parts * column_step;
      if (!down && !across) break;
      if (down && (rows >= columns || !across)) rows = up(p.m, row_blocks *= parts);
      else columns = up(up(p.n, column_blocks *= parts), column_step) * column_step;
      blocks /= parts;
    }
    row_blocks = up(p.m, rows);
    column_blocks = up(p.n, columns);
  }
  template <class T>
  Product<T> Block(const Product<T>& p, int64_t index) const {
    const int64_t i = index / column_blocks * rows, j = index % column_blocks * columns;
    return p.Block(i, std::min(rows, p.m - i), j, std::min(columns, p.n - j));
  }
};

// Blocks a product, so that as many tasks as there are threads, or a multiple, are as long as each other.
int64_t BlocksOf(int64_t count, int64_t threads) {
  constexpr int64_t kUnevenIsLittle = 8;
  return count % threads == 0 || count >= kUnevenIsLittle * threads ? 1 : threads;
}

// What is worth a thread, in multiplications of a tile; an element of memory takes as long as several of them.
constexpr int64_t kProductGrain = 1 << 20;
constexpr int64_t kElement = 8;

template <class T>
int64_t Grains(const Product<T>& p, int64_t count) {
  return count * (p.m * p.n * p.k + kElement * (p.m * p.k + p.k * p.n + p.m * p.n)) / kProductGrain;
}

template <class T>
bool IsRow(const Product<T>& p) {
  return p.m == 1 && !p.a_source.fill && !p.b_source.fill;
}

// Enough for a product and for any that has fewer rows, columns or terms: one panel of columns may take more terms at
// once than several do.
template <class T>
size_t ScratchBytes(const Product<T>& p) {
  const GemmKernels<T>& kernels = TheGemmKernels<T>();
  Product<T> panel = p;
  panel.n = std::min(p.n, kernels.column_step);
  const size_t bytes = std::max(kernels.scratch_bytes(p), kernels.scratch_bytes(panel));
  return (bytes + 63) / 64 * 64;
}

template <class T>
Status OnThisThread(const Product<T>& p) {
  const GemmKernels<T>& kernels = TheGemmKernels<T>();
  if (IsRow(p)) {
    kernels.multiply_row(p);
    return Status::kOk;
  }
  char* scratch = Scratch(kernels.scratch_bytes(p));
  if (!scratch) return Status::kOutOfMemory;
  kernels.multiply(p, scratch);
  return Status::kOk;
}

}  // namespace

template <class T>
size_t GemmScratchBytes(const Product<T>& p) {
  return std::max(ScratchBytes(p), ScratchBytes(p.Transposed()));  // a part may turn where the whole does not
}

template <class T>
void Gemm(const Product<T>& product, char* scratch) {
  if (product.m == 0 || product.n == 0) return;
  const GemmKernels<T>& kernels = TheGemmKernels<T>();
  const Product<T> p = Turns(product) ? product.Transposed() : product;
  if (IsRow(p)) kernels.multiply_row(p);
  else kernels.multiply(p, scratch);
}

template <class T>
Status ParallelGemm(const Product<T>& first, int64_t count, Product<T> (*at)(const void*, int64_t),
                    const void* context) {
  if (first.m == 0 || first.n == 0 || count == 0) return Status::kOk;
  const GemmKernels<T>& kernels = TheGemmKernels<T>();
  const bool turns = Turns(first);
  const int64_t grains = Grains(first, count);
  const Product<T> p = turns ? first.Transposed() : first;
  const int64_t threads = grains > 1 ? std::min<int64_t>(grains, NumThreads()) : 1;
  if (threads == 1 && count == 1) return OnThisThread(p);
  const Grid grid(p, BlocksOf(count, threads), kernels.row_step, kernels.column_step);
  const int64_t blocks = grid.row_blocks * grid.column_blocks, tasks = count * blocks;
  const int64_t parts = std::min(threads, tasks);
  const bool row = IsRow(p);
  const size_t bytes = row ? 0 : ScratchBytes(p.Block(0, grid.rows, 0, grid.columns));
  char* scratch = bytes > 0 ? Scratch(bytes * static_cast<size_t>(parts)) : nullptr;
  if (!scratch && bytes > 0) return Status::kOutOfMemory;
  ParallelFor(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = tasks * begin / parts; task < tasks * end / parts; ++task) {
      const Product<T> whole = at(context, task / blocks);
      const Product<T> block = grid.Block(turns ? whole.Transposed() : whole, task % blocks);
      if (row) kernels.multiply_row(block);
      else kernels.multiply(block, scratch + static_cast<size_t>(begin) * bytes);
    }
  });
  return Status::kOk;
}

template <class T>
Status ParallelGemm(const Product<T>& p) {
  return ParallelGemm<T>(
      p, 1, [](const void* only, int64_t) { return *static_cast<const Product<T>*>(only); }, &p);
}

template size_t GemmScratchBytes(const Product<float>&);
template size_t GemmScratchBytes(const Product<double>&);
template void Gemm(const Product<float>&, char*);
template void Gemm(const Product<double>&, char*);
template Status ParallelGemm(const Product<float>&);
template Status ParallelGemm(const Product<double>&);
template Status ParallelGemm(const Product<float>&, int64_t, Product<float> (*)(const void*, int64_t), const void*);
template Status ParallelGemm(const Product<double>&, int64_t, Product<double> (*)(const void*, int64_t), const void*);

}  // namespace sconce
