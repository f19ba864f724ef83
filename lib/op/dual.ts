/**
 * Forward mode: a level at which tensors have tangents beside them, and every operator derives those of its results.
 * The tensors themselves are ordinary ones, and so are tangents: both are recorded where a gradient is wanted.
 */
import { RuntimeError, showShape } from '../base/errors.js';
import { isNonOverlappingAndDense, numel, type Shape, sameShape } from '../base/shape.js';
import { isSameMemory } from '../engine/storage.js';
import { type Gradient, needsGradient } from '../graph/node.js';
import { emptyStrided, emptyTensor, Tensor } from '../tensor.js';
import { dispatch, type Interpreter, isComposite, type Operator, type Results } from './dispatch.js';
import { linearForward, pushForward, recorded, tangentsFor } from './forward.js';
import { isTransformed, type Level, recordedBeneath, through } from './levels.js';
import { originalOf } from './op.js';
import { copyInto } from './pointwise.js';
import { observingCopies } from './record.js';
import { extent } from './strided.js';

/** One level of forward mode. */
export class DualLevel implements Level {
  private readonly tangents = new WeakMap<Tensor, Tensor>();

  constructor(readonly outer: Interpreter | null) {}

  /** The tangent of `tensor`, or null where it does not depend on what has one. */
  tangentOf(tensor: Tensor): Gradient {
    return this.tangents.get(tensor) ?? null;
  }

  /** @throws RuntimeError unless `tangent` has the size of `tensor`. */
  setTangent(tensor: Tensor, tangent: Tensor): void {
    if (!sameShape(tensor.sizes, tangent.sizes)) {
      throw new RuntimeError(
        'Trying to set a forward gradient that has a different size than that of the original Tensor, this is not ' +
          `supported. Tensor is of size ${showShape(tensor.sizes)} while the given forward gradient is of size ` +
          `${showShape(tangent.sizes)}.`,
      );
    }
    this.tangents.set(tensor, tangent);
  }

  inherit(tensor: Tensor, copy: Tensor): void {
    const tangent = this.tangents.get(tensor);
    if (tangent !== undefined) this.tangents.set(copy, tangent);
  }

  own(): null {
    return null;
  }

  beneath(tensor: Tensor): boolean {
    const tangent = this.tangentOf(tensor);
    return tangent !== null && (needsGradient(tangent) || recordedBeneath(tangent));
  }

  call(operator: Operator, values: unknown[]): Results {
    if (isComposite(operator)) return operator.forward(...values);
    return through(this.outer, () => {
      const tangents = tangentsFor(operator, values, (tensor) => this.tangentOf(tensor));
      if (tangents === null) return dispatch(operator, values);
      if (operator.writes) return this.write(operator, values, tangents);
      return operator.view && isShownBy(operator, values, tangents[0])
        ? this.view(operator, values, tangents[0])
        : this.compute(operator, values, tangents);
    });
  }

  private compute(operator: Operator, values: unknown[], tangents: readonly Gradient[]): Results {
    const results = dispatch(operator, [...values]);
    if (!operator.differentiable) return results;
    if (operator.tangents === 'linear' && (results as Tensor).dtype.is_floating_point) {
      const tangent = linearForward(operator, values, tangents);
      if (tangent !== null) this.tangents.set(results as Tensor, apart(tangent, tangents));
      return results;
    }
    const node = recorded(operator, values, tangents);
    if (results instanceof Tensor) node.saveResult(results);
    else node.saveResults(results);
    const list = results instanceof Tensor ? [results] : results;
    pushForward(node, list, tangents).forEach((tangent, i) => {
      if (tangent !== null) this.tangents.set(list[i], apart(tangent, tangents));
    });
    return results;
  }

  /** Tangents of views are views of tangents, so that writes through one are seen through the others. */
  private view(operator: Operator, values: unknown[], tangent: Gradient): Results {
    const results = dispatch(operator, [...values]);
    if (tangent === null || !operator.differentiable) return results;
    const shown = sameView(operator, values, tangent, results);
    if (results instanceof Tensor) this.tangents.set(results, shown as Tensor);
    else for (let i = 0; i < results.length; i++) this.tangents.set(results[i], (shown as readonly Tensor[])[i]);
    return results;
  }

