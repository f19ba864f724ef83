// Running sums and products along one dimension.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/scan.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>

#include "hwy/highway.h"
#include "kernels/table.h"
#include "loops.h"
#include "threads.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace scan {
namespace HWY_NAMESPACE {

// Floating elements run in double, where a long float32 sum keeps its digits; integers in 64 unsigned bits, which wrap.
template <class T>
using Running = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;

struct Add {
  static constexpr int kNeutral = 0;
  template <class R>
  static R Join(R a, R b) {
    return a + b;
  }
};
struct Multiply {
  static constexpr int kNeutral = 1;
  template <class R>
  static R Join(R a, R b) {
    return a * b;
  }
};

constexpr int64_t kTile = 64;  // scans that run side by side, element by element
constexpr int64_t kRows = 4;   // that run together where their elements lie apart, as each waits for its last sum
constexpr int64_t kGrain = 16384;

// `width` scans side by side, each a step of `apart` from the next; `along` is the step along the scanned dimension.
template <class Op, class T>
void ScanTile(T* out, int64_t out_along, const T* in, int64_t in_along, int64_t n, int64_t width) {
  Running<T> running[kTile];
  std::fill(running, running + width, Running<T>{Op::kNeutral});
  for (int64_t i = 0; i < n; ++i, out += out_along, in += in_along) {
    for (int64_t j = 0; j < width; ++j) {
      running[j] = Op::Join(running[j], static_cast<Running<T>>(in[j]));
      out[j] = static_cast<T>(running[j]);
    }
  }
}

template <class Op, class T>
void ScanOne(T* out, int64_t out_along, const T* in, int64_t in_along, int64_t n) {
  Running<T> running{Op::kNeutral};
  for (int64_t i = 0; i < n; ++i) {
    running = Op::Join(running, static_cast<Running<T>>(in[i * in_along]));
    out[i * out_along] = static_cast<T>(running);
  }
}

// kRows scans, which begin `out_apart` and `in_apart` after one another.
template <class Op, class T>
void ScanRows(T* out, int64_t out_along, int64_t out_apart, const T* in, int64_t in_along, int64_t in_apart,
              int64_t n) {
  Running<T> running[kRows];
  std::fill(running, running + kRows, Running<T>{Op::kNeutral});
  for (int64_t i = 0; i < n; ++i, out += out_along, in += in_along) {
    for (int64_t j = 0; j < kRows; ++j) {
      running[j] = Op::Join(running[j], static_cast<Running<T>>(in[j * in_apart]));
      out[j * out_apart] = static_cast<T>(running[j]);
    }
  }
}

// The scans of a tile, one after the other along the last of the kept dimensions.
template <class Op, class T>
void ScanApart(const Instruction& instruction, int kept, T* out, const T* in, int64_t width) {
  const int64_t *to = instruction.operands[0].strides, *from = instruction.operands[1].strides;
  const int64_t n = instruction.sizes[kept];
  if (width == kRows) return ScanRows<Op>(out, to[kept], to[kept - 1], in, from[kept], from[kept - 1], n);
  ScanOne<Op>(out, to[kept], in, from[kept], n);
  for (int64_t j = 1; j < width; ++j) {
    ScanOne<Op>(out + j * to[kept - 1], to[kept], in + j * from[kept - 1], from[kept], n);
  }
}

// Moves dimension `from` to the end, the others keep their order.
void MoveLast(Instruction& in, int from) {
  std::rotate(in.sizes + from, in.sizes + from + 1, in.sizes + in.dims);
  for (int k = 0; k < in.num_operands; ++k) {
    int64_t* strides = in.operands[k].strides;
    std::rotate(strides + from, strides + from + 1, strides + in.dims);
  }
}

template <class Op, class T>
Status Scan(Instruction& in) {
  const int64_t dim = in.num_scalars < 1 ? -1 : in.integer(0);
  if (dim < 0 || dim >= in.dims) return Status::kBadInstruction;
  const int64_t count = in.NumElements();
  if (count == 0) return Status::kOk;
  MoveLast(in, static_cast<int>(dim));
  Coalesce(in, 0, in.dims - 1, Order::kAny);
  const int kept = in.dims - 1;
  const Operand &out = in.operands[0], &input = in.operands[1];
  const int64_t inner = kept == 0 ? 1 : in.sizes[kept - 1], n = in.sizes[kept];
  const bool side_by_side = kept > 0 && out.strides[kept - 1] == 1 && input.strides[kept - 1] == 1;
  const int64_t width = side_by_side ? std::min(inner, kTile) : std::min(inner, kRows);
  const int64_t tiles_across = (inner + width - 1) / width;
  ParallelFor(count / n / inner * tiles_across, kGrain / (n * width) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t column = i % tiles_across * width, position = i / tiles_across * inner + column;
      T* to = out.as<T>() + OffsetAt(in, 0, 0, kept, position);
      const T* from = input.as<T>() + OffsetAt(in, 1, 0, kept, position);
      const int64_t scans = std::min(width, inner - column);
      if (!side_by_side) ScanApart<Op>(in, kept, to, from, scans);
      else ScanTile<Op>(to, out.strides[kept], from, input.strides[kept], n, scans);
    }
  });
  return Status::kOk;
}

template <class Op, class... Ts>
void SetScan(Table& table, Opcode op, Types<Ts...>) {
  (table.SetKernel(op, kDTypeOf<Ts>, Scan<Op, Ts>), ...);
}

void Fill(Table& table) {
  SetScan<Add>(table, Opcode::cumsum, Numeric());
  SetScan<Multiply>(table, Opcode::cumprod, Numeric());
}

}  // namespace HWY_NAMESPACE
}  // namespace scan
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace scan {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace scan

void FillScan(Table& table) { scan::FillBest(table); }
}  // namespace sconce
#endif
