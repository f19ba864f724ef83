// Row-major order, for kernels whose order is part of their meaning.
#pragma once

#include "instruction.h"

namespace sconce {

// Stands on one row, the elements along the innermost dimension, after another:
//   for (Walk walk(in); !walk.done(); walk.Next()) Use(walk.row<T>(0), walk.stride(0), walk.length());
class Walk {
 public:
  explicit Walk(const Instruction& in) : in_(in), inner_(in.dims - 1), done_(in.NumElements() == 0) {
    for (int d = 0; d < in.dims; ++d) index_[d] = 0;
    for (int k = 0; k < in.num_operands; ++k) offset_[k] = 0;
  }

  bool done() const { return done_; }
  int64_t length() const { return inner_ < 0 ? 1 : in_.sizes[inner_]; }
  // The row's place along a dimension other than the innermost.
  int64_t index(int dim) const { return index_[dim]; }
  // Where the row begins in operand k, and the step from element to element.
  template <class T>
  T* row(int k) const {
    return in_.operands[k].as<T>() + offset_[k];
  }
  int64_t stride(int k) const { return inner_ < 0 ? 0 : in_.operands[k].strides[inner_]; }

  void Next() {
    int d = inner_ - 1;
    for (; d >= 0 && ++index_[d] == in_.sizes[d]; --d) {
      index_[d] = 0;
      Move(d, 1 - in_.sizes[d]);
    }
    if (d < 0) done_ = true;
    else Move(d, 1);
  }

 private:
  void Move(int dim, int64_t steps) {
    for (int k = 0; k < in_.num_operands; ++k) offset_[k] += steps * in_.operands[k].strides[dim];
  }

  const Instruction& in_;
  int inner_;
  bool done_;
  int64_t index_[kMaxDims];
  int64_t offset_[kMaxOperands];  // in elements
};

}  // namespace sconce
