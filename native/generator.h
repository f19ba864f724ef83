// The random numbers of PyTorch's CPU generator: MT19937, and how its 32-bit words become other numbers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sconce {

// Operand `state` of the random opcodes: 632 int64 elements, byte for byte what PyTorch's get_state() returns, so that
// a state saved by either library continues in the other.
struct Generator {
  static constexpr int kWords = 624;

  uint64_t initial_seed;
  int32_t left;  // words until the next twist, and one; next + left == 625 once twisted
  int32_t seeded;
  uint64_t next;           // the word to give out
  uint64_t words[kWords];  // 32 bits each
  double normal_x;
  double normal_y;  // the second normal number of a pair, if normal_is_valid
  double normal_rho;
  int32_t normal_is_valid;
  float next_float_normal;  // this and the other fields that nothing here reads are PyTorch's own
  int32_t next_float_normal_is_valid;
  int32_t padding;

  void Seed(uint64_t seed);
  // Whether the fields are ones that drawing can begin from.
  bool Valid() const { return left >= 1 && next <= kWords && left <= kWords + 1 - static_cast<int64_t>(next); }

  uint32_t Draw32() {
    if (--left == 0) Twist();
    uint32_t y = static_cast<uint32_t>(words[next++]);
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
  }
  uint64_t Draw64() {
    const uint64_t high = Draw32();
    return high << 32 | Draw32();
  }

  // In [0, 1), with all the bits that T can hold.
  template <class T>
  T Uniform() {
    if constexpr (sizeof(T) == 4) return static_cast<T>(Draw32() & 0xffffff) * T(0x1p-24);
    else return static_cast<T>(Draw64() & 0x1fffffffffffff) * T(0x1p-53);
  }
  // Standard normal, by Box and Muller, two at a time.
  double Normal();

 private:
  void Twist();
};
static_assert(sizeof(Generator) == 5056 && offsetof(Generator, normal_x) == 5016, "PyTorch's layout");

}  // namespace sconce
