// Pooling: the largest element, or the mean, of the windows that slide over planes of up to three dimensions.
//
// An instruction's sizes are the number of planes and the three sizes of an output plane; operands are row-major. Five
// scalars describe each axis (`Axis`). Where a window lies within the input along the innermost axis, as many outputs
// as a vector has lanes are computed side by side; the others one by one.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pool.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <cmath>
#include <limits>

#include "hwy/highway.h"
#include "kernels/table.h"
#include "pooling.h"
#include "threads.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace pool {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int64_t kGrain = 16384;  // elements read that are worth a thread

template <class T>
constexpr int64_t kLanes = HWY_LANES(T);

// Every kStride-th element from `from` on; 0 stands for any stride.
template <int kStride, class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> LoadStrided(D d, const T* from, int64_t stride) {
  if constexpr (kStride == 1) {
    return hn::LoadU(d, from);
  } else if constexpr (kStride == 2) {
    hn::Vec<D> even, odd;
    hn::LoadInterleaved2(d, from, even, odd);
    return even;
  } else {
    HWY_ALIGN T lanes[kLanes<T>];
    for (int64_t i = 0; i < kLanes<T>; ++i) lanes[i] = from[i * stride];
    return hn::Load(d, lanes);
  }
}

// One row of outputs, and the rows of the input plane that its windows reach.
template <class T>
struct Row {
  const T* plane;
  const Axis* axes;
  Taps depth, height;
  int64_t readable;   // elements from `plane` to the end of the operand
  int64_t mean_rows;  // what the means are divided by, but for the innermost axis

  // Calls body(offset) with the offset in the plane of each input row.
  template <class F>
  HWY_INLINE void ForRows(F&& body) const {
    for (int64_t z = depth.begin; z < depth.end; z += depth.step) {
      for (int64_t y = height.begin; y < height.end; y += height.step) body((z * axes[1].in + y) * axes[2].in);
    }
  }
  // The last element of the plane that vectors of outputs may begin at, so that no read passes the operand's end.
  template <int kStride>
  int64_t LastStart() const {
    const int64_t last_row = (LastTap(depth) * axes[1].in + LastTap(height)) * axes[2].in;
    const int64_t reach = kStride == 2 ? 2 * kLanes<T> : (kLanes<T> - 1) * axes[2].stride + 1;
    return readable - last_row - (axes[2].window - 1) * axes[2].dilation - reach;
  }
};

template <class T>
struct Largest {
  static constexpr T kLowest = -std::numeric_limits<T>::infinity();

  // The outputs [x, x + lanes).
  template <int kStride, bool kPositions>
  static HWY_INLINE void Vector(const Row<T>& row, int64_t x, T* out, int64_t* where) {
    const hn::ScalableTag<T> d;
    const hn::RebindToSigned<decltype(d)> di;
    using Index = hn::TFromD<decltype(di)>;
    const Axis& axis = row.axes[2];
    const int64_t start = x * axis.stride - axis.padding;
    auto best = hn::Set(d, kLowest);
    auto position = hn::Set(di, static_cast<Index>((row.depth.begin * row.axes[1].in + row.height.begin) * axis.in));
    row.ForRows([&](int64_t offset) HWY_ATTR {
      for (int64_t k = 0; k < axis.window; ++k) {
        const auto value = LoadStrided<kStride>(d, row.plane + offset + start + k * axis.dilation, axis.stride);
        const auto larger = hn::Or(hn::Gt(value, best), hn::IsNaN(value));
        best = hn::IfThenElse(larger, value, best);
        if constexpr (kPositions) {
          const auto here = hn::Set(di, static_cast<Index>(offset + k * axis.dilation));
          position = hn::IfThenElse(hn::RebindMask(di, larger), here, position);
        }
      }
    });
    hn::StoreU(best, d, out + x);
    if constexpr (kPositions) {
      HWY_ALIGN Index lanes[kLanes<T>];
      hn::Store(position, di, lanes);
      for (int64_t i = 0; i < kLanes<T>; ++i) where[x + i] = lanes[i] + start + i * axis.stride;
    }
  }

  static void One(const Row<T>& row, int64_t x, T* out, int64_t* where) {
    const Taps taps = TapsOf(row.axes[2], x);
    T best = kLowest;
    int64_t position = (row.depth.begin * row.axes[1].in + row.height.begin) * row.axes[2].in + taps.begin;
    row.ForRows([&](int64_t offset) {
      for (int64_t i = offset + taps.begin; i < offset + taps.end; i += taps.step) {
        const T value = row.plane[i];
        if (value > best || std::isnan(value)) best = value, position = i;
      }
    });
    out[x] = best;
    if (where) where[x] = position;
  }
};

