// What the machine can do: serves the benchmark as one contestant among others. The first line of the output tells peak
// rates; then each line "COUNT copy BYTES" or "COUNT product …" of the input is answered by the seconds it took.
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "caches.h"
#include "copies.h"
#include "products.h"

namespace {

using limits::CacheBytes;
using limits::Copies;
using limits::PeakRate;

void PrintCopyRate(const char* level, size_t bytes, int threads) {
  std::printf("{\"level\":\"%s\",\"bytes\":%zu,\"rate\":%.4g}", level, bytes, Copies(bytes, threads).Rate());
}

void Greet(int threads) {
  std::printf("{\"about\":\"compiled by %s", __VERSION__);
#ifdef WITH_OPENBLAS
  openblas_set_num_threads(threads);
  std::printf(", %s", openblas_get_config());
#endif
#ifdef WITH_ONEDNN
  const dnnl_version_t* version = dnnl_version();
  std::printf(", oneDNN %d.%d.%d", version->major, version->minor, version->patch);
#endif
  std::printf("\",\"peak\":{\"float32\":%.4g,\"float64\":%.4g},\"copies\":[", PeakRate<float>(threads),
              PeakRate<double>(threads));
  // Half of a cache, so that what else is in it does not matter; each thread has the first two of its own.
  PrintCopyRate("L1", CacheBytes(1, 32 << 10) / 2 * threads, threads);
  std::printf(",");
  PrintCopyRate("L2", CacheBytes(2, 256 << 10) / 2 * threads, threads);
  std::printf(",");
  PrintCopyRate("L3", CacheBytes(3, 8 << 20) / 2, threads);
  std::printf(",");
  PrintCopyRate("memory", 512 << 20, threads);
  std::printf("]}\n");
  std::fflush(stdout);
}

// What was asked last is kept from turn to turn.
double TimeCopies(size_t bytes, long count, int threads) {
  static size_t known = 0;
  static std::unique_ptr<Copies> copies;
  if (bytes != known) copies = std::make_unique<Copies>(bytes, threads);
  known = bytes;
  return copies->Time(count);
}

double TimeProducts(const std::string& text, long count) {
  static std::string known;
  static std::function<void(long)> products;
  if (text != known) {
    products = limits::Products(text);
    products(1);
  }
  known = text;
  const double start = limits::Now();
  products(count);
  return limits::Now() - start;
}

double Answer(const std::string& line, int threads) {
  std::istringstream words(line);
  long count;
  std::string what, rest;
  words >> count >> what >> std::ws;
  std::getline(words, rest);
  return what == "copy" ? TimeCopies(std::stoul(rest), count, threads) : TimeProducts(rest, count);
}

}  // namespace

int main(int, char** arguments) {
  const int threads = std::atoi(arguments[1]);
  Greet(threads);
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::printf("{\"seconds\":%.9g}\n", Answer(line, threads));
    } catch (const std::exception& error) {
      std::printf("{\"error\":\"%s\"}\n", error.what());
    }
    std::fflush(stdout);
  }
}
