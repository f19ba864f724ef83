#include "loops.h"

#include <algorithm>
#include <cstring>

#include "threads.h"

namespace sconce {
namespace {

inline constexpr int kMaxMapOperands = 6;
inline constexpr size_t kChunk = 512;  // elements: six buffers of 8-byte elements take 24 KiB

// Whether dimension `a` belongs inside `b`, by the first operand whose strides tell: outputs come first.
bool Inside(const Instruction& in, int a, int b) {
  for (int k = 0; k < in.num_operands; ++k) {
    const int64_t stride_a = in.operands[k].strides[a], stride_b = in.operands[k].strides[b];
    if (stride_a == 0 || stride_b == 0 || stride_a == stride_b) continue;
    return stride_a < stride_b;
  }
  return false;
}

void SwapDims(Instruction& in, int a, int b) {
  std::swap(in.sizes[a], in.sizes[b]);
  for (int k = 0; k < in.num_operands; ++k) std::swap(in.operands[k].strides[a], in.operands[k].strides[b]);
}

// Whether stepping once along `outer` equals stepping past the end of `inner`, for every operand.
bool Mergeable(const Instruction& in, int outer, int inner) {
  for (int k = 0; k < in.num_operands; ++k) {
    const int64_t* strides = in.operands[k].strides;
    if (strides[outer] != strides[inner] * in.sizes[inner]) return false;
  }
  return true;
}

void MoveDim(Instruction& in, int from, int to) {
  in.sizes[to] = in.sizes[from];
  for (int k = 0; k < in.num_operands; ++k) in.operands[k].strides[to] = in.operands[k].strides[from];
}

// Of the dimensions [first, last); returns the new end.
int DropUnitDims(Instruction& in, int first, int last) {
  int end = first;
  for (int d = first; d < last; ++d) {
    if (in.sizes[d] != 1) MoveDim(in, d, end++);
  }
  return end;
}

void SortDims(Instruction& in, int first, int last) {
  for (int d = first + 1; d < last; ++d) {
    for (int at = d; at > first && Inside(in, at - 1, at); --at) SwapDims(in, at - 1, at);
  }
}

int MergeDims(Instruction& in, int first, int last) {
  if (first == last) return last;
  int end = first;
  for (int d = first + 1; d < last; ++d) {
    if (Mergeable(in, end, d)) {
      const int64_t merged = in.sizes[end] * in.sizes[d];
      MoveDim(in, d, end);
      in.sizes[end] = merged;
    } else {
      MoveDim(in, d, ++end);
    }
  }
  return end + 1;
}

template <class T>
void CopyItems(char* to, int64_t to_stride, const char* from, int64_t from_stride, size_t n) {
  T* out = reinterpret_cast<T*>(to);
  const T* in = reinterpret_cast<const T*>(from);
  for (size_t i = 0; i < n; ++i) out[static_cast<int64_t>(i) * to_stride] = in[static_cast<int64_t>(i) * from_stride];
}

// One run along the innermost dimension.
struct RowRunner {
  const Instruction& in;
  Row row;
  int inner;  // its dimension
  size_t item[kMaxMapOperands];
  bool direct;  // every operand is contiguous along `inner`
  alignas(64) char buffers[kMaxMapOperands][kChunk * 8];

  RowRunner(const Instruction& instruction, Row f) : in(instruction), row(f), inner(instruction.dims - 1) {
    direct = true;
    for (int k = 0; k < in.num_operands; ++k) {
      item[k] = ItemSize(in.operands[k].dtype);
      direct = direct && Contiguous(k);
    }
  }

  int64_t Stride(int k) const { return in.operands[k].strides[inner]; }
  bool Contiguous(int k) const { return Stride(k) == 1; }

  void Run(char* const* data, size_t n) {
    if (direct) return row(data, n);
    for (int k = 1; k < in.num_operands; ++k) {
      if (Stride(k) == 0) CopyStrided(item[k], buffers[k], 1, data[k], 0, std::min(n, kChunk));
    }
    for (size_t i = 0; i < n; i += kChunk) RunChunk(data, i, std::min(kChunk, n - i));
  }

