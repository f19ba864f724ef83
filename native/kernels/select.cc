// Elements chosen by their truth: nonzero, masked_select, masked_scatter. All go in row-major order.
#include "loops.h"
#include "walk.h"

namespace sconce {
namespace {

// NaN counts as true, −0 as false.
template <class T>
int64_t CountNonzero(Instruction& in, int k) {
  int64_t count = 0;
  for (Walk walk(in); !walk.done(); walk.Next()) {
    const T* row = walk.row<T>(k);
    for (int64_t p = 0; p < walk.length(); ++p) count += row[p * walk.stride(k)] != T{0};
  }
  return count;
}

template <class T>
Status CountNonzeroInto(Instruction& in) {
  if (in.operands[0].dtype != DType::kInt64) return Status::kBadInstruction;
  Coalesce(in, 0, in.dims, Order::kAny);
  *in.operands[0].as<int64_t>() = CountNonzero<T>(in, 1);
  return Status::kOk;
}

template <class T>
Status Nonzero(Instruction& in) {
  if (in.operands[0].dtype != DType::kInt64 || in.num_scalars != 3) return Status::kBadInstruction;
  const int64_t row_stride = in.integer(0), column_stride = in.integer(1);
  int64_t* place = in.operands[0].as<int64_t>();
  int64_t left = in.integer(2);
  for (Walk walk(in); !walk.done(); walk.Next()) {
    const T* row = walk.row<T>(1);
    for (int64_t p = 0; p < walk.length() && left > 0; ++p) {
      if (row[p * walk.stride(1)] == T{0}) continue;
      for (int d = 0; d + 1 < in.dims; ++d) place[d * column_stride] = walk.index(d);
      if (in.dims > 0) place[(in.dims - 1) * column_stride] = p;
      place += row_stride;
      --left;
    }
  }
  return Status::kOk;
}

template <class T>
Status MaskedSelect(Instruction& in) {
  if (in.operands[2].dtype != DType::kBool || in.num_scalars != 2) return Status::kBadInstruction;
  Coalesce(in, 0, in.dims, Order::kKept);
  T* place = in.operands[0].as<T>();
  int64_t left = in.integer(1);
  for (Walk walk(in); !walk.done(); walk.Next()) {
    const T* self = walk.row<T>(1);
    const bool* mask = walk.row<bool>(2);
    for (int64_t p = 0; p < walk.length() && left > 0; ++p) {
      if (!mask[p * walk.stride(2)]) continue;
      *place = self[p * walk.stride(1)];
      place += in.integer(0);
      --left;
    }
  }
  return Status::kOk;
}

template <class T>
Status MaskedScatter(Instruction& in) {
  if (in.operands[2].dtype != DType::kBool || in.num_scalars != 2) return Status::kBadInstruction;
  Coalesce(in, 0, in.dims, Order::kKept);
  const int64_t wanted = CountNonzero<bool>(in, 2);
  if (wanted > in.integer(1)) {
    failure = {1, 0, static_cast<double>(wanted), in.scalars[1]};
    return Status::kInvalidValue;
  }
  const T* source = in.operands[1].as<T>();
  for (Walk walk(in); !walk.done(); walk.Next()) {
    T* self = walk.row<T>(0);
    const bool* mask = walk.row<bool>(2);
    for (int64_t p = 0; p < walk.length(); ++p) {
      if (!mask[p * walk.stride(2)]) continue;
      self[p * walk.stride(0)] = *source;
      source += in.integer(0);
    }
  }
  return Status::kOk;
}

template <class... Ts>
void Set(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::count_nonzero, kDTypeOf<Ts>, CountNonzeroInto<Ts>), ...);
  (table.SetKernel(Opcode::nonzero, kDTypeOf<Ts>, Nonzero<Ts>), ...);
  (table.SetKernel(Opcode::masked_select, kDTypeOf<Ts>, MaskedSelect<Bits<Ts>>), ...);
  (table.SetKernel(Opcode::masked_scatter, kDTypeOf<Ts>, MaskedScatter<Bits<Ts>>), ...);
}

}  // namespace

void FillSelect(Table& table) { Set(table, All()); }

}  // namespace sconce
