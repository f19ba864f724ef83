// The products of a `matmul` instruction.
#pragma once

#include "gemm.h"
#include "instruction.h"
#include "loops.h"

namespace sconce {

// A batch whose products share one factor is one larger product, if their rows (or columns) follow each other.
template <class T>
bool Absorb(Product<T>& p, int64_t size, int64_t out, int64_t a, int64_t b, int64_t c) {
  if (b == 0 && (p.m == 1 || (out == p.m * p.out_m && a == p.m * p.a_m && c == p.m * p.c_m))) {
    p.out_m = out / p.m;
    p.a_m = a / p.m;
    p.c_m = c / p.m;
    p.m *= size;
    return true;
  }
  if (a == 0 && (p.n == 1 || (out == p.n * p.out_n && b == p.n * p.b_n && c == p.n * p.c_n))) {
    p.out_n = out / p.n;
    p.b_n = b / p.n;
    p.c_n = c / p.n;
    p.n *= size;
    return true;
  }
  return false;
}

// The product of the last three dimensions: m, n, k.
template <class T>
Product<T> LastDims(const Instruction& in) {
  const int m = in.dims - 3, n = in.dims - 2, k = in.dims - 1;
  const Operand &out = in.operands[0], &a = in.operands[1], &b = in.operands[2];
  const Operand& c = in.operands[in.num_operands == 4 ? 3 : 0];
  Product<T> p;
  p.out = out.as<T>(), p.a = a.as<T>(), p.b = b.as<T>(), p.c = c.as<T>();
  p.m = in.sizes[m], p.n = in.sizes[n], p.k = in.sizes[k];
  p.out_m = out.strides[m], p.out_n = out.strides[n];
  p.a_m = a.strides[m], p.a_k = a.strides[k];
  p.b_k = b.strides[k], p.b_n = b.strides[n];
  p.c_m = c.strides[m], p.c_n = c.strides[n];
  p.alpha = static_cast<T>(in.scalars[0]), p.beta = static_cast<T>(in.scalars[1]);
  if (in.num_scalars > 2) p.activation = static_cast<Activation>(in.integer(2));
  return p;
}

// All products of an instruction, as few and as large as they can be.
template <class T>
class Batch {
 public:
  explicit Batch(Instruction& instruction) : in_(instruction) {
    if (in_.dims > 3) Coalesce(instruction, 0, in_.dims - 3, Order::kAny);
    first_ = LastDims<T>(in_);
    const Operand* operands = in_.operands;
    const Operand& c = operands[in_.num_operands == 4 ? 3 : 0];
    for (dims_ = in_.dims - 3; dims_ > 0; --dims_) {
      const int d = dims_ - 1;
      if (!Absorb(first_, in_.sizes[d], operands[0].strides[d], operands[1].strides[d], operands[2].strides[d],
                  c.strides[d])) {
        break;
      }
    }
    for (int d = 0; d < dims_; ++d) size_ *= in_.sizes[d];
  }
  int64_t size() const { return size_; }
  const Product<T>& first() const { return first_; }
  Product<T> At(int64_t position) const {
    Product<T> p = first_;
    if (dims_ == 0) return p;
    p.out += OffsetAt(in_, 0, 0, dims_, position);
    p.a += OffsetAt(in_, 1, 0, dims_, position);
    p.b += OffsetAt(in_, 2, 0, dims_, position);
    p.c += OffsetAt(in_, in_.num_operands == 4 ? 3 : 0, 0, dims_, position);
    return p;
  }

 private:
  const Instruction& in_;
  Product<T> first_;
  int dims_;
  int64_t size_ = 1;
};

}  // namespace sconce
