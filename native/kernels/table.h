// The kernels chosen for this processor: table[opcode][dtype], filled once at load.
#pragma once

#include "../instruction.h"

namespace sconce {

enum class Opcode : int {
  kHalt,
#define MAP(name, operands, cost) name,
#define KERNEL(name, operands, key) name,
#include "../opcodes.def"
#undef MAP
#undef KERNEL
  kCount
};
inline constexpr int kNumOpcodes = static_cast<int>(Opcode::kCount);

// The body of an element-wise kernel: data[0][i] = f(data[1][i], …) for i < n, every pointer contiguous. The output may
// be one of the inputs; no pointer is aligned beyond its element.
using Row = void (*)(char* const* data, size_t n);
// May reorder the decoded instruction's dimensions in place; nobody reads it afterwards.
using Kernel = Status (*)(Instruction&);

struct Entry {
  Row row = nullptr;
  // Rows of two inputs that read but one element of the first or of the second, if there are any.
  Row single[2] = {nullptr, nullptr};
  Kernel kernel = nullptr;
};

struct Table {
  Entry entries[kNumOpcodes][kNumDTypes];

  void SetRow(Opcode op, DType dtype, Row row) { At(op, dtype).row = row; }
  void SetSingles(Opcode op, DType dtype, Row first, Row second) {
    At(op, dtype).single[0] = first;
    At(op, dtype).single[1] = second;
  }
  void SetKernel(Opcode op, DType dtype, Kernel kernel) { At(op, dtype).kernel = kernel; }

 private:
  Entry& At(Opcode op, DType dtype) { return entries[static_cast<int>(op)][static_cast<int>(dtype)]; }
};

// One a family, defined in the file of the same name.
void FillCopy(Table&);
void FillUnary(Table&);
void FillMath(Table&);
void FillActivation(Table&);
void FillBinary(Table&);
void FillCompare(Table&);
void FillReduce(Table&);
void FillArgReduce(Table&);
void FillScan(Table&);
void FillSoftmax(Table&);
void FillLayerNorm(Table&);
void FillBatchNorm(Table&);
void FillLoss(Table&);
void FillAttention(Table&);
void FillMatMul(Table&);
void FillConv(Table&);
void FillConvWeight(Table&);
void FillPool(Table&);
void FillIndex(Table&);
void FillSelect(Table&);
void FillRange(Table&);
void FillRamp(Table&);
void FillRandom(Table&);
void FillNormal(Table&);
void FillOptimizer(Table&);
void FillSort(Table&);

inline void FillTable(Table& table) {
  FillCopy(table);
  FillUnary(table);
  FillMath(table);
  FillActivation(table);
  FillBinary(table);
  FillCompare(table);
  FillReduce(table);
  FillArgReduce(table);
  FillScan(table);
  FillSoftmax(table);
  FillLayerNorm(table);
  FillBatchNorm(table);
  FillLoss(table);
  FillAttention(table);
  FillMatMul(table);
  FillConv(table);
  FillConvWeight(table);
  FillPool(table);
  FillIndex(table);
  FillSelect(table);
  FillRange(table);
  FillRamp(table);
  FillRandom(table);
  FillNormal(table);
  FillOptimizer(table);
  FillSort(table);
}

}  // namespace sconce
