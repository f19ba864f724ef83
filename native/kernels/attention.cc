// Scaled dot-product attention: out = softmax(scale · q·kᵀ + mask) · v, for each head of a batch.
//
// The scores of a head are never in memory as a whole: some rows of queries at a time, as many as leave the scores of
// all their keys in the second-level cache, are multiplied, turned into weights and multiplied by the values. Backward
// makes the weights again from the logarithms of the rows' sums.
//
//   sizes are …batch, queries, keys, depth, width; an operand's stride is 0 along what it lacks:
//   out, grad_out [queries, width] · sums [queries] · q [queries, depth] · k [keys, depth] · v [keys, width] ·
//   mask [queries, keys]
//   scalars: scale; whether a query sees no later key than its own; mask: 0 none, 1 bool (true: seen), 2 added to
//   scores
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <cmath>

#include "gemm.h"
#include "hwy/highway.h"
#include "kernels/softmax-inl.h"
#include "scratch.h"

HWY_BEFORE_NAMESPACE();
namespace sconce {
namespace attention {
namespace HWY_NAMESPACE {
using namespace sconce::HWY_NAMESPACE;

constexpr int64_t kBlockBytes = 128 << 10;  // of scores
constexpr int64_t kMostRows = 64, kFewestRows = 8;
constexpr int64_t kGrain = 1 << 20;  // multiplications that are worth a thread

// A matrix read or written through strides.
template <class T>
struct Matrix {
  T* data;
  int64_t row, column;
};

// The heads of an instruction, and their blocks of queries.
template <class T>
struct Heads {
  const Instruction& in;
  int lead;  // dimensions of the batch
  int64_t batch = 1, queries, keys, depth, width;
  T scale;
  bool causal;
  int64_t mask_kind;
  int64_t rows;  // of a block

  explicit Heads(const Instruction& instruction) : in(instruction), lead(in.dims - 4) {
    for (int d = 0; d < lead; ++d) batch *= in.sizes[d];
    queries = in.sizes[lead], keys = in.sizes[lead + 1], depth = in.sizes[lead + 2], width = in.sizes[lead + 3];
    scale = static_cast<T>(in.scalars[0]);
    causal = in.integer(1) != 0;
    mask_kind = in.integer(2);
    const int64_t fit = kBlockBytes / static_cast<int64_t>(sizeof(T)) / std::max<int64_t>(1, keys);
    rows = std::min(queries, std::max(kFewestRows, std::min(kMostRows, fit)));
  }

  // An operand of one head, whose rows and columns go along these dimensions behind the batch.
  template <class U = T>
  Matrix<U> At(int operand, int64_t head, int row, int column) const {
    const Operand& o = in.operands[operand];
    return {o.as<U>() + OffsetAt(in, operand, 0, lead, head), o.strides[lead + row], o.strides[lead + column]};
  }
  int64_t blocks() const { return (queries + rows - 1) / rows; }
  int64_t row_count(int64_t block) const { return std::min(rows, queries - block * rows); }
  // How many keys a query, or any of a block, sees.
  int64_t Seen(int64_t query) const { return causal ? std::min(keys, query + 1) : keys; }
  int64_t SeenByBlock(int64_t block) const { return Seen(block * rows + row_count(block) - 1); }
};

template <class T>
constexpr T kNothing = -std::numeric_limits<T>::infinity();

// Scores of a block's rows, `count` keys each; rows are `keys` apart.
template <class T>
Product<T> ScoresOf(Matrix<T> q, Matrix<T> k, int64_t rows, int64_t count, const Heads<T>& heads, T* scores) {
  Product<T> p;
  p.out = scores, p.out_m = heads.keys, p.out_n = 1;
  p.a = q.data, p.a_m = q.row, p.a_k = q.column;
  p.b = k.data, p.b_n = k.row, p.b_k = k.column;
  p.m = rows, p.n = count, p.k = heads.depth;
  p.alpha = heads.scale;
  return p;
}

// out = beta · out + alpha · a·b
template <class T>
Product<T> ProductInto(Matrix<T> out, Matrix<T> a, Matrix<T> b, int64_t m, int64_t n, int64_t k, T alpha, T beta) {
  Product<T> p;
  p.out = out.data, p.out_m = out.row, p.out_n = out.column;
  p.c = out.data, p.c_m = out.row, p.c_n = out.column;
  p.a = a.data, p.a_m = a.row, p.a_k = a.column;
  p.b = b.data, p.b_k = b.row, p.b_n = b.column;
  p.m = m, p.n = n, p.k = k, p.alpha = alpha, p.beta = beta;
  return p;
}

template <class T>
Matrix<T> Below(Matrix<T> matrix, int64_t rows) {
  return {matrix.data + rows * matrix.row, matrix.row, matrix.column};
}
template <class T>
Matrix<T> Turned(Matrix<T> matrix) {
  return {matrix.data, matrix.column, matrix.row};
}

// Adds the mask to one query's scores, and takes away what it must not see of the `count` that were multiplied.
template <class T>
void Mask(const Heads<T>& heads, int operand, int64_t head, int64_t query, int64_t count, T* scores) {
  if (heads.mask_kind == 1) {
    const Matrix<bool> mask = Below(heads.template At<bool>(operand, head, 0, 1), query);
    for (int64_t j = 0; j < count; ++j) {
      if (!mask.data[j * mask.column]) scores[j] = kNothing<T>;
    }
  } else if (heads.mask_kind == 2) {
    const Matrix<T> mask = Below(heads.At(operand, head, 0, 1), query);
    for (int64_t j = 0; j < count; ++j) scores[j] += mask.data[j * mask.column];
  }
  for (int64_t j = heads.Seen(query); j < count; ++j) scores[j] = kNothing<T>;
}

// x = exp(x - shift); returns the sum.
template <class T>
T ExpOf(T* x, int64_t n, T shift) {
  return SumPowers(x, n, shift, [x](auto power, int64_t i, auto part) HWY_ATTR { part.Store(power, x + i); });
}

// x = y · (x - Σ x·y): the slope of the scores from that of the weights y.
template <class T>
void ScoreSlopes(T* x, const T* y, int64_t n) {
  const hn::ScalableTag<T> d;
  const auto product = [&](int64_t i, auto part) HWY_ATTR { return hn::Mul(part.Load(x + i), part.Load(y + i)); };
  const auto total = hn::SumOfLanes(d, SumParts(d, n, product));
  ForParts(d, n, [&](int64_t i, auto part) HWY_ATTR {
    part.Store(hn::Mul(hn::Sub(part.Load(x + i), total), part.Load(y + i)), x + i);
  });
}

size_t Rounded(size_t bytes) { return (bytes + 63) / 64 * 64; }

// Divides [0, tasks) among threads that have `bytes` of scratch each.
template <class F>
Status Share(int64_t tasks, int64_t multiplications, size_t bytes, F&& f) {
  const int64_t worth = std::max<int64_t>(1, multiplications / kGrain);
  const int64_t parts = std::min({static_cast<int64_t>(NumThreads()), tasks, worth});
  char* scratch = Scratch(bytes * parts);
  if (!scratch && bytes > 0) return Status::kOutOfMemory;
  ParallelFor(parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      for (int64_t task = tasks * part / parts; task < tasks * (part + 1) / parts; ++task) {
        f(task, scratch + part * bytes);
      }
    }
  });
  return Status::kOk;
}

bool IsForm(const Instruction& in) { return in.dims >= 4 && in.num_scalars >= 3; }

// One head of forward: operands out, sums, q, k, v, mask.
template <class T>
struct Results {
  const Heads<T>& heads;
  Matrix<T> out, sums, q, k, v;
  int64_t head;

