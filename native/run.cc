#include "run.h"

#include "kernels/table.h"
#include "loops.h"

namespace sconce {

thread_local Failure failure;

namespace {

// What opcodes.def says of each opcode.
struct Form {
  int operands;
  int key;
  int64_t grain;  // 0: not element-wise
};
constexpr int64_t kCheap = kCheapGrain, kDear = kDearGrain;
constexpr Form kForms[kNumOpcodes] = {
    {0, 0, 0},
#define MAP(name, operands, cost) {operands, 1, cost},
#define KERNEL(name, operands, key) {operands, key, 0},
#include "opcodes.def"
#undef MAP
#undef KERNEL
};

const Table& TheTable() {
  static const Table* table = [] {
    Table* filled = new Table;
    FillTable(*filled);
    return filled;
  }();
  return *table;
}

bool Decode(const double* words, size_t available, Instruction& in, size_t* length) {
  if (available < 4) return false;
  in.opcode = static_cast<int>(words[0]);
  *length = static_cast<size_t>(words[1]);
  in.dims = static_cast<int>(words[2]);
  in.num_operands = static_cast<int>(words[3]);
  if (in.opcode <= 0 || in.opcode >= kNumOpcodes || *length > available) return false;
  if (in.dims < 0 || in.dims > kMaxDims || in.num_operands < 1 || in.num_operands > kMaxOperands) return false;
  const double* word = words + 4;
  for (int d = 0; d < in.dims; ++d) in.sizes[d] = static_cast<int64_t>(*word++);
  for (int k = 0; k < in.num_operands; ++k) {
    Operand& operand = in.operands[k];
    const int dtype = static_cast<int>(*word++);
    if (dtype < 0 || dtype >= kNumDTypes) return false;
    operand.dtype = static_cast<DType>(dtype);
    operand.data = reinterpret_cast<char*>(static_cast<uintptr_t>(*word++));
    for (int d = 0; d < in.dims; ++d) operand.strides[d] = static_cast<int64_t>(*word++);
  }
  in.scalars = word;
  in.num_scalars = static_cast<int>(words + *length - word);
  return in.num_scalars >= 0;
}

Status RunOne(Instruction& in) {
  const Form& form = kForms[in.opcode];
  if (form.operands < 0 ? in.num_operands < -form.operands : in.num_operands != form.operands) {
    return Status::kBadInstruction;
  }
  const Entry& entry = TheTable().entries[in.opcode][static_cast<int>(in.operands[form.key].dtype)];
  if (form.grain != 0) {
    if (!entry.row) return Status::kUnsupported;
    MapRows(in, entry.row, form.grain);
    return Status::kOk;
  }
  return entry.kernel ? entry.kernel(in) : Status::kUnsupported;
}

}  // namespace

Status Run(const double* words, size_t num_words, size_t* failed) {
  Instruction in;
  size_t at = 0;
  while (at < num_words && words[at] != 0) {
    *failed = at;
    size_t length = 0;
    if (!Decode(words + at, num_words - at, in, &length)) return Status::kBadInstruction;
    const Status status = RunOne(in);
    if (status != Status::kOk) return status;
    at += length;
  }
  return Status::kOk;
}

}  // namespace sconce