  void RunChunk(char* const* data, size_t i, size_t n) {
    char* chunk[kMaxMapOperands];
    for (int k = 0; k < in.num_operands; ++k) {
      char* start = data[k] + static_cast<int64_t>(i) * Stride(k) * static_cast<int64_t>(item[k]);
      chunk[k] = Contiguous(k) ? start : buffers[k];
      if (k > 0 && !Contiguous(k) && Stride(k) != 0) CopyStrided(item[k], chunk[k], 1, start, Stride(k), n);
    }
    row(chunk, n);
    if (!Contiguous(0)) {
      char* start = data[0] + static_cast<int64_t>(i) * Stride(0) * static_cast<int64_t>(item[0]);
      CopyStrided(item[0], start, Stride(0), chunk[0], 1, n);
    }
  }
};

// Elements [begin, end) of the iteration space in row-major order.
void MapRange(const Instruction& in, Row row, int64_t begin, int64_t end) {
  RowRunner runner(in, row);
  const int inner = in.dims - 1;
  int64_t index[kMaxDims];
  int64_t rest = begin;
  for (int d = inner; d >= 0; --d) {
    index[d] = rest % in.sizes[d];
    rest /= in.sizes[d];
  }
  while (begin < end) {
    char* data[kMaxMapOperands];
    for (int k = 0; k < in.num_operands; ++k) {
      int64_t offset = 0;
      for (int d = 0; d <= inner; ++d) offset += index[d] * in.operands[k].strides[d];
      data[k] = in.operands[k].data + offset * static_cast<int64_t>(runner.item[k]);
    }
    const int64_t n = std::min(end - begin, in.sizes[inner] - index[inner]);
    runner.Run(data, static_cast<size_t>(n));
    begin += n;
    index[inner] = 0;
    for (int d = inner - 1; d >= 0 && ++index[d] == in.sizes[d]; --d) index[d] = 0;
  }
}

// A short row beside repeated single elements: the commonest small instruction, spared the general walk.
bool MapShortRow(const Instruction& in, Row row) {
  if (in.dims != 1 || in.sizes[0] > static_cast<int64_t>(kChunk) || in.operands[0].strides[0] != 1) return false;
  const size_t count = static_cast<size_t>(in.sizes[0]);
  alignas(64) char repeated[kMaxMapOperands][kChunk * 8];
  char* data[kMaxMapOperands];
  for (int k = 0; k < in.num_operands; ++k) {
    const Operand& operand = in.operands[k];
    if (operand.strides[0] != 0 && operand.strides[0] != 1) return false;
    data[k] = operand.data;
    if (operand.strides[0] == 1) continue;
    CopyStrided(ItemSize(operand.dtype), repeated[k], 1, operand.data, 0, count);
    data[k] = repeated[k];
  }
  row(data, count);
  return true;
}

}  // namespace

void CopyStrided(size_t item, char* to, int64_t to_stride, const char* from, int64_t from_stride, size_t n) {
  switch (item) {
    case 1:
      return CopyItems<uint8_t>(to, to_stride, from, from_stride, n);
    case 2:
      return CopyItems<uint16_t>(to, to_stride, from, from_stride, n);
    case 4:
      return CopyItems<uint32_t>(to, to_stride, from, from_stride, n);
    default:
      return CopyItems<uint64_t>(to, to_stride, from, from_stride, n);
  }
}

void Coalesce(Instruction& in, int first, int last, Order order) {
  int end = DropUnitDims(in, first, last);
  if (order == Order::kAny) SortDims(in, first, end);
  end = MergeDims(in, first, end);
  for (int d = last; d < in.dims; ++d) MoveDim(in, d, end++);
  in.dims = end;
}

int64_t OffsetAt(const Instruction& in, int operand, int first, int last, int64_t position) {
  const int64_t* strides = in.operands[operand].strides;
  int64_t offset = 0;
  for (int d = last - 1; d > first; --d) {
    offset += position % in.sizes[d] * strides[d];
    position /= in.sizes[d];
  }
  return first < last ? offset + position * strides[first] : 0;
}

void MapRows(Instruction& in, Row row, int64_t grain) {
  const int64_t count = in.NumElements();
  if (count == 0) return;
  bool flat = in.dims == 1;
  for (int k = 0; flat && k < in.num_operands; ++k) flat = in.operands[k].strides[0] == 1;
  if (flat && count <= grain) {
    char* data[kMaxMapOperands];
    for (int k = 0; k < in.num_operands; ++k) data[k] = in.operands[k].data;
    return row(data, static_cast<size_t>(count));
  }
  if (MapShortRow(in, row)) return;
  Coalesce(in, 0, in.dims, Order::kAny);
  if (in.dims == 0) {
    in.dims = 1;
    in.sizes[0] = 1;
    for (int k = 0; k < in.num_operands; ++k) in.operands[k].strides[0] = 1;
  }
  ParallelFor(count, grain, [&](int64_t begin, int64_t end) { MapRange(in, row, begin, end); });
}

}  // namespace sconce