  Results(const Heads<T>& all, int64_t which)
      : heads(all),
        out(all.At(0, which, 0, 3)),
        sums(all.At(1, which, 0, 0)),
        q(all.At(2, which, 0, 2)),
        k(all.At(3, which, 1, 2)),
        v(all.At(4, which, 1, 3)),
        head(which) {}

  // The products of a block; the scores become weights in between.
  struct Products {
    Product<T> scores, out;
  };
  Products Of(int64_t block, T* scores) const {
    const int64_t first = block * heads.rows, rows = heads.row_count(block), count = heads.SeenByBlock(block);
    return {ScoresOf(Below(q, first), k, rows, count, heads, scores),
            ProductInto<T>(Below(out, first), {scores, heads.keys, 1}, v, rows, heads.width, count, 1, 0)};
  }

  void Run(int64_t block, T* scores, char* scratch) const {
    const Products products = Of(block, scores);
    const int64_t first = block * heads.rows, rows = heads.row_count(block), count = heads.SeenByBlock(block);
    Gemm(products.scores, scratch);
    T totals[kMostRows];
    for (int64_t i = 0; i < rows; ++i) {
      T* row = scores + i * heads.keys;
      Mask(heads, 5, head, first + i, count, row);
      const T largest = LargestOf(row, count);
      totals[i] = ExpOf(row, count, largest);
      sums.data[(first + i) * sums.row] = largest + std::log(totals[i]);
    }
    Gemm(products.out, scratch);
    for (int64_t i = 0; i < rows; ++i) {
      T* row = out.data + (first + i) * out.row;
      const T factor = T{1} / totals[i];
      for (int64_t j = 0; j < heads.width; ++j) row[j * out.column] *= factor;
    }
  }
};

template <class T>
Status Forward(Instruction& in) {
  if (!IsForm(in)) return Status::kBadInstruction;
  const Heads<T> heads(in);
  if (heads.batch * heads.queries == 0) return Status::kOk;
  const size_t block_bytes = Rounded(heads.rows * heads.keys * sizeof(T));
  size_t gemm_bytes = 0;
  for (int64_t block = 0; block < heads.blocks(); ++block) {
    const auto [scores, out] = Results<T>(heads, 0).Of(block, nullptr);
    gemm_bytes = std::max({gemm_bytes, GemmScratchBytes(scores), GemmScratchBytes(out)});
  }
  const int64_t work = heads.batch * heads.queries * heads.keys * (heads.depth + heads.width);
  return Share(heads.batch * heads.blocks(), work, block_bytes + Rounded(gemm_bytes), [&](int64_t task, char* scratch) {
    const Results<T> results(heads, task / heads.blocks());
    results.Run(task % heads.blocks(), reinterpret_cast<T*>(scratch), scratch + block_bytes);
  });
}

template <class T>
void Clear(Matrix<T> matrix, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) matrix.data[i * matrix.row + j * matrix.column] = T{0};
  }
}

