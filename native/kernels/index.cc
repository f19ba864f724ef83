// Reads and writes at positions that other tensors name: indexing, gather, scatter.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "loops.h"
#include "movement.h"
#include "threads.h"
#include "walk.h"

namespace sconce {
namespace {

// Operands 0 and 1 hold elements; the index operands follow, each with two scalars: the size and the stride (in
// elements) of the dimension that it selects from. A negative size means that no index may be negative.
constexpr int kFirstIndex = 2;
int NumIndices(const Instruction& in) { return in.num_operands - kFirstIndex; }
int64_t IndexedSize(const Instruction& in, int i) { return std::abs(in.integer(2 * i)); }
int64_t LowestIndex(const Instruction& in, int i) { return std::min<int64_t>(-in.integer(2 * i), 0); }
int64_t IndexedStride(const Instruction& in, int i) { return in.integer(2 * i + 1); }

// The iteration space of operand k alone: dimensions along which it is repeated count once.
void Project(const Instruction& in, int k, Instruction& projected) {
  projected.dims = 0;
  projected.num_operands = 1;
  projected.operands[0].data = in.operands[k].data;
  for (int d = 0; d < in.dims; ++d) {
    if (in.operands[k].strides[d] == 0) continue;
    projected.operands[0].strides[projected.dims] = in.operands[k].strides[d];
    projected.sizes[projected.dims++] = in.sizes[d];
  }
}

// Whether indices of a row are within [lowest, size): without a branch for each, as nearly all are. Outside, one of the
// two differences is negative.
bool AllInside(const int64_t* row, int64_t stride, int64_t n, int64_t lowest, int64_t size) {
  uint64_t signs = 0;
  const auto add = [&](int64_t index) {
    signs |= static_cast<uint64_t>(index) - static_cast<uint64_t>(lowest);
    signs |= static_cast<uint64_t>(size - 1) - static_cast<uint64_t>(index);
  };
  if (stride == 1) {
    for (int64_t p = 0; p < n; ++p) add(row[p]);
  } else {
    for (int64_t p = 0; p < n; ++p) add(row[p * stride]);
  }
  return static_cast<int64_t>(signs) >= 0;
}

Status CheckIndex(const Instruction& in, int i) {
  const int64_t size = IndexedSize(in, i), lowest = LowestIndex(in, i);
  Instruction alone;
  Project(in, kFirstIndex + i, alone);
  Coalesce(alone, 0, alone.dims, Order::kAny);
  for (Walk walk(alone); !walk.done(); walk.Next()) {
    const int64_t* row = walk.row<int64_t>(0);
    if (AllInside(row, walk.stride(0), walk.length(), lowest, size)) continue;
    while (*row >= lowest && *row < size) row += walk.stride(0);
    failure = {kFirstIndex + i, i, static_cast<double>(*row), static_cast<double>(size)};
    return Status::kIndexOutOfRange;
  }
  return Status::kOk;
}

Status CheckIndices(const Instruction& in, int extra_scalars) {
  if (in.num_scalars != 2 * NumIndices(in) + extra_scalars) return Status::kBadInstruction;
  if (in.operands[0].dtype != in.operands[1].dtype) return Status::kBadInstruction;
  for (int k = kFirstIndex; k < in.num_operands; ++k) {
    if (in.operands[k].dtype != DType::kInt64) return Status::kBadInstruction;
  }
  if (in.NumElements() == 0) return Status::kOk;
  for (int i = 0; i < NumIndices(in); ++i) {
    const Status status = CheckIndex(in, i);
    if (status != Status::kOk) return status;
  }
  return Status::kOk;
}

// The offsets that the index operands name along the row where `walk` stands.
class Selection {
 public:
  explicit Selection(const Instruction& in) : count_(NumIndices(in)) {
    for (int i = 0; i < count_; ++i) indices_[i] = {nullptr, 0, IndexedSize(in, i), IndexedStride(in, i)};
  }
  void Follow(const Walk& walk) {
    constant_ = true;
    for (int i = 0; i < count_; ++i) {
      indices_[i].row = walk.row<int64_t>(kFirstIndex + i);
      indices_[i].stride = walk.stride(kFirstIndex + i);
      constant_ = constant_ && indices_[i].stride == 0;
    }
  }
  // Whether it is the same offset all along the row.
  bool constant() const { return constant_; }
  // Calls body(p, offset) for the n places of the row.
  template <class F>
  void Each(int64_t n, const F& body) const {
    if (constant_) {
      for (int64_t p = 0, offset = Offset(0); p < n; ++p) body(p, offset);
    } else if (count_ == 1) {
      const auto [row, stride, size, step] = indices_[0];
      const auto offset = [size = size, step = step](int64_t index) {
        return (index < 0 ? index + size : index) * step;
      };
      if (stride == 1) {
        for (int64_t p = 0; p < n; ++p) body(p, offset(row[p]));
      } else {
        for (int64_t p = 0; p < n; ++p) body(p, offset(row[p * stride]));
      }
    } else {
      for (int64_t p = 0; p < n; ++p) body(p, Offset(p));
    }
  }
  int64_t Offset(int64_t p) const {
    int64_t offset = 0;
    for (int i = 0; i < count_; ++i) {
      const int64_t index = indices_[i].row[p * indices_[i].stride];
      offset += (index < 0 ? index + indices_[i].size : index) * indices_[i].step;
    }
    return offset;
  }

