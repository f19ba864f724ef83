#include "loops.h"

#include <algorithm>

namespace sconce {
namespace {

// Whether dimension `a` belongs inside `b`, by the first operand whose strides tell: outputs come first.
bool Inside(const Instruction& in, int a, int b) {
  for (int k = 0; k < in.num_operands; ++k) {
    const int64_t stride_a = in.operands[k].strides[a], stride_b = in.operands[k].strides[b];
    if (stride_a == 0 || stride_b == 0 || stride_a == stride_b) continue;
    return stride_a < stride_b;
  }
  return false;
}

void SwapDims(Instruction& in, int a, int b) {
  std::swap(in.sizes[a], in.sizes[b]);
  for (int k = 0; k < in.num_operands; ++k) std::swap(in.operands[k].strides[a], in.operands[k].strides[b]);
}

// Whether stepping once along `outer` equals stepping past the end of `inner`, for every operand.
bool Mergeable(const Instruction& in, int outer, int inner) {
  for (int k = 0; k < in.num_operands; ++k) {
    const int64_t* strides = in.operands[k].strides;
    if (strides[outer] != strides[inner] * in.sizes[inner]) return false;
  }
  return true;
}

void MoveDim(Instruction& in, int from, int to) {
  in.sizes[to] = in.sizes[from];
  for (int k = 0; k < in.num_operands; ++k) in.operands[k].strides[to] = in.operands[k].strides[from];
}

// Of the dimensions [first, last); returns the new end.
int DropUnitDims(Instruction& in, int first, int last) {
  int end = first;
  for (int d = first; d < last; ++d) {
    if (in.sizes[d] != 1) MoveDim(in, d, end++);
  }
  return end;
}

void SortDims(Instruction& in, int first, int last) {
  for (int d = first + 1; d < last; ++d) {
    for (int at = d; at > first && Inside(in, at - 1, at); --at) SwapDims(in, at - 1, at);
  }
}

int MergeDims(Instruction& in, int first, int last) {
  if (first == last) return last;
  int end = first;
  for (int d = first + 1; d < last; ++d) {
    if (Mergeable(in, end, d)) {
      const int64_t merged = in.sizes[end] * in.sizes[d];
      MoveDim(in, d, end);
      in.sizes[end] = merged;
    } else {
      MoveDim(in, d, ++end);
    }
  }
  return end + 1;
}

}  // namespace

void Coalesce(Instruction& in, int first, int last, Order order) {
  int end = DropUnitDims(in, first, last);
  if (order == Order::kAny) SortDims(in, first, end);
  end = MergeDims(in, first, end);
  for (int d = last; d < in.dims; ++d) MoveDim(in, d, end++);
  in.dims = end;
}

int64_t OffsetAt(const Instruction& in, int operand, int first, int last, int64_t position) {
  const int64_t* strides = in.operands[operand].strides;
  int64_t offset = 0;
  for (int d = last - 1; d > first; --d) {
    offset += position % in.sizes[d] * strides[d];
    position /= in.sizes[d];
  }
  return first < last ? offset + position * strides[first] : 0;
}

}  // namespace sconce
