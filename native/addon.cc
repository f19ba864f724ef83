// The Node-API surface: the only file that knows Node, but for the weak references in blocks.cc.
#include <napi.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "blocks.h"
#include "isa.h"
#include "kernels/table.h"
#include "run.h"
#include "threads.h"

namespace sconce {
namespace {

// One for each Node environment; nothing is shared between workers but the thread pool and the constant table.
struct Addon {
  explicit Addon(napi_env env) : heap(env) {}
  Heap heap;
  Napi::Reference<Napi::Float64Array> buffer;
  double* words = nullptr;
  size_t num_words = 0;
};

// As the environment's data, which is a field of it; that of a callback is one of V8's objects.
Addon& Self(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return *static_cast<Addon*>(data);
}

// What a plain callback was called with.
template <size_t count>
std::array<napi_value, count> Arguments(napi_env env, napi_callback_info info) {
  std::array<napi_value, count> arguments;
  size_t length = count;
  napi_get_cb_info(env, info, &length, arguments.data(), nullptr, nullptr);
  return arguments;
}

// A number of bytes; more than there can be for what is none.
size_t Bytes(napi_env env, napi_value value) {
  double bytes = 0;
  napi_get_value_double(env, value, &bytes);
  return bytes >= 0 && bytes < 9e15 ? static_cast<size_t>(bytes) : SIZE_MAX;
}

// Writes why an instruction failed over the start of the buffer, where TypeScript reads it.
void Explain(double* words, size_t failed) {
  words[0] = static_cast<double>(failed);
  words[1] = static_cast<double>(failure.operand);
  words[2] = static_cast<double>(failure.dim);
  words[3] = failure.value;
  words[4] = failure.limit;
}

// The hot entry point: a plain callback, as node-addon-api's wrapper costs ten times the call.
napi_value Execute(napi_env env, napi_callback_info) {
  Addon& addon = Self(env);
  size_t failed = 0;
  const Status status = addon.words ? Run(addon.words, addon.num_words, &failed) : Status::kBadInstruction;
  if (status == Status::kOk) return nullptr;
  if (addon.words) Explain(addon.words, failed);
  napi_value result;
  napi_create_int32(env, static_cast<int>(status), &result);
  return result;
}

// attach(words: Float64Array): the command buffer from now on.
void Attach(const Napi::CallbackInfo& info) {
  Addon& addon = Self(info.Env());
  auto words = info[0].As<Napi::Float64Array>();
  addon.buffer = Napi::Persistent(words);
  addon.words = words.Data();
  addon.num_words = words.ElementLength();
}

// prepare(bytes: number): before the owner of so many is made. Plain, as `take` is.
napi_value Prepare(napi_env env, napi_callback_info info) {
  const auto [value] = Arguments<1>(env, info);
  const size_t bytes = Bytes(env, value);
  if (bytes != SIZE_MAX) Self(env).heap.Prepare(bytes);
  return nullptr;
}

// take(owner: object, bytes: number): the address, or 0 when there is no memory. Plain too, since a loop over large
// tensors asks each time.
napi_value Take(napi_env env, napi_callback_info info) {
  const auto [owner, value] = Arguments<2>(env, info);
  const size_t bytes = Bytes(env, value);
  char* address = bytes != SIZE_MAX ? Self(env).heap.Take(owner, bytes) : nullptr;
  napi_value result;
  napi_create_double(env, static_cast<double>(reinterpret_cast<uintptr_t>(address)), &result);
  return result;
}

// give(address: number): the block is free from now on.
void Give(const Napi::CallbackInfo& info) {
  const double address = info[0].As<Napi::Number>().DoubleValue();
  Self(info.Env()).heap.Give(reinterpret_cast<char*>(static_cast<uintptr_t>(address)));
}

// address(view: TypedArray): where its elements are; good until the view is collected or its buffer detached.
Napi::Value Address(const Napi::CallbackInfo& info) {
  void* data = nullptr;
  napi_typedarray_type type;
  size_t length, offset;
  napi_value buffer;
  if (napi_get_typedarray_info(info.Env(), info[0], &type, &length, &data, &buffer, &offset) != napi_ok) {
    throw Napi::TypeError::New(info.Env(), "address: expected a TypedArray");
  }
  return Napi::Number::New(info.Env(), static_cast<double>(reinterpret_cast<uintptr_t>(data)));
}

Napi::Value Memory(const Napi::CallbackInfo& info) {
  const Heap::Stats stats = Self(info.Env()).heap.stats();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("liveBytes", static_cast<double>(stats.live_bytes));
  result.Set("liveBlocks", static_cast<double>(stats.live_blocks));
  result.Set("cachedBytes", static_cast<double>(stats.cached_bytes));
  result.Set("sweeps", static_cast<double>(stats.sweeps));
  result.Set("systemTakes", static_cast<double>(stats.system_takes));
  return result;
}

void Sweep(const Napi::CallbackInfo& info) { Self(info.Env()).heap.Sweep(); }

// settle(): work in progress has ended.
napi_value Settle(napi_env env, napi_callback_info) {
  Self(env).heap.Settle();
  return nullptr;
}

// setCollector(collect: (minor: boolean) => boolean)
void SetCollector(const Napi::CallbackInfo& info) { Self(info.Env()).heap.SetCollector(info[0]); }

Napi::Value GetThreads(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), NumThreads()); }