  private write(operator: Operator, values: unknown[], tangents: readonly Gradient[]): Tensor {
    const self = values[0] as Tensor;
    const original = operator.view && originalOf(operator);
    if (original) {
      const tangent = this.tangentOf(self);
      const shown = tangent && (dispatch(original, [tangent, ...values.slice(1)]) as Tensor);
      dispatch(operator, values);
      if (shown) this.tangents.set(self, shown);
      return self;
    }
    /** Other arguments may lie where the operator writes. */
    const unwritten = (value: unknown, i: number): unknown =>
      i > 0 && value instanceof Tensor && isSameMemory(value.storage, self.storage) ? value.clone() : value;
    const keep = (tensor: Tensor, copy: Tensor): void => {
      const tangent = this.tangentOf(tensor);
      if (tangent !== null) this.tangents.set(copy, tangent.clone());
    };
    const node = observingCopies(keep, () => {
      const records = operator.differentiable && self.dtype.is_floating_point;
      const own = records ? recorded(operator, values.map(unwritten), tangents) : null;
      dispatch(operator, values);
      return own;
    });
    node?.saveResult(self);
    const [tangent] = node === null ? [null] : pushForward(node, [self], tangents);
    this.overwrite(self, tangent);
    return self;
  }

  /** The tangent of `tensor` after a write, put where views of it and its base look. */
  private overwrite(tensor: Tensor, tangent: Gradient): void {
    const held = this.tangents.get(tensor) ?? (tangent === null ? null : this.slot(tensor, tangent));
    if (held === null) return;
    if (tangent === null) held.zero_();
    else held.copy_(tangent);
  }

  /** Zeros as the tangent of a tensor that had none: where it is a view, a view of its base's. */
  private slot(tensor: Tensor, written: Tensor): Tensor {
    const base = tensor.viewOf?.base;
    if (base === undefined) return this.start(tensor, written);
    const whole = this.tangents.get(base) ?? this.start(base, written);
    const held = sameShape(whole.strides, base.strides)
      ? whole.as_strided(tensor.sizes, tensor.strides, whole.offset + tensor.offset - base.offset)
      : zerosFor(tensor, written);
    this.tangents.set(tensor, held);
    return held;
  }

  private start(tensor: Tensor, written: Tensor): Tensor {
    const held = zerosFor(tensor, written);
    this.tangents.set(tensor, held);
    return held;
  }
}

/** Zeros laid out as `tensor` where that is dense; one for each example where `written` is a batch. */
function zerosFor({ sizes, strides, dtype }: Tensor, written: Tensor): Tensor {
  const isDense = isNonOverlappingAndDense(sizes, strides);
  if (isTransformed()) {
    const row = written.new_zeros([numel(sizes)], { dtype });
    return isDense ? row.as_strided(sizes, strides, 0) : row.view(sizes);
  }
  const result = isDense ? emptyStrided(sizes, strides, dtype) : emptyTensor(sizes, dtype);
  copyInto(result, 0);
  return result;
}

/**
 * Whether the view that the operator takes is also one of the tangent: by layout, it is one where both are laid out
 * alike.
 */
function isShownBy({ schema: { name } }: Operator, values: readonly unknown[], tangent: Gradient): boolean {
  if (name !== 'as_strided' || tangent === null) return true;
  const [self, sizes, strides, offset] = values as [Tensor, Shape, Shape, number | null];
  if (!sameShape(self.strides, tangent.strides)) return false;
  const start = offset ?? self.offset;
  return start >= self.offset && extent({ sizes, strides, offset: start }) <= extent(self);
}

/** The view that the operator took of its first argument, of its tangent, which may be laid out otherwise. */
function sameView(operator: Operator, values: readonly unknown[], tangent: Tensor, results: Results): Results {
  const { name } = operator.schema;
  if (results instanceof Tensor && (name === 'view' || name === '_reshape_alias'))
    return tangent.reshape(results.sizes);
  if (results instanceof Tensor && name === 'as_strided') {
    const offset = results.offset - (values[0] as Tensor).offset + tangent.offset;
    return tangent.as_strided(results.sizes, results.strides, offset);
  }
  return dispatch(operator, [tangent, ...values.slice(1)]);
}

/** In memory of its own, so that writing to the result's tangent changes no other. */
function apart(tangent: Tensor, others: readonly Gradient[]): Tensor {
  const repeats = tangent.strides.some((stride, dim) => stride === 0 && tangent.sizes[dim] > 1);
  const shares = others.some((other) => other !== null && isSameMemory(other.storage, tangent.storage));
  return repeats || shares ? tangent.clone() : tangent;
}
