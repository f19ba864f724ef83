/** Calls of custom functions: recorded as one operation, at whatever level is under way. */
import { BatchLevel } from '../../func/level.js';
import { is_grad_enabled, withGrad } from '../../graph/modes.js';
import { gradientEdge, needsGradient } from '../../graph/node.js';
import { isTensor } from '../../op/bind.js';
import { DualLevel } from '../../op/dual.js';
import { levels, through } from '../../op/levels.js';
import { callBatched } from './batches.js';
import { CallState, FunctionCtx } from './context.js';
import { backwardOf, type Called, listOf, type Methods } from './methods.js';
import { CustomNode } from './node.js';
import { Outputs } from './outputs.js';
import { withTangents } from './tangents.js';

/** Calls forward and records it. Levels see the call as one operation too, not what forward is made of. */
export function call(methods: Methods, args: readonly unknown[]): Called {
  const [level] = levels();
  if (level === undefined) return recorded(methods, args, methods.forward);
  const beneath = (own: Methods, values: readonly unknown[]): Called => through(level.outer, () => call(own, values));
  if (level instanceof DualLevel) return withTangents(level, methods, args, () => beneath(methods, args));
  if (level instanceof BatchLevel) return callBatched(level, methods, args, { beneath, recorded });
  return recorded(methods, args, methods.forward);
}

/** Has `forward` compute the results, unrecorded, and joins them to a node of the function's own. */
function recorded(methods: Methods, args: readonly unknown[], forward: Methods['forward']): Called {
  const tensors = args.filter(isTensor);
  const records = is_grad_enabled() && tensors.some(needsGradient);
  const edges = tensors.map(gradientEdge);
  const state = new CallState(args.map((value) => isTensor(value) && needsGradient(value)));
  const ctx = new FunctionCtx(state);
  const returned = unrecorded(methods, ctx, args, forward);
  const raw = Array.isArray(returned) ? (returned as unknown[]) : [returned];
  const node = records ? new CustomNode(methods.name, backwardOf(methods), ctx, state, args, edges, raw) : null;
  const outputs = new Outputs(args, state, node, raw).joined();
  if (node !== null) state.save(node, outputs);
  return { outputs, isList: Array.isArray(returned), ctx, state };
}

function unrecorded(
  methods: Methods,
  ctx: FunctionCtx,
  args: readonly unknown[],
  forward: Methods['forward'],
): unknown {
  const before = withGrad(false);
  try {
    if (methods.setup_context === undefined) return forward.call(methods, ctx, ...args);
    const output = forward.apply(methods, [...args]);
    methods.setup_context(ctx, args, Array.isArray(output) ? [...listOf(output)] : output);
    return output;
  } finally {
    withGrad(before);
  }
}
