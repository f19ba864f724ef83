// Order along one dimension: sorting, the first k of the order, one place of it, the most frequent value.
//
// Elements become entries of a key and a position. Keys are unsigned integers that ascend as the elements do, equal for
// equal elements (0 and -0, all NaN), and NaN is the largest. As no two entries are equal, whatever algorithm orders
// them, equal elements keep their order.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "loops.h"
#include "scratch.h"
#include "threads.h"

namespace sconce {
namespace {

template <class T>
using Key = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

template <class T>
Key<T> KeyOf(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    constexpr int kSign = sizeof(T) * 8 - 1;
    const T canonical = x == 0 ? 0 : x;
    Key<T> bits;
    std::memcpy(&bits, &canonical, sizeof bits);
    const Key<T> flip = (Key<T>{0} - (bits >> kSign)) | Key<T>{1} << kSign;
    return x != x ? std::numeric_limits<Key<T>>::max() : bits ^ flip;
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<Key<T>>(x) ^ Key<T>{1} << (sizeof(Key<T>) * 8 - 1);
  } else {
    return x;
  }
}

// A key of 32 bits above a position below 2^32, in one number.
struct Narrow {
  uint64_t bits;
  static Narrow Of(uint64_t key, uint64_t position) { return {key << 32 | position}; }
  uint32_t key() const { return static_cast<uint32_t>(bits >> 32); }
  int64_t position() const { return static_cast<uint32_t>(bits); }
  bool operator<(Narrow other) const { return bits < other.bits; }
};
struct Wide {
  uint64_t bits;
  int64_t place;
  static Wide Of(uint64_t key, uint64_t position) { return {key, static_cast<int64_t>(position)}; }
  uint64_t key() const { return bits; }
  int64_t position() const { return place; }
  bool operator<(Wide other) const { return bits != other.bits ? bits < other.bits : place < other.place; }
};

// A row of the input; the keys of a descending order are inverted.
template <class T>
struct Source {
  const T* data;
  int64_t stride;
  int64_t size;
  Key<T> invert;
  T at(int64_t i) const { return data[i * stride]; }
  Key<T> key(int64_t i) const { return KeyOf(at(i)) ^ invert; }
};

template <class E, class T>
void Fill(const Source<T>& row, E* entries) {
  for (int64_t i = 0; i < row.size; ++i) entries[i] = E::Of(row.key(i), static_cast<uint64_t>(i));
}

constexpr int64_t kBlock = 16;    // entries, of which each is best compared with all others
constexpr int64_t kShort = 1024;  // entries, below which merging is faster than counting digits

// A few entries by the number of those before each; without a branch that depends on them.
template <class E>
void RankSort(const E* from, E* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    int64_t rank = 0;
    for (int64_t j = 0; j < n; ++j) rank += from[j] < from[i];
    to[rank] = from[i];
  }
}

template <class E>
void Merge(const E* a, const E* a_end, const E* b, const E* b_end, E* to) {
  while (a < a_end && b < b_end) {
    // By an index, not by a branch, which would be a guess.
    const E* const heads[] = {a, b};
    const int64_t second = *b < *a;
    *to++ = *heads[second];
    a += 1 - second;
    b += second;
  }
  to = std::copy(a, a_end, to);
  std::copy(b, b_end, to);
}

// Returns the one of both arrays that holds the result.
template <class E>
E* MergeSort(E* from, E* to, int64_t n) {
  for (int64_t i = 0; i < n; i += kBlock) RankSort(from + i, to + i, std::min(kBlock, n - i));
  for (int64_t width = kBlock; width < n; width *= 2) {
    std::swap(from, to);
    for (int64_t i = 0; i < n; i += 2 * width) {
      const E *middle = from + std::min(n, i + width), *end = from + std::min(n, i + 2 * width);
      Merge(from + i, middle, middle, end, to + i);
    }
  }
  return to;
}

constexpr int kDigitBits = 8;
constexpr int kDigits = 1 << kDigitBits;

template <class E>
int DigitOf(E entry, int pass) {
  return static_cast<int>(entry.key() >> (pass * kDigitBits)) & (kDigits - 1);
}

// Least significant digit first; a digit that all entries share costs nothing. Returns the one of both arrays that
// holds the result. Entries must come in the order of their positions.
template <class E>
E* RadixSort(E* from, E* to, int64_t n) {
  constexpr int kPasses = sizeof(from->key()) * 8 / kDigitBits;
  int64_t counts[kPasses][kDigits] = {};
  for (int64_t i = 0; i < n; ++i) {
    for (int pass = 0; pass < kPasses; ++pass) ++counts[pass][DigitOf(from[i], pass)];
  }
  for (int pass = 0; pass < kPasses; ++pass) {
    int64_t* starts = counts[pass];
    if (starts[DigitOf(from[0], pass)] == n) continue;
    for (int64_t digit = 0, start = 0; digit < kDigits; ++digit) start += std::exchange(starts[digit], start);
    for (int64_t i = 0; i < n; ++i) to[starts[DigitOf(from[i], pass)]++] = from[i];
    std::swap(from, to);
  }
  return from;
}

