// Pointwise convolutions, whose one tap meets every element of the image: matrix products of channels.
#pragma once

#include "convolution.h"
#include "gemm.h"

namespace sconce {

// The response or the image: a product for each element of the batch and each group.
template <class T>
struct Pointwise {
  Product<T> first;
  int64_t groups, kernel;  // elements of a group's kernel

  // `rows` channels of the result from `terms` of the source, whose weights are row_stride and term_stride apart.
  Pointwise(const Instruction& in, const Convolution& conv, int64_t rows, int64_t terms, int64_t row_stride,
            int64_t term_stride)
      : groups(conv.groups), kernel(conv.outs * conv.ins) {
    const int64_t points = conv.response[0] * conv.response[1] * conv.response[2];
    first.out = in.operands[0].as<T>(), first.a = in.operands[2].as<T>(), first.b = in.operands[1].as<T>();
    first.c = first.out;
    first.m = rows, first.n = points, first.k = terms;
    first.out_m = points, first.out_n = 1, first.a_m = row_stride, first.a_k = term_stride;
    first.b_k = points, first.b_n = 1;
    if (in.num_operands > 3) first.c = in.operands[3].as<T>(), first.c_m = 1, first.beta = 1;
  }
  static Product<T> At(const void* context, int64_t index) {
    const Pointwise& all = *static_cast<const Pointwise*>(context);
    Product<T> p = all.first;
    p.out += index * p.m * p.n, p.b += index * p.k * p.n;
    p.a += index % all.groups * all.kernel;
    if (p.beta != 0) p.c += index % all.groups * p.m;
    return p;
  }
  Status Run(int64_t batch) const { return ParallelGemm<T>(first, batch * groups, At, this); }
};

// The kernel: for each group a sum of products over the batch.
template <class T>
struct PointwiseKernel {
  Product<T> first;
  int64_t batch, groups;
  int64_t element;  // of the batch

  PointwiseKernel(const Instruction& in, const Convolution& conv) : batch(conv.batch), groups(conv.groups), element(0) {
    const int64_t points = conv.response[0] * conv.response[1] * conv.response[2];
    first.out = in.operands[0].as<T>(), first.a = in.operands[2].as<T>(), first.b = in.operands[1].as<T>();
    first.c = first.out;
    first.m = conv.outs, first.n = conv.ins, first.k = points;
    first.out_m = first.c_m = conv.ins, first.out_n = first.c_n = 1;
    first.a_m = first.b_n = points, first.a_k = first.b_k = 1;
  }
  static Product<T> At(const void* context, int64_t group) {
    const PointwiseKernel& all = *static_cast<const PointwiseKernel*>(context);
    const int64_t image = all.element * all.groups + group;
    Product<T> p = all.first;
    p.out += group * p.m * p.n, p.a += image * p.m * p.k, p.b += image * p.n * p.k;
    p.c = p.out, p.beta = all.element > 0 ? 1 : 0;
    return p;
  }
  Status Run() {
    for (; element < batch; ++element) {
      const Status status = ParallelGemm<T>(first, groups, At, this);
      if (status != Status::kOk) return status;
    }
    return Status::kOk;
  }
};

}  // namespace sconce
