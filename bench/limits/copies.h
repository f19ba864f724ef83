// How fast memory can be copied, by the amount that a loop touches.
#pragma once
#include <cstdlib>
#include <cstring>
#include <memory>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "peak.h"

namespace limits {

typedef float CopyVector __attribute__((vector_size(kVectorBytes)));

// A store that goes past the caches, which need not fetch the line first: better where the copy fits no cache.
inline void Stream(CopyVector* to, CopyVector value) {
#if defined(__AVX512F__)
  _mm512_stream_ps(reinterpret_cast<float*>(to), value);
#elif defined(__AVX__)
  _mm256_stream_ps(reinterpret_cast<float*>(to), value);
#elif defined(__x86_64__)
  _mm_stream_ps(reinterpret_cast<float*>(to), value);
#else
  *to = value;
#endif
}

// Not memcpy: some versions of it are many times slower than these loops on some processors.
template <bool kStreaming>
void Copy(const CopyVector* from, CopyVector* to, size_t vectors) {
  constexpr size_t kUnrolled = 8;
  for (size_t i = 0; i + kUnrolled <= vectors; i += kUnrolled) {
    CopyVector values[kUnrolled];
    for (size_t k = 0; k < kUnrolled; k++) values[k] = from[i + k];
    for (size_t k = 0; k < kUnrolled; k++) {
      if constexpr (kStreaming) {
        Stream(to + i + k, values[k]);
      } else {
        to[i + k] = values[k];
      }
    }
    // Keeps the compiler from seeing a memcpy in the loop.
    asm volatile("" : : : "memory");
  }
#if defined(__x86_64__)
  if constexpr (kStreaming) _mm_sfence();
#endif
}

// Copies that move `bytes` in all, half of them read and half written; each thread has its share of them.
class Copies {
 public:
  Copies(size_t bytes, int threads) : bytes_(bytes), threads_(threads) {
    constexpr size_t kStep = 8 * kVectorBytes;
    vectors_ = (bytes / 2 / threads + kStep - 1) / kStep * kStep / kVectorBytes;
    for (int thread = 0; thread < 2 * threads; thread++) {
      memory_.push_back(std::unique_ptr<void, decltype(&std::free)>(
          std::aligned_alloc(64, (vectors_ * kVectorBytes + 63) / 64 * 64), &std::free));
      std::memset(memory_.back().get(), 1, vectors_ * kVectorBytes);
    }
    const long count = 1 + (16L << 20) / long(bytes);
    Time<false>(count);
    streaming_ = Time<true>(count) < Time<false>(count);
  }

  // Seconds for `count` copies.
  double Time(long count) const { return streaming_ ? Time<true>(count) : Time<false>(count); }

  // Bytes read and written per second, the best of several tries.
  double Rate() const {
    const long count = 1 + (64L << 20) / long(bytes_);
    double best = 0;
    for (int attempt = 0; attempt < 10; attempt++) {
      const double rate = double(bytes_) * count / Time(count);
      if (rate > best) best = rate;
    }
    return best;
  }

 private:
  template <bool kStreaming>
  double Time(long count) const {
    const double start = Now();
    OnThreads(threads_, [&](int thread) {
      const auto* from = static_cast<const CopyVector*>(memory_[2 * thread].get());
      auto* to = static_cast<CopyVector*>(memory_[2 * thread + 1].get());
      for (long i = 0; i < count; i++) Copy<kStreaming>(from, to, vectors_);
    });
    return Now() - start;
  }

  size_t bytes_, vectors_;
  int threads_;
  std::vector<std::unique_ptr<void, decltype(&std::free)>> memory_;
  bool streaming_ = false;
};

}  // namespace limits