// All entries of a row in order; `room` is for twice as many.
template <class E, class T>
E* Sorted(const Source<T>& row, E* room) {
  Fill(row, room);
  return (row.size > kShort ? RadixSort<E> : MergeSort<E>)(room, room + row.size, row.size);
}

// The first k entries in order: candidates below the highest that may still be among them gather in `room`, which is
// for Candidates(k) of them, and are thinned out when it is full.
constexpr int64_t Candidates(int64_t k) { return 2 * k + 64; }
constexpr int64_t kStride = 32;  // elements that are looked at together

template <class E, class T>
E* First(const Source<T>& row, int64_t k, E* room) {
  int64_t count = 0;
  Key<T> limit = std::numeric_limits<Key<T>>::max();
  for (int64_t i = 0; i < row.size; i += kStride) {
    const int64_t n = std::min(kStride, row.size - i);
    Key<T> keys[kStride];
    bool any = false;
    for (int64_t j = 0; j < n; ++j) keys[j] = row.key(i + j);
    for (int64_t j = 0; j < n; ++j) any |= keys[j] <= limit;
    if (!any) continue;
    // Written in any case, counted if wanted: a branch would be a guess for each element.
    for (int64_t j = 0; j < n; ++j) {
      room[count] = E::Of(keys[j], static_cast<uint64_t>(i + j));
      count += keys[j] <= limit;
    }
    if (count + kStride < Candidates(k)) continue;
    std::nth_element(room, room + (k - 1), room + count);
    limit = room[k - 1].key();
    count = k;
  }
  if (count > k) std::nth_element(room, room + (k - 1), room + count);
  std::sort(room, room + k);
  return room;
}

// The entry at place k of the order; `room` is for the whole row.
template <class E, class T>
E AtPlace(const Source<T>& row, int64_t k, E* room) {
  constexpr int64_t kBuckets = 2048, kLong = 1024;
  if (row.size < kLong) {
    Fill(row, room);
    std::nth_element(room, room + k, room + row.size);
    return room[k];
  }
  // Only the elements whose keys begin as that of the wanted one need be looked at.
  constexpr int kShift = sizeof(Key<T>) * 8 - 11;
  int64_t counts[kBuckets] = {};
  for (int64_t i = 0; i < row.size; ++i) ++counts[row.key(i) >> kShift];
  Key<T> bucket = 0;
  for (; counts[bucket] <= k; ++bucket) k -= counts[bucket];
  int64_t count = 0;
  for (int64_t i = 0; i < row.size; ++i) {
    const Key<T> key = row.key(i);
    if (key >> kShift == bucket) room[count++] = E::Of(key, static_cast<uint64_t>(i));
  }
  std::nth_element(room, room + k, room + count);
  return room[k];
}

template <class T>
int64_t CountNaN(const Source<T>& row, int64_t* first) {
  int64_t count = 0;
  if constexpr (std::is_floating_point_v<T>) {
    for (int64_t i = row.size - 1; i >= 0; --i) {
      if (row.at(i) != row.at(i)) *first = i, ++count;
    }
  }
  return count;
}

// Where a row's results go.
template <class T>
struct Results {
  T* values;
  int64_t value_stride;
  int64_t* indices;
  int64_t index_stride;
  void Put(int64_t i, T value, int64_t position) const {
    values[i * value_stride] = value;
    indices[i * index_stride] = position;
  }
};

struct SortRow {
  template <class E>
  static int64_t Room(int64_t n, int64_t) {
    return 2 * n * static_cast<int64_t>(sizeof(E));
  }
  template <class E, class T>
  static void Run(const Source<T>& row, int64_t, const Results<T>& out, E* room) {
    const E* sorted = Sorted(row, room);
    for (int64_t i = 0; i < row.size; ++i) out.Put(i, row.at(sorted[i].position()), sorted[i].position());
  }
};

struct FirstRow {
  template <class E>
  static int64_t Room(int64_t n, int64_t k) {
    return std::max(2 * n, Candidates(k)) * static_cast<int64_t>(sizeof(E));
  }
  template <class E, class T>
  static void Run(const Source<T>& row, int64_t k, const Results<T>& out, E* room) {
    const E* first = k > row.size / 4 ? Sorted(row, room) : First(row, k, room);
    for (int64_t i = 0; i < k; ++i) out.Put(i, row.at(first[i].position()), first[i].position());
  }
};

