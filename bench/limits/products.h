// Matrix products by libraries that are installed: "OpenBLAS float32 64x128x32 nt 8" is eight products of a 64 × 128
// matrix with a transposed 128 × 32 one.
#pragma once
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#ifdef WITH_OPENBLAS
#include <cblas.h>
#endif
#ifdef WITH_ONEDNN
#include <oneapi/dnnl/dnnl.h>
#endif

namespace limits {

struct Product {
  std::string library, dtype, transposed = "nn";
  int rows = 0, inner = 0, columns = 0, batch = 1;
};

inline Product ParseProduct(const std::string& text) {
  Product product;
  char times;
  std::istringstream words(text);
  words >> product.library >> product.dtype >> product.rows >> times >> product.inner >> times >> product.columns;
  if (!words) throw std::runtime_error("not a product: " + text);
  words >> product.transposed >> product.batch;
  return product;
}

// One product of the batch, from a to c; each matrix is dense, and the leading dimension follows from its layout.
template <class T>
using Multiply = std::function<void(const T* a, const T* b, T* c)>;

template <class T>
Multiply<T> OpenBlas(const Product& p);
template <class T>
Multiply<T> OneDnn(const Product& p);

struct Leading {
  explicit Leading(const Product& p)
      : a(p.transposed[0] == 't' ? p.rows : p.inner), b(p.transposed[1] == 't' ? p.inner : p.columns) {}
  int a, b;
};

#ifdef WITH_OPENBLAS
inline CBLAS_TRANSPOSE Order(char letter) { return letter == 't' ? CblasTrans : CblasNoTrans; }

template <>
inline Multiply<float> OpenBlas(const Product& p) {
  return [p, leading = Leading(p)](const float* a, const float* b, float* c) {
    cblas_sgemm(CblasRowMajor, Order(p.transposed[0]), Order(p.transposed[1]), p.rows, p.columns, p.inner, 1, a,
                leading.a, b, leading.b, 0, c, p.columns);
  };
}

template <>
inline Multiply<double> OpenBlas(const Product& p) {
  return [p, leading = Leading(p)](const double* a, const double* b, double* c) {
    cblas_dgemm(CblasRowMajor, Order(p.transposed[0]), Order(p.transposed[1]), p.rows, p.columns, p.inner, 1, a,
                leading.a, b, leading.b, 0, c, p.columns);
  };
}
#else
template <class T>
Multiply<T> OpenBlas(const Product&) {
  throw std::runtime_error("built without OpenBLAS");
}
#endif

#ifdef WITH_ONEDNN
template <>
inline Multiply<float> OneDnn(const Product& p) {
  return [p, leading = Leading(p)](const float* a, const float* b, float* c) {
    dnnl_sgemm(p.transposed[0], p.transposed[1], p.rows, p.columns, p.inner, 1, a, leading.a, b, leading.b, 0, c,
               p.columns);
  };
}
template <>
inline Multiply<double> OneDnn(const Product&) {
  throw std::runtime_error("oneDNN has no float64 products");
}
#else
template <class T>
Multiply<T> OneDnn(const Product&) {
  throw std::runtime_error("built without oneDNN");
}
#endif

template <class T>
std::function<void(long)> Batch(const Product& p) {
  const Multiply<T> multiply = p.library == "OpenBLAS" ? OpenBlas<T>(p) : OneDnn<T>(p);
  const size_t a_size = size_t(p.rows) * p.inner, b_size = size_t(p.inner) * p.columns;
  const size_t c_size = size_t(p.rows) * p.columns;
  std::vector<T> a(a_size * p.batch, T(0.5)), b(b_size * p.batch, T(0.25)), c(c_size * p.batch);
  return [=](long count) mutable {
    for (long run = 0; run < count; run++) {
      for (size_t i = 0; i < size_t(p.batch); i++) multiply(&a[i * a_size], &b[i * b_size], &c[i * c_size]);
    }
  };
}

// What multiplies `count` times.
inline std::function<void(long)> Products(const std::string& text) {
  const Product product = ParseProduct(text);
  return product.dtype == "float64" ? Batch<double>(product) : Batch<float>(product);
}

}  // namespace limits
