#include "run.h"

#include "kernels/table.h"
#include "loops.h"
#include "movement.h"

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
    MapRows(in, entry, form.grain);
    return Status::kOk;
  }
  return entry.kernel ? entry.kernel(in) : Status::kUnsupported;
}

// Elements of a row that is short enough to repeat single elements on the stack.
constexpr double kShortRow = 256;

// A map over one short row, straight from its words: the commonest instruction by far, which decoding would double.
// Returns false, having done nothing, where the words are anything else.
bool RunShortRow(const double* words, size_t available) {
  if (available < 16 || words[2] != 1 || !(words[4] <= kShortRow) || !(words[4] >= 1)) return false;
  const int opcode = static_cast<int>(words[0]);
  if (opcode <= 0 || opcode >= kNumOpcodes) return false;
  const Form& form = kForms[opcode];
  if (form.grain == 0 || form.operands > 3 || words[3] != form.operands) return false;
  const size_t count = static_cast<size_t>(words[4]);
  alignas(64) char repeated[3][static_cast<size_t>(kShortRow) * 8];
  char* data[3];
  const double* word = words + 5;
  for (int k = 0; k < form.operands; ++k, word += 3) {
    if (!(word[0] >= 0 && word[0] < kNumDTypes)) return false;
    data[k] = reinterpret_cast<char*>(static_cast<uintptr_t>(word[1]));
    if (word[2] == 1) continue;
    if (word[2] != 0 || k == 0) return false;
    const size_t item = kItemSize[static_cast<int>(word[0])];
    CopyStrided(item, repeated[k], 1, data[k], 0, count);
    data[k] = repeated[k];
  }
  const Entry& entry = TheTable().entries[opcode][static_cast<int>(words[8])];
  if (!entry.row) return false;
  entry.row(data, count);
  return true;
}

}  // namespace

Status Run(const double* words, size_t num_words, size_t* failed) {
  Instruction in;
  size_t at = 0;
  while (at < num_words && words[at] != 0) {
    *failed = at;
    size_t length = 0;
    if (RunShortRow(words + at, num_words - at)) {
      at += static_cast<size_t>(words[at + 1]);
      continue;
    }
    if (!Decode(words + at, num_words - at, in, &length)) return Status::kBadInstruction;
    const Status status = RunOne(in);
    if (status != Status::kOk) return status;
    at += length;
  }
  return Status::kOk;
}

}  // namespace sconce