 private:
  struct Index {
    const int64_t* row;
    int64_t stride;
    int64_t size;
    int64_t step;
  };
  int count_;
  bool constant_ = true;
  Index indices_[kMaxOperands];
};

// What is in use of an instruction: there is room for 35 KB of dimensions, which take a microsecond to copy.
void CopyUsed(const Instruction& in, Instruction& to) {
  to.opcode = in.opcode, to.dims = in.dims, to.num_operands = in.num_operands;
  to.num_scalars = in.num_scalars, to.scalars = in.scalars;
  std::copy_n(in.sizes, in.dims, to.sizes);
  for (int k = 0; k < in.num_operands; ++k) {
    const Operand& operand = in.operands[k];
    to.operands[k].dtype = operand.dtype;
    to.operands[k].data = operand.data;
    std::copy_n(operand.strides, in.dims, to.operands[k].strides);
  }
}

// The innermost dimension left out, when its places are selected together and lie side by side in operands 0 and 1.
bool SelectsRows(const Instruction& in, Instruction& rows) {
  const int inner = in.dims - 1;
  if (in.dims < 2 || in.operands[0].strides[inner] != 1 || in.operands[1].strides[inner] != 1) return false;
  for (int k = kFirstIndex; k < in.num_operands; ++k) {
    if (in.operands[k].strides[inner] != 0) return false;
  }
  CopyUsed(in, rows);
  rows.dims = inner;
  return true;
}

template <class T>
void ReadRows(const Instruction& rows, int64_t width) {
  constexpr int64_t kGroup = 256;
  const char* from[kGroup];
  Selection selection(rows);
  for (Walk walk(rows); !walk.done(); walk.Next()) {
    selection.Follow(walk);
    const T* self = walk.row<T>(1);
    const int64_t self_stride = walk.stride(1), out_step = walk.stride(0) * static_cast<int64_t>(sizeof(T));
    char* to = reinterpret_cast<char*>(walk.row<T>(0));
    const auto flush = [&](int64_t count) {
      CopyRows(to, out_step, from, static_cast<size_t>(count), static_cast<size_t>(width) * sizeof(T));
      to += count * out_step;
    };
    selection.Each(walk.length(), [&](int64_t p, int64_t offset) {
      from[p % kGroup] = reinterpret_cast<const char*>(self + p * self_stride + offset);
      if (p % kGroup == kGroup - 1) flush(kGroup);
    });
    flush(walk.length() % kGroup);
  }
}

template <class T>
void Read(const Instruction& in) {
  Instruction rows;
  if (SelectsRows(in, rows)) return ReadRows<T>(rows, in.sizes[in.dims - 1]);
  Selection selection(in);
  for (Walk walk(in); !walk.done(); walk.Next()) {
    selection.Follow(walk);
    T* out = walk.row<T>(0);
    const T* self = walk.row<T>(1);
    const int64_t out_stride = walk.stride(0), self_stride = walk.stride(1), n = walk.length();
    if (out_stride == 1 && self_stride == 0) {
      selection.Each(n, [=](int64_t p, int64_t offset) { out[p] = self[offset]; });
    } else {
      selection.Each(n, [=](int64_t p, int64_t offset) { out[p * out_stride] = self[p * self_stride + offset]; });
    }
  }
}

// Indices [begin, end) of a dimension.
void Slice(const Instruction& in, int dim, int64_t begin, int64_t end, Instruction& part) {
  CopyUsed(in, part);
  part.sizes[dim] = end - begin;
  for (int k = 0; k < in.num_operands; ++k) {
    const Operand& operand = in.operands[k];
    part.operands[k].data += begin * operand.strides[dim] * static_cast<int64_t>(ItemSize(operand.dtype));
  }
}

// Runs `body`, which takes an instruction, on parts of a dimension, on as many threads as pay.
template <class F>
void InParts(const Instruction& in, int dim, const F& body) {
  const int64_t count = in.NumElements();
  if (count <= kCheapGrain || in.sizes[dim] < 2) return body(in);
  const int64_t grain = std::max<int64_t>(1, kCheapGrain * in.sizes[dim] / count);
  ParallelFor(in.sizes[dim], grain, [&](int64_t begin, int64_t end) {
    Instruction part;
    Slice(in, dim, begin, end, part);
    body(part);
  });
}

template <class T>
Status Index(Instruction& in) {
  const Status status = CheckIndices(in, 0);
  if (status != Status::kOk || in.NumElements() == 0) return status;
  Coalesce(in, 0, in.dims, Order::kAny);
  InParts(in, 0, Read<T>);
  return Status::kOk;
}

// How index_put joins a value to what is there; the numbers are the instruction's. Integers are computed in 64 unsigned
// bits, where wrapping is defined.
enum class Join : int { kAssign, kAdd, kMultiply, kMaximum, kMinimum };

struct Assign {
  template <class T>
  T operator()(T, T value) const {
    return value;
  }
};
struct Add {
  template <class T>
  T operator()(T self, T value) const {
    if constexpr (std::is_floating_point_v<T>) return self + value;
    else return static_cast<T>(static_cast<uint64_t>(self) + static_cast<uint64_t>(value));
  }
};
struct Multiply {
  template <class T>
  T operator()(T self, T value) const {
    if constexpr (std::is_floating_point_v<T>) return self * value;
    else return static_cast<T>(static_cast<uint64_t>(self) * static_cast<uint64_t>(value));
  }
};
struct Maximum {
  template <class T>
  T operator()(T self, T value) const {
    return value > self || value != value ? value : self;
  }
};
struct Minimum {
  template <class T>
  T operator()(T self, T value) const {
    return value < self || value != value ? value : self;
  }
};

template <class F, class T>
void Write(const Instruction& in) {
  Selection selection(in);
  for (Walk walk(in); !walk.done(); walk.Next()) {
    selection.Follow(walk);
    T* self = walk.row<T>(0);
    const T* values = walk.row<T>(1);
    const int64_t self_stride = walk.stride(0), value_stride = walk.stride(1), n = walk.length();
    if (selection.constant() && self_stride == 1 && value_stride == 1) {
      self += selection.Offset(0);
      for (int64_t p = 0; p < n; ++p) self[p] = F{}(self[p], values[p]);
    } else {
      selection.Each(n, [=](int64_t p, int64_t offset) {
        T& element = self[p * self_stride + offset];
        element = F{}(element, values[p * value_stride]);
      });
    }
  }
}

// The largest dimension along which self moves: parts of it write to different elements of self, whatever the indices.
int DivisibleDim(const Instruction& in) {
  int best = 0;
  for (int d = 0; d < in.dims; ++d) {
    if (in.operands[0].strides[d] == 0) continue;
    if (in.operands[0].strides[best] == 0 || in.sizes[d] > in.sizes[best]) best = d;
  }
  return best;
}

template <class T>
Status IndexPut(Instruction& in) {
  static constexpr void (*writes[])(const Instruction&) = {Write<Assign, T>, Write<Add, T>, Write<Multiply, T>,
                                                           Write<Maximum, T>, Write<Minimum, T>};
  const Status status = CheckIndices(in, 1);
  if (status != Status::kOk) return status;
  const int64_t join = in.integer(in.num_scalars - 1);
  if (join < 0 || join > static_cast<int>(Join::kMinimum)) return Status::kBadInstruction;
  if (in.NumElements() == 0) return Status::kOk;
  Coalesce(in, 0, in.dims, Order::kKept);
  const int dim = DivisibleDim(in);
  if (in.dims == 0 || in.operands[0].strides[dim] == 0) writes[join](in);
  else InParts(in, dim, writes[join]);
  return Status::kOk;
}

template <class... Ts>
void Set(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::index, kDTypeOf<Ts>, Index<Bits<Ts>>), ...);
  (table.SetKernel(Opcode::index_put, kDTypeOf<Ts>, IndexPut<Ts>), ...);
}

}  // namespace

void FillIndex(Table& table) { Set(table, All()); }

}  // namespace sconce