void SetThreads(const Napi::CallbackInfo& info) { SetNumThreads(info[0].As<Napi::Number>().Int32Value()); }

Napi::Object OpcodeNumbers(Napi::Env env) {
  Napi::Object numbers = Napi::Object::New(env);
#define MAP(name, operands, cost) numbers.Set(#name, static_cast<int>(Opcode::name));
#define KERNEL(name, operands, key) numbers.Set(#name, static_cast<int>(Opcode::name));
#include "opcodes.def"
#undef MAP
#undef KERNEL
  return numbers;
}

Napi::Array DTypeNames(Napi::Env env) {
  Napi::Array names = Napi::Array::New(env, kNumDTypes);
  for (uint32_t i = 0; i < kNumDTypes; ++i) names.Set(i, kDTypeNames[i]);
  return names;
}

// The environment variable SCONCE_ISA has the kernels run on a lesser instruction set than the best, for tests.
void ObeyIsaOfEnvironment(Napi::Env env) {
  const char* wanted = std::getenv("SCONCE_ISA");
  static const bool usable = !wanted || UseIsa(wanted);  // once for all workers
  if (usable) return;
  std::string names;
  for (const std::string& name : UsableIsas()) names += (names.empty() ? "" : ", ") + name;
  throw Napi::Error::New(env, "SCONCE_ISA=" + std::string(wanted) + " is none of " + names);
}

Napi::Array IsaNames(Napi::Env env) {
  Napi::Array names = Napi::Array::New(env);
  for (const std::string& name : UsableIsas()) names.Set(names.Length(), name);
  return names;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  // Before it is obeyed, while all are there.
  exports.Set("isas", IsaNames(env));
  ObeyIsaOfEnvironment(env);
  Addon* addon = new Addon(env);
  napi_set_instance_data(env, addon, nullptr, nullptr);
  env.AddCleanupHook([addon] { delete addon; });
  napi_value execute, prepare, take, settle;
  napi_create_function(env, "execute", NAPI_AUTO_LENGTH, Execute, nullptr, &execute);
  napi_create_function(env, "prepare", NAPI_AUTO_LENGTH, Prepare, nullptr, &prepare);
  napi_create_function(env, "take", NAPI_AUTO_LENGTH, Take, nullptr, &take);
  napi_create_function(env, "settle", NAPI_AUTO_LENGTH, Settle, nullptr, &settle);
  exports.Set("execute", execute);
  exports.Set("settle", settle);
  exports.Set("prepare", prepare);
  exports.Set("take", take);
  exports.Set("attach", Napi::Function::New(env, Attach, "attach"));
  exports.Set("give", Napi::Function::New(env, Give, "give"));
  exports.Set("address", Napi::Function::New(env, Address, "address"));
  exports.Set("memory", Napi::Function::New(env, Memory, "memory"));
  exports.Set("sweep", Napi::Function::New(env, Sweep, "sweep"));
  exports.Set("setCollector", Napi::Function::New(env, SetCollector, "setCollector"));
  exports.Set("getThreads", Napi::Function::New(env, GetThreads, "getThreads"));
  exports.Set("setThreads", Napi::Function::New(env, SetThreads, "setThreads"));
  exports.Set("opcodes", OpcodeNumbers(env));
  exports.Set("dtypes", DTypeNames(env));
  exports.Set("isa", Isa());
  return exports;
}

NODE_API_MODULE(sconce, Init)

}  // namespace
}  // namespace sconce
