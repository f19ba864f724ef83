// Matrix products of any strides, for the opcode and for kernels that come down to one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "instruction.h"

namespace sconce {

enum class Activation : int { kNone, kRelu };

// A factor that is not in memory as a matrix, and is computed block by block while it is packed. Its element (p, i) is
// that of k-index p and of row i of A, or of column i of B.
template <class T>
struct Source {
  // to[p * width + i] = element (first_p + p, first_i + i) for p < depth and i < count; count <= width, and what lies
  // between them belongs to the caller.
  using Fill = void (*)(const void* context, int64_t first_p, int64_t depth, int64_t first_i, int64_t count,
                        int64_t width, T* to);
  Fill fill = nullptr;
  const void* context = nullptr;
  int64_t p = 0, i = 0;  // where this block begins
};

// out = activation(beta * c + alpha * (a · b)). Strides, in elements, are named by what they step along, and may be
// any, 0 included, but that elements of `out` must differ. `c` may be `out` or a bias (a stride of 0 repeats it); with
// beta = 0 it is not read. Sizes may be 0.
template <class T>
struct Product {
  T* out = nullptr;
  const T* a = nullptr;
  const T* b = nullptr;
  const T* c = nullptr;
  int64_t m = 0, n = 0, k = 0;
  int64_t out_m = 0, out_n = 0, a_m = 0, a_k = 0, b_k = 0, b_n = 0, c_m = 0, c_n = 0;
  T alpha = 1, beta = 0;
  Activation activation = Activation::kNone;
  Source<T> a_source, b_source;  // with a `fill`, in place of a and b

  // The same as outᵀ = bᵀ · aᵀ.
  Product Transposed() const {
    Product p = *this;
    p.a = b, p.b = a, p.m = n, p.n = m;
    p.out_m = out_n, p.out_n = out_m, p.a_m = b_n, p.a_k = b_k, p.b_k = a_k, p.b_n = a_m, p.c_m = c_n, p.c_n = c_m;
    p.a_source = b_source, p.b_source = a_source;
    return p;
  }
  // The rows [i, i + rows) and columns [j, j + columns) of the result.
  Product Block(int64_t i, int64_t rows, int64_t j, int64_t columns) const {
    Product p = *this;
    p.out += i * out_m + j * out_n;
    p.a += i * a_m, p.b += j * b_n, p.c += i * c_m + j * c_n;
    p.a_source.i += i, p.b_source.i += j;
    p.m = rows, p.n = columns;
    return p;
  }
  // The terms [first, first + depth) of the sums.
  Product Terms(int64_t first, int64_t depth) const {
    Product p = *this;
    p.a += first * a_k, p.b += first * b_k;
    p.a_source.p += first, p.b_source.p += first;
    p.k = depth;
    return p;
  }
};

// For float and double.

// Computes on this thread alone, with GemmScratchBytes(p) bytes at a multiple of 64 for working memory, or null if that
// is 0: what does for a product does for those of fewer rows, columns or terms. For kernels that divide their work
// themselves.
template <class T>
void Gemm(const Product<T>& p, char* scratch);
template <class T>
size_t GemmScratchBytes(const Product<T>& p);

// Computes on as many threads as pay, in this thread's Scratch(), whose earlier contents are lost. Every element is
// summed in an order that follows from the sizes, the strides and the number of threads.
template <class T>
Status ParallelGemm(const Product<T>& p);

// Many products, of the sizes and strides of `first`: at(context, i) describes the one of number i < count.
template <class T>
Status ParallelGemm(const Product<T>& first, int64_t count, Product<T> (*at)(const void* context, int64_t index),
                    const void* context);

}  // namespace sconce