template <class T>
struct Mean {
  template <int kStride, bool>
  static HWY_INLINE void Vector(const Row<T>& row, int64_t x, T* out, int64_t*) {
    const hn::ScalableTag<T> d;
    const Axis& axis = row.axes[2];
    const int64_t start = x * axis.stride - axis.padding;
    auto sum = hn::Zero(d);
    row.ForRows([&](int64_t offset) HWY_ATTR {
      for (int64_t k = 0; k < axis.window; ++k) {
        sum = hn::Add(sum, LoadStrided<kStride>(d, row.plane + offset + start + k, axis.stride));
      }
    });
    const int64_t divisor = row.mean_rows * (axis.divides ? axis.window : 1);
    hn::StoreU(hn::Div(sum, hn::Set(d, static_cast<T>(divisor))), d, out + x);
  }

  static void One(const Row<T>& row, int64_t x, T* out, int64_t*) {
    const Taps taps = TapsOf(row.axes[2], x);
    T sum = 0;
    row.ForRows([&](int64_t offset) {
      for (int64_t i = taps.begin; i < taps.end; ++i) sum += row.plane[offset + i];
    });
    const int64_t divisor = row.mean_rows * taps.counted;
    out[x] = taps.begin < taps.end && row.depth.begin < row.depth.end && row.height.begin < row.height.end
                 ? sum / static_cast<T>(divisor)
                 : T{0};
  }
};

// Whether positions fit the lanes that they are computed in.
template <class T>
bool PositionsFit(const Axis* axes) {
  return sizeof(T) == 8 || axes[0].in * axes[1].in * axes[2].in < std::numeric_limits<int32_t>::max();
}

template <template <class> class Op, int kStride, bool kPositions, class T>
void PoolRow(const Row<T>& row, T* out, int64_t* where) {
  const Axis& axis = row.axes[2];
  int64_t x = 0;
  if constexpr (std::is_floating_point_v<T>) {
    const Span inside = kPositions && !PositionsFit<T>(row.axes) ? Span{0, 0} : InsideOf(axis);
    for (; x < inside.begin; ++x) Op<T>::One(row, x, out, where);
    const int64_t readable = FloorDiv(row.template LastStart<kStride>() + axis.padding, axis.stride);
    const int64_t last = std::min(inside.end - kLanes<T>, readable);
    for (; x <= last; x += kLanes<T>) Op<T>::template Vector<kStride, kPositions>(row, x, out, where);
  }
  for (; x < axis.out; ++x) Op<T>::One(row, x, out, where);
}

template <template <class> class Op, class T>
void (*ChooseRow(const Axis* axes, bool positions))(const Row<T>&, T*, int64_t*) {
  const int64_t stride = axes[2].stride;
  if (positions) {
    return stride == 1 ? PoolRow<Op, 1, true, T> : stride == 2 ? PoolRow<Op, 2, true, T> : PoolRow<Op, 0, true, T>;
  }
  return stride == 1 ? PoolRow<Op, 1, false, T> : stride == 2 ? PoolRow<Op, 2, false, T> : PoolRow<Op, 0, false, T>;
}

template <template <class> class Op, class T>
Status Pool(Instruction& in) {
  Axis axes[3];
  if (!ReadAxes(in, axes)) return Status::kBadInstruction;
  const int64_t planes = in.sizes[0], rows = axes[0].out * axes[1].out;
  if (planes * rows * axes[2].out == 0) return Status::kOk;
  const int64_t plane = axes[0].in * axes[1].in * axes[2].in;
  T* out = in.operands[0].as<T>();
  const T* input = in.operands[1].as<T>();
  int64_t* where = in.num_operands > 2 ? in.operands[2].as<int64_t>() : nullptr;
  const auto pool_row = ChooseRow<Op, T>(axes, where != nullptr);
  const int64_t work = plane / rows + axes[2].out * WindowSize(axes);
  ParallelFor(planes * rows, kGrain / work + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t p = i / rows, z = i % rows / axes[1].out, y = i % axes[1].out;
      const Taps depth = TapsOf(axes[0], z), height = TapsOf(axes[1], y);
      const int64_t divisor = axes[2].divides ? depth.counted * height.counted : axes[2].divisor;
      const Row<T> row{input + p * plane, axes, depth, height, (planes - p) * plane, divisor};
      pool_row(row, out + i * axes[2].out, where ? where + i * axes[2].out : nullptr);
    }
  });
  return Status::kOk;
}

