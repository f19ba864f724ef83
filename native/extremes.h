// The larger and the smaller of two elements, NaN if either is, in a form that compilers turn into vector instructions.
#pragma once

namespace sconce {

template <class T>
inline T Larger(T a, T b) {
  const T number = a > b ? a : b;
  return a != a ? a : number;
}

template <class T>
inline T Smaller(T a, T b) {
  const T number = a < b ? a : b;
  return a != a ? a : number;
}

}  // namespace sconce
