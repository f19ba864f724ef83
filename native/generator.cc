#include "generator.h"

#include <cmath>
#include <cstring>

namespace sconce {

void Generator::Seed(uint64_t seed) {
  std::memset(this, 0, sizeof(*this));
  initial_seed = seed;
  left = 1;
  seeded = 1;
  words[0] = seed & 0xffffffff;
  for (uint64_t j = 1; j < kWords; ++j) {
    words[j] = (1812433253 * (words[j - 1] ^ (words[j - 1] >> 30)) + j) & 0xffffffff;
  }
}

void Generator::Twist() {
  constexpr int kShift = 397;
  const auto twist = [this](int j, int next_word, int shifted) {
    const uint64_t joined = (words[j] & 0x80000000) | (words[next_word] & 0x7fffffff);
    words[j] = words[shifted] ^ joined >> 1 ^ (words[next_word] & 1) * 0x9908b0df;
  };
  for (int j = 0; j < kWords - kShift; ++j) twist(j, j + 1, j + kShift);
  for (int j = kWords - kShift; j < kWords - 1; ++j) twist(j, j + 1, j + kShift - kWords);
  twist(kWords - 1, 0, kShift - 1);
  left = kWords;
  next = 0;
}

double Generator::Normal() {
  if (normal_is_valid) {
    normal_is_valid = 0;
    return normal_y;
  }
  constexpr double kTwoPi = 6.283185307179586;
  const double u1 = Uniform<double>();
  const double u2 = Uniform<double>();
  const double radius = std::sqrt(-2.0 * std::log(1.0 - u2));
  const double angle = kTwoPi * u1;
  normal_y = radius * std::sin(angle);
  normal_is_valid = 1;
  return radius * std::cos(angle);
}

}  // namespace sconce
