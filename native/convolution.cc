#include "convolution.h"

#include <algorithm>

#include "hwy/cache_control.h"
#include "pooling.h"

namespace sconce {

bool Convolution::Read(const Instruction& in) {
  if (in.dims != 10 || in.num_scalars < 12) return false;
  batch = in.sizes[0], groups = in.sizes[1], outs = in.sizes[2], ins = in.sizes[3];
  for (int d = 0; d < 3; ++d) {
    response[d] = in.sizes[4 + d], kernel[d] = in.sizes[7 + d];
    image[d] = in.integer(4 * d), stride[d] = in.integer(4 * d + 1);
    padding[d] = in.integer(4 * d + 2), dilation[d] = in.integer(4 * d + 3);
  }
  return true;
}

bool Convolution::IsPointwise() const {
  for (int d = 0; d < 3; ++d) {
    if (kernel[d] != 1 || padding[d] != 0 || response[d] != image[d] || (stride[d] != 1 && image[d] > 1)) return false;
  }
  return true;
}

void ResponseSums(const Convolution& conv, Sums sums[3]) {
  for (int d = 0; d < 3; ++d) {
    sums[d] = {conv.image[d], conv.response[d], conv.stride[d], 0, 1, conv.response[d], {}};
    for (int64_t k = 0; k < conv.kernel[d]; ++k) {
      sums[d].taps.push_back({k * conv.dilation[d] - conv.padding[d], k});
    }
  }
}

void ImageSums(const Convolution& conv, const int64_t phase[3], Sums sums[3]) {
  for (int d = 0; d < 3; ++d) {
    const int64_t stride = conv.stride[d], count = (conv.image[d] - phase[d] + stride - 1) / stride;
    sums[d] = {conv.response[d], std::max<int64_t>(count, 0), 1, phase[d], stride, conv.image[d], {}};
    for (int64_t k = 0; k < conv.kernel[d]; ++k) {
      const int64_t from = phase[d] + conv.padding[d] - k * conv.dilation[d];
      if (from % stride == 0) sums[d].taps.push_back({from / stride, k});
    }
  }
}

Layout::Layout(const Sums sums[3], int64_t channels, int64_t elements, int64_t depth, int64_t max_block) {
  for (int d = 0; d < 3; ++d) {
    const Sums& along = sums_[d] = sums[d];
    int64_t low = 0, high = 0;
    if (!along.taps.empty()) low = high = along.taps[0].offset;
    for (const Tap& tap : along.taps) low = std::min(low, tap.offset), high = std::max(high, tap.offset);
    low_[d] = low;
    shifts_[d] = (high - low) / along.step;
    for (const Tap& tap : along.taps) {
      const int64_t phase = (tap.offset - low) % along.step;
      if (std::find(phases_[d].begin(), phases_[d].end(), phase) == phases_[d].end()) phases_[d].push_back(phase);
    }
  }
  products_ = static_cast<int64_t>(sums_[0].taps.size() * sums_[1].taps.size() * sums_[2].taps.size());
  channels_ = products_ == 0 ? 0 : channels;
  const int64_t together = std::max<int64_t>(1, depth / std::max<int64_t>(1, products_));
  chunks_ = std::max<int64_t>(1, (channels_ + together - 1) / together);
  chunk_channels_ = (channels_ + chunks_ - 1) / chunks_;
  ChooseBlocks(elements, max_block);
  if (fits_) FillOffsets();
}

void Layout::ChooseBlocks(int64_t elements, int64_t max_block) {
  const int64_t rows = sums_[1].count, columns = sums_[2].count;
  const int64_t slots = std::max<int64_t>(1, phases_[1].size() * phases_[2].size());
  const int64_t planes = chunk_channels_ * static_cast<int64_t>(sums_[0].taps.size());
  const int64_t room = std::max<int64_t>(64, elements / (std::max<int64_t>(1, planes) * slots));
  const int64_t sums = std::min(room, max_block);
  const auto divided = [](int64_t size, int64_t largest, int64_t* blocks) {
    *blocks = std::max<int64_t>(1, (size + largest - 1) / largest);
    return (size + *blocks - 1) / *blocks;
  };
  block_columns_ = divided(columns, std::max<int64_t>(sums, 64), &column_blocks_);
  block_rows_ = divided(rows, std::max<int64_t>(1, sums / std::max<int64_t>(1, block_columns_)), &row_blocks_);
  pitch_ = block_columns_ + shifts_[2];
  const double size = static_cast<double>(planes * slots) * (block_rows_ + shifts_[1]) * pitch_;
  fits_ = size < 1e12;
  if (!fits_) return;
  // An odd number of cache lines, so that planes do not compete for the same lines of the cache.
  plane_size_ = ((slots * (block_rows_ + shifts_[1]) * pitch_ + 15) / 16 | 1) * 16;
  copy_size_ = planes * plane_size_;
}

void Layout::FillOffsets() {
  const int64_t depths = sums_[0].taps.size();
  const auto slot = [&](int d, int64_t phase) {
    return std::find(phases_[d].begin(), phases_[d].end(), phase) - phases_[d].begin();
  };
  for (int64_t plane = 0; plane < chunk_channels_ * depths; ++plane) {
    for (const Tap& y : sums_[1].taps) {
      for (const Tap& x : sums_[2].taps) {
        const int64_t row = y.offset - low_[1], column = x.offset - low_[2];
        const int64_t part = slot(1, row % sums_[1].step) * phases_[2].size() + slot(2, column % sums_[2].step);
        const int64_t at = (part * (block_rows_ + shifts_[1]) + row / sums_[1].step) * pitch_ + column / sums_[2].step;
        offsets_.push_back(plane * plane_size_ + at);
      }
    }
  }
}

Block Layout::BlockAt(int64_t index, int64_t groups) const {
  Block block;
  block.column = index % column_blocks_ * block_columns_;
  index /= column_blocks_;
  block.row = index % row_blocks_ * block_rows_;
  index /= row_blocks_;
  block.depth = index % sums_[0].count;
  index /= sums_[0].count;
  block.group = index % groups;
  block.batch = index / groups;
  block.rows = std::max<int64_t>(0, std::min(block_rows_, sums_[1].count - block.row));
  block.columns = std::max<int64_t>(0, std::min(block_columns_, sums_[2].count - block.column));
  return block;
}

// Brings n elements near: the same row of the plane that is copied next, which the processor does not foresee.
template <class T>
void Fetch(const T* from, int64_t n) {
  constexpr int64_t line = 64 / sizeof(T);
  for (int64_t i = 0; i < n; i += line) hwy::Prefetch(from + i);
}

// to[i] = from[i * step] for begin <= i < end.
template <class T>
void CopyEvery(int64_t step, const T* from, int64_t begin, int64_t end, T* to) {
  if (step == 1) {
    std::copy(from + begin, from + end, to + begin);
  } else if (step == 2) {  // apart, so that compilers vectorise it
    for (int64_t i = begin; i < end; ++i) to[i] = from[i * 2];
  } else {
    for (int64_t i = begin; i < end; ++i) to[i] = from[i * step];
  }
}

// One plane of the copy: phase by phase, row by row, zeros where the source has nothing.
template <class T>
void Layout::CopyPlane(const T* plane, const Block& block, T* to) const {
  const Sums &along_rows = sums_[1], &along = sums_[2];
  const int64_t plane_elements = along_rows.source * along.source;
  for (const int64_t row_phase : phases_[1]) {
    for (const int64_t phase : phases_[2]) {
      const int64_t first = block.column * along.step + low_[2] + phase;
      const int64_t begin = std::min(pitch_, std::max<int64_t>(0, CeilDiv(-first, along.step)));
      const int64_t end = std::max(begin, std::min(pitch_, CeilDiv(along.source - first, along.step)));
      for (int64_t r = 0; r < block_rows_ + shifts_[1]; ++r, to += pitch_) {
        const int64_t y = (block.row + r) * along_rows.step + low_[1] + row_phase;
        if (!plane || y < 0 || y >= along_rows.source) {
          std::fill_n(to, pitch_, T{0});
          continue;
        }
        const T* from = plane + y * along.source + first;
        std::fill_n(to, begin, T{0});
        if (phase == phases_[2][0]) Fetch(from + plane_elements, (end - begin) * along.step);
        CopyEvery(along.step, from, begin, end, to);
        std::fill(to + end, to + pitch_, T{0});
      }
    }
  }
}

template <class T>
void Layout::Copy(const T* source, const Block& block, int64_t chunk, T* to) const {
  const int64_t depths = sums_[0].taps.size(), plane_size = sums_[1].source * sums_[2].source;
  for (int64_t p = FirstChannel(chunk) * depths; p < FirstChannel(chunk + 1) * depths; ++p) {
    const int64_t z = block.depth * sums_[0].step + sums_[0].taps[p % depths].offset;
    const bool inside = z >= 0 && z < sums_[0].source;
    CopyPlane(inside ? source + (p / depths * sums_[0].source + z) * plane_size : nullptr, block, to);
    to += plane_size_;
  }
}

void Groups::Divide(const Layout& layout, const Block& block, int64_t lanes) {
  if (block.rows == rows_ && block.columns == columns_) return;
  rows_ = block.rows, columns_ = block.columns;
  groups_.clear();
  const Sums* sums = layout.sums();
  const int64_t pitch = layout.pitch(), line = sums[2].positions * sums[1].apart, apart = sums[2].apart;
  const int64_t all = (rows_ - 1) * pitch + columns_;
  const bool across = 10 * ((all + lanes - 1) / lanes) < 9 * rows_ * ((columns_ + lanes - 1) / lanes);
  const int64_t lines = across ? 1 : rows_, length = across ? all : columns_;
  // The last vector of a row overlaps the one before it, unless sums are added to what is there.
  const int64_t last = layout.chunks() == 1 && !across && length >= lanes ? length - lanes : length;
  for (int64_t y = 0; y < lines; ++y) {
    for (int64_t next = 0; next < length; next += lanes) {
      const int64_t x = std::min(next, last), count = std::min(lanes, length - x);
      const bool in_line = count == lanes && x % pitch + lanes <= columns_;
      groups_.push_back(
          {y * pitch + x, (y + x / pitch) * line + x % pitch * apart, count, in_line, in_line && apart == 1});
    }
  }
}

template void Layout::Copy(const float*, const Block&, int64_t, float*) const;
template void Layout::Copy(const double*, const Block&, int64_t, double*) const;

}  // namespace sconce