// out[in[i]] += grad[i] within each plane.
template <class T>
Status MaxPoolBackward(Instruction& in) {
  if (in.dims != 3) return Status::kBadInstruction;
  const int64_t planes = in.sizes[0], plane = in.sizes[1], count = in.sizes[2];
  ParallelFor(planes, kGrain / (plane + 4 * count + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      T* out = in.operands[0].as<T>() + p * plane;
      const T* grad = in.operands[1].as<T>() + p * count;
      const int64_t* where = in.operands[2].as<int64_t>() + p * count;
      std::fill_n(out, plane, T{0});
      for (int64_t i = 0; i < count; ++i) {
        if (static_cast<uint64_t>(where[i]) < static_cast<uint64_t>(plane)) out[where[i]] += grad[i];
      }
    }
  });
  return Status::kOk;
}

// Adds the quotients of `count` outputs from `first` on to the row of the input gradient.
template <class T>
void SpreadRow(const Axis& axis, int64_t first, int64_t count, const T* HWY_RESTRICT quotients, T* HWY_RESTRICT to) {
  if (axis.window == 0) {
    for (int64_t i = 0; i < count; ++i) {
      const Taps taps = TapsOf(axis, first + i);
      for (int64_t x = taps.begin; x < taps.end; ++x) to[x] += quotients[i];
    }
    return;
  }
  const int64_t first_tap = std::max<int64_t>(0, axis.padding - (first + count - 1) * axis.stride);
  const int64_t last_tap = std::min(axis.window, axis.in + axis.padding - first * axis.stride);
  for (int64_t k = first_tap; k < last_tap; ++k) {
    const int64_t shift = k - axis.padding;
    const int64_t begin = std::max<int64_t>(0, CeilDiv(-shift, axis.stride) - first);
    const int64_t end = std::min(count, CeilDiv(axis.in - shift, axis.stride) - first);
    T* at = to + first * axis.stride + shift;
    if (axis.stride == 1) {
      for (int64_t i = begin; i < end; ++i) at[i] += quotients[i];
    } else {
      for (int64_t i = begin; i < end; ++i) at[i * axis.stride] += quotients[i];
    }
  }
}

template <class T>
void SpreadPlane(const Axis* axes, const T* grad, T* out) {
  constexpr int64_t kChunk = 256;
  HWY_ALIGN T quotients[kChunk];
  for (int64_t z = 0; z < axes[0].out; ++z) {
    const Taps depth = TapsOf(axes[0], z);
    for (int64_t y = 0; y < axes[1].out; ++y) {
      const Taps height = TapsOf(axes[1], y);
      const int64_t rows = axes[2].divides ? depth.counted * height.counted : axes[2].divisor;
      for (int64_t x = 0; x < axes[2].out; x += kChunk) {
        const int64_t count = std::min(kChunk, axes[2].out - x);
        for (int64_t i = 0; i < count; ++i) {
          quotients[i] = grad[x + i] / static_cast<T>(rows * TapsOf(axes[2], x + i).counted);
        }
        for (int64_t id = depth.begin; id < depth.end; ++id) {
          for (int64_t iy = height.begin; iy < height.end; ++iy) {
            SpreadRow(axes[2], x, count, quotients, out + (id * axes[1].in + iy) * axes[2].in);
          }
        }
      }
      grad += axes[2].out;
    }
  }
}

template <class T>
Status AvgPoolBackward(Instruction& in) {
  Axis axes[3];
  if (!ReadAxes(in, axes)) return Status::kBadInstruction;
  const int64_t planes = in.sizes[0], count = axes[0].out * axes[1].out * axes[2].out;
  const int64_t plane = axes[0].in * axes[1].in * axes[2].in;
  ParallelFor(planes, kGrain / (plane + count * WindowSize(axes) + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      T* out = in.operands[0].as<T>() + p * plane;
      std::fill_n(out, plane, T{0});
      SpreadPlane(axes, in.operands[1].as<T>() + p * count, out);
    }
  });
  return Status::kOk;
}

template <class... Ts>
void SetPool(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::max_pool, kDTypeOf<Ts>, Pool<Largest, Ts>), ...);
  (table.SetKernel(Opcode::max_pool_backward, kDTypeOf<Ts>, MaxPoolBackward<Ts>), ...);
  (table.SetKernel(Opcode::avg_pool, kDTypeOf<Ts>, Pool<Mean, Ts>), ...);
  (table.SetKernel(Opcode::avg_pool_backward, kDTypeOf<Ts>, AvgPoolBackward<Ts>), ...);
}

void Fill(Table& table) {
  SetPool(table, Floating());
  table.SetKernel(Opcode::avg_pool, DType::kInt64, Pool<Mean, int64_t>);
}

}  // namespace HWY_NAMESPACE
}  // namespace pool
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace pool {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace pool

void FillPool(Table& table) { pool::FillBest(table); }
}  // namespace sconce
#endif
