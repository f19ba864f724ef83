// One instruction of the command buffer, as TypeScript writes it and as kernels read it.
//
// The buffer is an array of 8-byte words. Every word is a float64 (addresses and sizes stay below 2^53), except
// immediates, which hold one element in the encoding of their dtype.
//
//   word   0        1        2      3          4 .. 4+D      then, for each operand           then
//        +--------+--------+------+----------+-------------+-------+---------+------------+-----------+
//        | opcode | length | dims | operands | sizes [D]   | dtype | address | strides[D] | scalars...|
//        |        | (words)|  D   |    N     |             |       |         | (elements) |           |
//        +--------+--------+------+----------+-------------+-------+---------+------------+-----------+
//
// The sizes span the iteration space, not any one operand: a stride of 0 repeats an operand along a dimension
// (broadcasting), or, for an output, names a dimension that is reduced away. Operand 0 is the output unless the
// opcode's line in opcodes.def says otherwise. A word 0 in the place of an opcode ends the program.
#pragma once

#include "dtypes.h"

namespace sconce {

inline constexpr int kMaxDims = 64;
inline constexpr int kMaxOperands = 68;

struct Operand {
  DType dtype;
  char* data;
  int64_t strides[kMaxDims];  // in elements

  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data);
  }
};

struct Instruction {
  int opcode;
  int dims;
  int num_operands;
  int num_scalars;
  int64_t sizes[kMaxDims];
  Operand operands[kMaxOperands];
  const double* scalars;

  int64_t NumElements() const {
    int64_t count = 1;
    for (int i = 0; i < dims; ++i) count *= sizes[i];
    return count;
  }
  int64_t integer(int i) const { return static_cast<int64_t>(scalars[i]); }
};

// What a kernel answers. Whatever is not kOk becomes an Error in TypeScript, and nothing has been written.
enum class Status : int {
  kOk,
  kBadInstruction,   // words that no writer of ours produces
  kUnsupported,      // no kernel for this opcode and dtype
  kIndexOutOfRange,  // failure: operand, dimension, the index, the size it must stay below
  kDivisionByZero,   // integers only
  kInvalidValue,     // a value outside the operation's domain; failure: operand, value
  kOutOfMemory,      // scratch space
};

// Details of the last failure in this thread, for the error's text.
struct Failure {
  int64_t operand = 0;
  int64_t dim = 0;
  double value = 0;
  double limit = 0;
};
extern thread_local Failure failure;

}  // namespace sconce
