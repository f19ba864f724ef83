// The opcode of matrix products: batches of them, and those of integers.
#include <algorithm>
#include <type_traits>

#include "kernels/table.h"
#include "products.h"
#include "threads.h"

namespace sconce {
namespace {

// Wraps: 64 unsigned bits hold the result's at any width.
template <class T>
void MultiplyIntegers(const Product<T>& p) {
  constexpr int64_t kTile = 64;
  for (int64_t j = 0; j < p.n; j += kTile) {
    const int64_t columns = std::min(kTile, p.n - j);
    for (int64_t i = 0; i < p.m; ++i) {
      uint64_t sums[kTile] = {};
      for (int64_t k = 0; k < p.k; ++k) {
        const uint64_t a = static_cast<uint64_t>(p.a[i * p.a_m + k * p.a_k]);
        const T* b = p.b + k * p.b_k + j * p.b_n;
        for (int64_t c = 0; c < columns; ++c) sums[c] += a * static_cast<uint64_t>(b[c * p.b_n]);
      }
      for (int64_t c = 0; c < columns; ++c) {
        uint64_t sum = static_cast<uint64_t>(p.alpha) * sums[c];
        if (p.beta != 0) {
          sum += static_cast<uint64_t>(p.beta) * static_cast<uint64_t>(p.c[i * p.c_m + (j + c) * p.c_n]);
        }
        const T x = static_cast<T>(sum);
        p.out[i * p.out_m + (j + c) * p.out_n] = p.activation == Activation::kRelu && x < T{0} ? T{0} : x;
      }
    }
  }
}

constexpr int64_t kIntegerGrain = 1 << 17;  // multiplications that are worth a thread

template <class T>
void MultiplyIntegers(const Batch<T>& batch) {
  const Product<T>& first = batch.first();
  const int64_t rows = batch.size() * first.m, row = std::max<int64_t>(1, first.n * first.k);
  ParallelFor(rows, kIntegerGrain / row + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      MultiplyIntegers(batch.At(i / first.m).Block(i % first.m, 1, 0, first.n));
    }
  });
}

template <class T>
Status MatMul(Instruction& in) {
  if (in.dims < 3 || in.num_scalars < 2 || in.num_operands > 4) return Status::kBadInstruction;
  if (std::find(in.sizes, in.sizes + in.dims - 1, 0) != in.sizes + in.dims - 1) return Status::kOk;
  const Batch<T> batch(in);
  if constexpr (std::is_floating_point_v<T>) {
    const auto at = [](const void* context, int64_t i) { return static_cast<const Batch<T>*>(context)->At(i); };
    return ParallelGemm<T>(batch.first(), batch.size(), at, &batch);
  } else {
    MultiplyIntegers(batch);
    return Status::kOk;
  }
}

template <class... Ts>
void Set(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::matmul, kDTypeOf<Ts>, MatMul<Ts>), ...);
}

}  // namespace

void FillMatMul(Table& table) { Set(table, Numeric()); }

}  // namespace sconce
