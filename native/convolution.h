// What forward and backward passes of convolutions share: which elements of the source every sum reads, and the copy in
// which they lie so that vectors of neighbouring outputs read vectors of neighbouring elements.
//
// A convolution relates three arrays: an image, a kernel and a response,
//   response[n, g·M + m, y] = Σ_{c, k} image[n, g·C + c, y·stride - padding + k·dilation] · kernel[g·M + m, c, k]
// with up to three dimensions y and k. Each of the three is computed from the other two: the response (forward), the
// image (the gradient of the input; the forward pass of a transposed convolution) and the kernel (the gradient of the
// weight).
#pragma once

#include <vector>

#include "instruction.h"

namespace sconce {

// Read from an instruction of sizes batch, groups, M, C, the response's three and the kernel's three; scalars are, for
// each dimension, the image's size, stride, padding and dilation. Operands are row-major.
struct Convolution {
  int64_t batch, groups, outs, ins;  // outs, ins: channels of a group
  int64_t response[3], kernel[3];
  int64_t image[3], stride[3], padding[3], dilation[3];

  bool Read(const Instruction&);
  int64_t Taps() const { return kernel[0] * kernel[1] * kernel[2]; }
  // Whether one tap meets every element of the image, each the response's of the same place.
  bool IsPointwise() const;
};

// One kernel position of a sum along one dimension.
struct Tap {
  int64_t offset;  // sum number i reads element i * step + offset of the source
  int64_t kernel;
};

// The sums along one dimension: number i goes to position i * apart + base.
struct Sums {
  int64_t source;  // size of the source
  int64_t count;
  int64_t step;
  int64_t base, apart;
  int64_t positions;  // size of the destination
  std::vector<Tap> taps;
};

// All sums of the response.
void ResponseSums(const Convolution&, Sums sums[3]);
// Those sums of the image that lie at `phase` modulo the stride, which use the same taps.
void ImageSums(const Convolution&, const int64_t phase[3], Sums sums[3]);

// A rectangle of the sums, of one element of the batch, one group and one position of the outermost dimension.
struct Block {
  int64_t batch, group, depth;
  int64_t row, rows, column, columns;
};

// How sums are computed block by block, and the elements that a block reads are laid out: plane (channel, outermost
// tap) by plane; in it, the elements that are read together, those that are equal modulo the step, side by side:
//
//   step 2:   source row  a b c d e f    copied as  a c e … | b d f …    so that a tap is one offset for all sums
class Layout {
 public:
  // `elements`: how many a block's copy may have; `depth`: how many products of a sum are added in one go.
  Layout(const Sums sums[3], int64_t channels, int64_t elements, int64_t depth, int64_t max_block);

  const Sums* sums() const { return sums_; }
  int64_t chunks() const { return chunks_; }
  // The products of a sum in a chunk, which has whole channels.
  int64_t ChunkBegin(int64_t chunk) const { return FirstChannel(chunk) * products_; }
  int64_t ChunkProducts(int64_t chunk) const { return ChunkBegin(chunk + 1) - ChunkBegin(chunk); }
  int64_t products() const { return channels_ * products_; }
  // From row to row of sums.
  int64_t pitch() const { return pitch_; }
  // Of each product in a chunk, where it reads for the block's first sum, in the copy.
  const int64_t* offsets() const { return offsets_.data(); }
  // Whether a copy's size is one that memory can have.
  bool fits() const { return fits_; }
  // Elements of room for a copy, and beyond it for vectors that overrun the last row.
  int64_t CopySize() const { return copy_size_ + kOverrun; }
  // The sums of a block, at most.
  int64_t MaxBlock() const { return block_rows_ * block_columns_; }
  int64_t BlocksOfPlane() const { return row_blocks_ * column_blocks_; }
  Block BlockAt(int64_t index, int64_t groups) const;

  // Lays out in `to` what a block reads of a chunk; `source` has the planes of the block's group.
  template <class T>
  void Copy(const T* source, const Block&, int64_t chunk, T* to) const;

  static constexpr int64_t kOverrun = 64;

 private:
  void ChooseBlocks(int64_t elements, int64_t max_block);
  void FillOffsets();
  template <class T>
  void CopyPlane(const T* plane, const Block&, T* to) const;

  int64_t FirstChannel(int64_t chunk) const { return channels_ * chunk / chunks_; }

  Sums sums_[3];
  int64_t channels_, chunks_, chunk_channels_;
  int64_t products_;  // of a channel
  bool fits_ = true;
  int64_t low_[3], shifts_[3];      // the smallest offset; the largest beyond it, counted in steps
  std::vector<int64_t> phases_[3];  // offsets modulo the step that occur
  int64_t block_rows_, block_columns_, row_blocks_, column_blocks_;
  int64_t pitch_, plane_size_, copy_size_;  // of a copy
  std::vector<int64_t> offsets_;
};

// Neighbouring sums of a block, as many as a vector has lanes or fewer.
struct Group {
  int64_t from;   // of the first, in the laid out source
  int64_t to;     // and in the result
  int64_t count;  // wanted
  bool line;      // all lanes are, and they lie in one row
  bool whole;     // and are neighbours in the result
};

// The sums of a block, vector by vector: row by row or, where that takes fewer vectors, across the ends of rows.
class Groups {
 public:
  void Divide(const Layout&, const Block&, int64_t lanes);
  int64_t size() const { return static_cast<int64_t>(groups_.size()); }
  const Group* at(int64_t i) const { return &groups_[i]; }

 private:
  std::vector<Group> groups_;
  int64_t rows_ = -1, columns_ = -1;
};

}  // namespace sconce
