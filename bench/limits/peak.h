// How many fused multiply-adds the processor finishes at best.
#pragma once
#include <chrono>

#include "threads.h"

namespace limits {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

inline double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Two units with a latency of four or five cycles each need ten chains to stay busy; twelve fit into 16 registers.
constexpr int kChains = 12;

// The sum is returned so that no compiler leaves the work out. Chains begin apart: of those that begin alike, compilers
// compute one.
template <class T>
T MultiplyAdd(long steps) {
  typedef T Vector __attribute__((vector_size(kVectorBytes)));
  Vector sums[kChains];
  for (int chain = 0; chain < kChains; chain++) sums[chain] = Vector{} + T(chain);
  const Vector factor = Vector{} + T(0.999), term = Vector{} + T(1e-3);
  for (long step = 0; step < steps; step++) {
#pragma GCC unroll 12
    for (int chain = 0; chain < kChains; chain++) sums[chain] = sums[chain] * factor + term;
  }
  T total = 0;
  for (const Vector& sum : sums) total += sum[0];
  return total;
}

// Operations per second, the best of several tries: the peak is what nothing disturbed.
template <class T>
double PeakRate(int threads) {
  constexpr long kSteps = 2'000'000;
  const double operations = 2.0 * kSteps * kChains * (kVectorBytes / sizeof(T)) * threads;
  double best = 0;
  for (int attempt = 0; attempt < 40; attempt++) {
    std::vector<T> results(threads);
    const double start = Now();
    OnThreads(threads, [&](int thread) { results[thread] = MultiplyAdd<T>(kSteps); });
    const double rate = operations / (Now() - start);
    if (results[0] == results[0] && rate > best) best = rate;
  }
  return best;
}

}  // namespace limits