// k counts from 0; -1 is the median, or NaN if there is one; -2 the median of the others.
struct PlaceRow {
  template <class E>
  static int64_t Room(int64_t n, int64_t) {
    return n * static_cast<int64_t>(sizeof(E));
  }
  template <class E, class T>
  static void Run(const Source<T>& row, int64_t k, const Results<T>& out, E* room) {
    int64_t position = 0;
    const int64_t missing = k < 0 ? CountNaN(row, &position) : 0;
    if (k == -1 && missing > 0) return out.Put(0, row.at(position), position);
    const int64_t place = k >= 0 ? k : std::max<int64_t>(0, (row.size - missing - 1) / 2);
    position = AtPlace(row, place, room).position();
    out.Put(0, row.at(position), position);
  }
};

// The smallest of the most frequent, and the last of its equals.
struct ModeRow {
  template <class E>
  static int64_t Room(int64_t n, int64_t k) {
    return SortRow::Room<E>(n, k);
  }
  template <class E, class T>
  static void Run(const Source<T>& row, int64_t, const Results<T>& out, E* room) {
    const E* sorted = Sorted(row, room);
    int64_t most = 0, position = 0;
    for (int64_t i = 0, length = 1; i < row.size; ++i, ++length) {
      if (i + 1 < row.size && sorted[i].key() == sorted[i + 1].key()) continue;
      if (length > most) most = length, position = sorted[i].position();
      length = 0;
    }
    out.Put(0, row.at(position), position);
  }
};

void MoveLast(Instruction& in, int from) {
  std::rotate(in.sizes + from, in.sizes + from + 1, in.sizes + in.dims);
  for (int k = 0; k < in.num_operands; ++k) {
    int64_t* strides = in.operands[k].strides;
    std::rotate(strides + from, strides + from + 1, strides + in.dims);
  }
}

template <class Op, class T, class E>
Status Rows(const Instruction& in, int64_t k, bool descending) {
  const int kept = in.dims - 1;
  const int64_t n = in.sizes[kept], room = Op::template Room<E>(n, k);
  const Operand &values = in.operands[0], &indices = in.operands[1], &input = in.operands[2];
  std::atomic<bool> starved{false};
  ParallelFor(in.NumElements() / n, kDearGrain / n + 1, [&](int64_t begin, int64_t end) {
    E* entries = reinterpret_cast<E*>(Scratch(static_cast<size_t>(room)));
    if (entries == nullptr) {
      starved = true;
      return;
    }
    for (int64_t i = begin; i < end; ++i) {
      const Source<T> row{input.as<T>() + OffsetAt(in, 2, 0, kept, i), input.strides[kept], n,
                          descending ? std::numeric_limits<Key<T>>::max() : Key<T>{0}};
      const Results<T> out{values.as<T>() + OffsetAt(in, 0, 0, kept, i), values.strides[kept],
                           indices.as<int64_t>() + OffsetAt(in, 1, 0, kept, i), indices.strides[kept]};
      Op::template Run<E>(row, k, out, entries);
    }
  });
  return starved ? Status::kOutOfMemory : Status::kOk;
}

// Scalars: the dimension, k, and whether the order descends.
template <class Op, class T>
Status Along(Instruction& in) {
  if (in.num_scalars != 3 || in.operands[0].dtype != in.operands[2].dtype || in.operands[1].dtype != DType::kInt64) {
    return Status::kBadInstruction;
  }
  const int64_t dim = in.integer(0), k = in.integer(1);
  if (dim < 0 || dim >= in.dims || k < -2 || k > in.sizes[dim]) return Status::kBadInstruction;
  if (in.NumElements() == 0) return Status::kOk;
  MoveLast(in, static_cast<int>(dim));
  Coalesce(in, 0, in.dims - 1, Order::kKept);
  const bool descending = in.scalars[2] != 0;
  if constexpr (sizeof(T) < 8) {
    if (in.sizes[in.dims - 1] <= std::numeric_limits<uint32_t>::max()) return Rows<Op, T, Narrow>(in, k, descending);
  }
  return Rows<Op, T, Wide>(in, k, descending);
}

template <class Op, class... Ts>
void Set(Table& table, Opcode op, Types<Ts...>) {
  (table.SetKernel(op, kDTypeOf<Ts>, Along<Op, Ts>), ...);
}

}  // namespace

void FillSort(Table& table) {
  Set<SortRow>(table, Opcode::sort, All());
  Set<FirstRow>(table, Opcode::topk, All());
  Set<PlaceRow>(table, Opcode::kthvalue, All());
  Set<ModeRow>(table, Opcode::mode, All());
}

}  // namespace sconce
