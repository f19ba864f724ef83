/** Custom functions under forward mode: tangents of results come from their jvp. */
import { RuntimeError, typeName } from '../../base/errors.js';
import { isSameMemory } from '../../engine/storage.js';
import type { Gradient } from '../../graph/node.js';
import { isTensor } from '../../op/bind.js';
import type { DualLevel } from '../../op/dual.js';
import { zerosOf } from '../../op/factory.js';
import { through } from '../../op/levels.js';
import type { Tensor } from '../../tensor.js';
import { type Called, listOf, type Methods } from './methods.js';

/** Calls beneath the level, and has jvp compute tangents of the results where an argument has one. */
export function withTangents(
  level: DualLevel,
  methods: Methods,
  args: readonly unknown[],
  beneath: () => Called,
): Called {
  const tangents = args.map((value) => (isTensor(value) ? level.tangentOf(value) : null));
  const called = beneath();
  if (tangents.every((tangent) => tangent === null)) return called;
  const { state, ctx, outputs } = called;
  const given = state.materializes ? tangents.map((tangent, i) => tangent ?? zerosFor(args[i])) : tangents;
  const found = through(level.outer, () => listOf(state.showing(state.forJvp, () => methods.jvp(ctx, ...given))));
  if (found.length !== outputs.length) {
    throw new RuntimeError(
      "Function's jvp returned an invalid number of forward gradients (expected " +
        `${outputs.length} but got ${found.length})`,
    );
  }
  outputs.forEach((output, i) => {
    const tangent = tangentOf(found[i], i);
    if (tangent === null || !isTensor(output)) return;
    checkAliases(output, tangent, args, tangents, state.dirty.includes(output));
    level.setTangent(output, tangent);
  });
  return called;
}

const zerosFor = (value: unknown): Gradient => (isTensor(value) ? zerosOf(value) : null);

function tangentOf(value: unknown, output: number): Gradient {
  if (value === null || value === undefined) return null;
  if (isTensor(value)) return value;
  throw new RuntimeError(`expected Variable or None (got ${typeName(value)}) for grad output ${output}.`);
}

/** @throws RuntimeError where a tangent does not share memory with an input's as the result does with the input. */
function checkAliases(
  output: Tensor,
  tangent: Tensor,
  args: readonly unknown[],
  tangents: readonly Gradient[],
  isWritten: boolean,
): void {
  const source = args.findIndex((value) => isTensor(value) && isSameMemory(value.storage, output.storage));
  const held = source < 0 ? null : tangents[source];
  if (held === null) return;
  if (isWritten) {
    if (tangent === held) return;
    throw new RuntimeError(
      'An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is modifying an ' +
        'input inplace, then the jvp function must modify the corresponding gradient inplace.',
    );
  }
  if (tangent !== held && isSameMemory(tangent.storage, held.storage)) return;
  throw new RuntimeError(
    "A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning a view.",
  );
}