// One head of backward: operands grad_q, grad_k, grad_v, grad_out, sums, q, k, v, mask.
template <class T>
struct Slopes {
  const Heads<T>& heads;
  Matrix<T> grad_q, grad_k, grad_v, grad, sums, q, k, v;
  int64_t head;

  Slopes(const Heads<T>& all, int64_t which)
      : heads(all),
        grad_q(all.At(0, which, 0, 2)),
        grad_k(all.At(1, which, 1, 2)),
        grad_v(all.At(2, which, 1, 3)),
        grad(all.At(3, which, 0, 3)),
        sums(all.At(4, which, 0, 0)),
        q(all.At(5, which, 0, 2)),
        k(all.At(6, which, 1, 2)),
        v(all.At(7, which, 1, 3)),
        head(which) {}

  // The products of a block, in the order in which they are computed; weights and slopes are made in between.
  struct Products {
    Product<T> scores, weight_slopes, grad_v, grad_q, grad_k;
  };
  Products Of(int64_t block, T* weights, T* slopes) const {
    const int64_t first = block * heads.rows, rows = heads.row_count(block), count = heads.SeenByBlock(block);
    const Matrix<T> w{weights, heads.keys, 1}, s{slopes, heads.keys, 1};
    const Matrix<T> queries = Below(q, first), grads = Below(grad, first);
    return {ScoresOf(queries, k, rows, count, heads, weights),
            ProductInto<T>(s, grads, Turned(v), rows, count, heads.width, 1, 0),
            ProductInto<T>(grad_v, Turned(w), grads, count, heads.width, rows, 1, 1),
            ProductInto<T>(Below(grad_q, first), s, k, rows, heads.depth, count, heads.scale, 0),
            ProductInto<T>(grad_k, Turned(s), queries, count, heads.depth, rows, heads.scale, 1)};
  }

  void Run(int64_t block, T* weights, T* slopes, char* scratch) const {
    const Products products = Of(block, weights, slopes);
    const int64_t first = block * heads.rows, rows = heads.row_count(block), count = heads.SeenByBlock(block);
    Gemm(products.scores, scratch);
    Gemm(products.weight_slopes, scratch);
    for (int64_t i = 0; i < rows; ++i) {
      T* row = weights + i * heads.keys;
      Mask(heads, 8, head, first + i, count, row);
      ExpOf(row, count, sums.data[(first + i) * sums.row]);
      ScoreSlopes(slopes + i * heads.keys, row, count);
    }
    Gemm(products.grad_v, scratch);
    Gemm(products.grad_q, scratch);
    Gemm(products.grad_k, scratch);
  }
};

template <class T>
Status Backward(Instruction& in) {
  if (!IsForm(in)) return Status::kBadInstruction;
  const Heads<T> heads(in);
  if (heads.batch == 0) return Status::kOk;
  const size_t block_bytes = Rounded(heads.rows * heads.keys * sizeof(T));
  size_t gemm_bytes = 0;
  for (int64_t block = 0; block < heads.blocks(); ++block) {
    const auto [scores, slopes, v, q, k] = Slopes<T>(heads, 0).Of(block, nullptr, nullptr);
    for (const Product<T>& p : {scores, slopes, v, q, k}) gemm_bytes = std::max(gemm_bytes, GemmScratchBytes(p));
  }
  const int64_t work = heads.batch * heads.queries * heads.keys * (3 * heads.depth + 2 * heads.width);
  return Share(heads.batch, work, 2 * block_bytes + Rounded(gemm_bytes), [&](int64_t head, char* scratch) {
    const Slopes<T> slopes(heads, head);
    Clear(slopes.grad_k, heads.keys, heads.depth);
    Clear(slopes.grad_v, heads.keys, heads.width);
    T *weights = reinterpret_cast<T*>(scratch), *changes = reinterpret_cast<T*>(scratch + block_bytes);
    for (int64_t block = 0; block < heads.blocks(); ++block) {
      slopes.Run(block, weights, changes, scratch + 2 * block_bytes);
    }
  });
}

template <class... Ts>
void Set(Table& table, Types<Ts...>) {
  (table.SetKernel(Opcode::attention, kDTypeOf<Ts>, Forward<Ts>), ...);
  (table.SetKernel(Opcode::attention_backward, kDTypeOf<Ts>, Backward<Ts>), ...);
}

void Fill(Table& table) { Set(table, Floating()); }

}  // namespace HWY_NAMESPACE
}  // namespace attention
}  // namespace sconce
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sconce {
namespace attention {
HWY_EXPORT(Fill);
void FillBest(Table& table) { HWY_DYNAMIC_DISPATCH(Fill)(table); }
}  // namespace attention

void FillAttention(Table& table) { attention::FillBest(table); }
}  // namespace sconce
#endif
