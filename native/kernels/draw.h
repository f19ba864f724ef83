// What the random kernels share: operand 0 is drawn, operand 1 is the generator's state.
#pragma once

#include "generator.h"
#include "loops.h"
#include "walk.h"

namespace sconce {

inline Generator& GeneratorOf(const Instruction& in) { return *in.operands[1].as<Generator>(); }

inline Status CheckDraw(const Instruction& in, int num_scalars) {
  if (in.operands[1].dtype != DType::kInt64 || in.num_scalars != num_scalars) return Status::kBadInstruction;
  if (GeneratorOf(in).Valid()) return Status::kOk;
  failure = {1, 0, 0, 0};
  return Status::kInvalidValue;
}

// Sets each element of out, in memory order, to draw(generator).
template <class T, class F>
Status Draw(Instruction& in, int num_scalars, F&& draw) {
  const Status status = CheckDraw(in, num_scalars);
  if (status != Status::kOk) return status;
  Coalesce(in, 0, in.dims, Order::kAny);
  for (Walk walk(in); !walk.done(); walk.Next()) {
    T* out = walk.row<T>(0);
    for (int64_t p = 0; p < walk.length(); ++p) out[p * walk.stride(0)] = static_cast<T>(draw(GeneratorOf(in)));
  }
  return Status::kOk;
}

}  // namespace sconce
