// Divides a batch of matrix products among threads.
#pragma once

#include <algorithm>

#include "instruction.h"
#include "loops.h"
#include "scratch.h"
#include "threads.h"

namespace sconce {

// out = beta * out + alpha * (a · b), where beta = 0 does not read `out`. Strides are named by what they step along.
template <class T>
struct Product {
  T* out;
  const T* a;
  const T* b;
  int64_t m, n, k;
  int64_t out_m, out_n, a_m, a_k, b_k, b_n;
  T alpha, beta;

  // The same as outᵀ = bᵀ · aᵀ.
  Product Transposed() const { return {out, b, a, n, m, k, out_n, out_m, b_n, b_k, a_k, a_m, alpha, beta}; }
  // Whether it is better transposed: so that a single column becomes a row, and else rows of out are contiguous.
  bool Turns() const { return m == 1 || n == 1 ? m != 1 : out_n != 1 && out_m == 1; }
  Product Block(int64_t i, int64_t rows, int64_t j, int64_t columns) const {
    Product block = *this;
    block.out += i * out_m + j * out_n;
    block.a += i * a_m;
    block.b += j * b_n;
    block.m = rows;
    block.n = columns;
    return block;
  }
};

// A batch whose products share one factor is one larger product, if their rows (or columns) follow each other.
template <class T>
bool Absorb(Product<T>& p, int64_t size, int64_t out, int64_t a, int64_t b) {
  if (b == 0 && (p.m == 1 || (out == p.m * p.out_m && a == p.m * p.a_m))) {
    p.out_m = out / p.m;
    p.a_m = a / p.m;
    p.m *= size;
    return true;
  }
  if (a == 0 && (p.n == 1 || (out == p.n * p.out_n && b == p.n * p.b_n))) {
    p.out_n = out / p.n;
    p.b_n = b / p.n;
    p.n *= size;
    return true;
  }
  return false;
}

// Blocks of one product; each is a whole number of register tiles but for the last of its row or column.
struct Grid {
  int64_t rows, columns;  // of a block
  int64_t row_blocks = 1, column_blocks = 1;

  template <class T>
  Grid(const Product<T>& p, int64_t blocks, int64_t row_step, int64_t column_step) : rows(p.m), columns(p.n) {
    const auto halved = [](int64_t size, int64_t step) { return (size / 2 + step - 1) / step * step; };
    while (row_blocks * column_blocks < blocks) {
      int64_t& larger = rows >= columns ? rows : columns;
      const int64_t step = rows >= columns ? row_step : column_step;
      if (halved(larger, step) >= larger) break;
      larger = halved(larger, step);
      row_blocks = (p.m + rows - 1) / rows;
      column_blocks = (p.n + columns - 1) / columns;
    }
  }
  template <class T>
  Product<T> Block(const Product<T>& p, int64_t index) const {
    const int64_t i = index / column_blocks * rows, j = index % column_blocks * columns;
    return p.Block(i, std::min(rows, p.m - i), j, std::min(columns, p.n - j));
  }
};

// The product of the last three dimensions.
template <class T>
Product<T> LastDims(const Instruction& in) {
  const int m = in.dims - 3, n = in.dims - 2, k = in.dims - 1;
  const Operand &out = in.operands[0], &a = in.operands[1], &b = in.operands[2];
  Product<T> p;
  p.out = out.as<T>(), p.a = a.as<T>(), p.b = b.as<T>();
  p.m = in.sizes[m], p.n = in.sizes[n], p.k = in.sizes[k];
  p.out_m = out.strides[m], p.out_n = out.strides[n];
  p.a_m = a.strides[m], p.a_k = a.strides[k];
  p.b_k = b.strides[k], p.b_n = b.strides[n];
  p.alpha = static_cast<T>(in.scalars[0]), p.beta = static_cast<T>(in.scalars[1]);
  return p;
}

// All products of an instruction, as few and as large as they can be.
template <class T>
class Batch {
 public:
  explicit Batch(Instruction& instruction) : in_(instruction) {
    Coalesce(instruction, 0, in_.dims - 3, Order::kAny);
    first_ = LastDims<T>(in_);
    for (dims_ = in_.dims - 3; dims_ > 0; --dims_) {
      const int d = dims_ - 1;
      if (!Absorb(first_, in_.sizes[d], in_.operands[0].strides[d], in_.operands[1].strides[d],
                  in_.operands[2].strides[d])) {
        break;
      }
    }
    for (int d = 0; d < dims_; ++d) size_ *= in_.sizes[d];
    turned_ = first_.Turns();
    if (turned_) first_ = first_.Transposed();
  }
  int64_t size() const { return size_; }
  const Product<T>& first() const { return first_; }
  Product<T> At(int64_t position) const {
    Product<T> p = first_;
    p.out += OffsetAt(in_, 0, 0, dims_, position);
    p.a += OffsetAt(in_, turned_ ? 2 : 1, 0, dims_, position);
    p.b += OffsetAt(in_, turned_ ? 1 : 2, 0, dims_, position);
    return p;
  }

 private:
  const Instruction& in_;
  Product<T> first_;
  int dims_;
  int64_t size_ = 1;
  bool turned_;
};

inline constexpr int64_t kProductGrain = 1 << 20;  // multiplications that are worth a thread

// How a kernel multiplies: blocks of a product, each with scratch memory of its own.
template <class T>
struct Multiplier {
  size_t (*scratch_bytes)(const Product<T>&);
  void (*multiply)(const Product<T>&, char* scratch);
  void (*multiply_row)(const Product<T>&, char* scratch);  // for products of m = 1, not for blocks that happen to be
  int64_t row_step, column_step;                           // of its register tile
};

// Runs an instruction of dimensions …batch, m, n, k and scalars alpha, beta.
template <class T>
Status MultiplyBatch(Instruction& in, const Multiplier<T>& multiplier) {
  if (in.dims < 3 || in.num_scalars < 2) return Status::kBadInstruction;
  if (std::find(in.sizes, in.sizes + in.dims - 1, 0) != in.sizes + in.dims - 1) return Status::kOk;
  const Batch<T> batch(in);
  const Product<T>& p = batch.first();
  const int64_t grains = batch.size() * p.m * p.n * p.k / kProductGrain;
  const int64_t threads = grains > 1 ? std::min<int64_t>(grains, NumThreads()) : 1;
  const Grid grid(p, (threads + batch.size() - 1) / batch.size(), multiplier.row_step, multiplier.column_step);
  const int64_t blocks = grid.row_blocks * grid.column_blocks, tasks = batch.size() * blocks;
  const int64_t parts = std::min(threads, tasks);
  const size_t bytes = multiplier.scratch_bytes(p.Block(0, grid.rows, 0, grid.columns));
  char* scratch = Scratch(bytes * parts);
  if (!scratch && bytes > 0) return Status::kOutOfMemory;
  const auto multiply = p.m == 1 ? multiplier.multiply_row : multiplier.multiply;
  ParallelFor(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = tasks * begin / parts; task < tasks * end / parts; ++task) {
      multiply(grid.Block(batch.At(task / blocks), task % blocks), scratch + begin * bytes);
    }
  });
  return Status::kOk;
}

}  // namespace sconce
