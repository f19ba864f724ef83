// Element types: their numbers, their C++ types, and the families that kernels are written for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace sconce {

enum class DType : uint8_t { kBool, kUInt8, kInt8, kInt16, kInt32, kInt64, kFloat32, kFloat64 };

inline constexpr int kNumDTypes = 8;
inline constexpr const char* kDTypeNames[kNumDTypes] = {"bool",  "uint8", "int8",    "int16",
                                                        "int32", "int64", "float32", "float64"};
inline constexpr size_t kItemSize[kNumDTypes] = {1, 1, 1, 2, 4, 8, 4, 8};

inline constexpr size_t ItemSize(DType dtype) { return kItemSize[static_cast<int>(dtype)]; }

template <class T>
inline constexpr DType kDTypeOf = DType::kBool;
template <>
inline constexpr DType kDTypeOf<uint8_t> = DType::kUInt8;
template <>
inline constexpr DType kDTypeOf<int8_t> = DType::kInt8;
template <>
inline constexpr DType kDTypeOf<int16_t> = DType::kInt16;
template <>
inline constexpr DType kDTypeOf<int32_t> = DType::kInt32;
template <>
inline constexpr DType kDTypeOf<int64_t> = DType::kInt64;
template <>
inline constexpr DType kDTypeOf<float> = DType::kFloat32;
template <>
inline constexpr DType kDTypeOf<double> = DType::kFloat64;

// The unsigned integer of T's size: kernels that only move elements need no more of their type.
template <class T>
using Bits = std::conditional_t<
    sizeof(T) == 1, uint8_t,
    std::conditional_t<sizeof(T) == 2, uint16_t, std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>>>;

template <class... Ts>
struct Types {};

using Floating = Types<float, double>;
using Integral = Types<uint8_t, int8_t, int16_t, int32_t, int64_t>;
using IntegralAndBool = Types<bool, uint8_t, int8_t, int16_t, int32_t, int64_t>;
using Numeric = Types<uint8_t, int8_t, int16_t, int32_t, int64_t, float, double>;
using All = Types<bool, uint8_t, int8_t, int16_t, int32_t, int64_t, float, double>;

}  // namespace sconce
