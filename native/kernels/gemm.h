// What native/gemm.cc calls of the kernels chosen for this processor.
#pragma once

#include "../gemm.h"

namespace sconce {

template <class T>
struct GemmKernels {
  size_t (*scratch_bytes)(const Product<T>&);
  void (*multiply)(const Product<T>&, char* scratch);
  void (*multiply_row)(const Product<T>&);  // m = 1, factors in memory
  int64_t row_step, column_step;            // of a register tile
};

template <class T>
const GemmKernels<T>& TheGemmKernels();

}  // namespace sconce
