/** Arguments for classes: modules, optimizers and schedules; and calls of what a call returned. */
import * as torch from '../../lib/index.js';
import type { Random } from './random.js';
import { tensor } from './tensors.js';
import { anyArguments, anything, callable, Odd } from './values.js';

const { nn, optim } = torch;

type Class = abstract new (...args: never[]) => unknown;

/** Keywords of modules, optimizers and schedules, each of which some class has. */
const names = [
  ...['bias', 'stride', 'padding', 'dilation', 'groups', 'padding_mode', 'output_padding', 'kernel_size', 'dim', 'eps'],
  ...['p', 'inplace', 'affine', 'momentum', 'track_running_stats', 'reduction', 'weight', 'ignore_index', 'dtype'],
  ...[
    'label_smoothing',
    'batch_first',
    'num_heads',
    'dropout',
    'kdim',
    'vdim',
    'ceil_mode',
    'return_indices',
    'device',
  ],
  ...['padding_idx', 'max_norm', 'norm_first', 'activation', 'dim_feedforward', 'elementwise_affine', 'num_groups'],
  ...['lr', 'betas', 'alpha', 'weight_decay', 'maximize', 'nesterov', 'dampening', 'amsgrad', 'centered', 'lr_decay'],
  ...['last_epoch', 'verbose', 'gamma', 'step_size', 'milestones', 'lr_lambda', 'T_max', 'T_0', 'T_mult', 'eta_min'],
  ...['max_lr', 'total_steps', 'epochs', 'steps_per_epoch', 'pct_start', 'mode', 'factor', 'patience', 'cooldown'],
  ...['set_to_none', 'strict', 'prefix', 'keep_vars', 'prefer', 'need_weights', 'attn_mask', 'threshold', 'foreach'],
  ...['in_dims', 'out_dims', 'randomness', 'chunk_size', 'argnums', 'has_aux', 'use_reentrant', 'sort_by', 'row_limit'],
];

const small = (random: Random): number => (random.chance(0.95) ? random.int(1, 4) : random.int(-2, 64));

/** What a constructor is likely to take. */
function setting(random: Random): unknown {
  return random.pick<() => unknown>([
    () => small(random),
    () => small(random),
    () => small(random),
    () => random.list(random.int(1, 3), () => small(random)),
    () => random.chance(0.5),
    () => random.next(),
    () => random.pick(['mean', 'sum', 'none', 'zeros', 'same', 'valid', 'reflect', 'circular', 'replicate', 'relu']),
    () => random.pick(['gelu', 'tanh', 'min', 'max', 'cos', 'linear', 'exp_range', 'error', 'different', 'same']),
    () => (random.chance(0.5) ? torch.float64 : null),
    () => anything(random),
  ])();
}

const keywords = (random: Random): Record<string, unknown> =>
  Object.fromEntries(random.list(random.int(1, 3), () => [random.pick(names), setting(random)]));

function moduleArguments(random: Random): unknown[] {
  const args: unknown[] = random.list(random.int(0, 4), () =>
    random.chance(0.7) ? small(random) : random.chance(0.1) ? someModule(random) : setting(random),
  );
  if (random.chance(0.1)) return [random.list(random.int(0, 3), () => someModule(random))];
  return random.chance(0.4) ? [...args, keywords(random)] : args;
}

const someModule = (random: Random): torch.nn.Module =>
  random.pick<() => torch.nn.Module>([
    () => new nn.Linear(2, 2),
    () => new nn.Sequential(new nn.Linear(3, 2), new nn.Dropout(0.5)),
    () => new nn.BatchNorm1d(2),
    () => new nn.TransformerEncoderLayer(4, 2, 4),
    () => new nn.Identity(),
    () => Object.create(nn.Module.prototype),
  ])();

/** Leaves, most of them with gradients. */
function parameters(random: Random): torch.Tensor[] {
  return random.list(random.int(1, 3), () => {
    const made = tensor(random, undefined, random.chance(0.8) ? torch.float32 : undefined);
    const leaf = (made.storage.address === 0 ? torch.ones(2, 3) : made).detach();
    if (leaf.is_floating_point()) leaf.requires_grad_();
    if (leaf.requires_grad && random.chance(0.8)) leaf.grad = torch.ones_like(leaf);
    random.tensors.push(leaf);
    return leaf;
  });
}

function optimizerArguments(random: Random): unknown[] {
  const params = random.pick<() => unknown>([
    () => parameters(random),
    () => parameters(random),
    () => [{ params: parameters(random), ...keywords(random) }],
    () => someModule(random).parameters(),
    () => anything(random),
  ])();
  const options = random.pick<() => unknown>([
    () => ({ lr: 0.1 }),
    () => ({ lr: random.next(), ...keywords(random) }),
    () => anything(random),
  ])();
  return random.chance(0.1) ? [params] : [params, options];
}

const someOptimizer = (random: Random): torch.optim.Optimizer =>
  new (random.pick([optim.SGD, optim.Adam, optim.Adagrad, optim.RMSprop]))(parameters(random), { lr: 0.1 });

function schedulerArguments(random: Random): unknown[] {
  const first = random.chance(0.9) ? someOptimizer(random) : anything(random);
  const rest = random.list(random.int(0, 3), () => (random.chance(0.2) ? callable(random) : setting(random)));
  return random.chance(0.5) ? [first, ...rest, keywords(random)] : [first, ...rest];
}

const isA = (value: unknown, base: Class): boolean =>
  value === base || (typeof value === 'function' && value.prototype instanceof base);

/** How arguments for a constructor, or for a function of which no schema is known, are made. */
export function maker(path: string, value: unknown): (random: Random) => unknown[] {
  if (isA(value, nn.Module)) return moduleArguments;
  if (isA(value, optim.Optimizer)) return optimizerArguments;
  if (path.startsWith('torch.optim.lr_scheduler.')) return schedulerArguments;
  return path.startsWith('torch.func.') || path.startsWith('torch.utils.') ? functionArguments : anyArguments;
}

/** A function, and what it may be called with or by which options. */
function functionArguments(random: Random): unknown[] {
  const args: unknown[] = random.list(random.int(0, 3), () => (random.chance(0.7) ? tensor(random) : anything(random)));
  if (random.chance(0.3)) args.push(keywords(random));
  return [random.chance(0.9) ? callable(random) : anything(random), ...args];
}

/** A state of a module, an optimizer or a schedule, more or less. */
function state(random: Random): unknown {
  const group = (): unknown => random.pick([{ params: [0] }, { params: [0, 1], lr: 0.1 }, {}, anything(random)]);
  return random.pick<() => unknown>([
    () => ({ weight: tensor(random), bias: tensor(random) }),
    () => ({ state: { 0: anything(random) }, param_groups: [group()] }),
    () => ({ state: { 0: { step: 3, exp_avg: tensor(random) } }, param_groups: [{ params: [0] }] }),
    () => ({ last_epoch: setting(random), base_lrs: setting(random), _step_count: setting(random) }),
    () => keywords(random),
  ])();
}

function followingArguments(random: Random): unknown[] {
  return random.pick<() => unknown[]>([
    () => [],
    () => random.list(random.int(1, 3), () => tensor(random, undefined, torch.float32)),
    () => random.list(random.int(1, 2), () => tensor(random)),
    () => random.list(random.int(1, 2), () => setting(random)),
    () => [random.pick(names), random.chance(0.5) ? someModule(random) : tensor(random)],
    () => [keywords(random)],
    () => [state(random)],
    () => [callable(random)],
    () => anyArguments(random),
  ])();
}

/** A call that may follow another. */
export interface Following {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly call: () => unknown;
}

const isNative = (value: unknown): boolean =>
  typeof value === 'function' && Function.prototype.toString.call(value).includes('[native code]');

/** Prototypes of an object of the library's, without those of JavaScript's own classes. */
function prototypesOf(value: object): object[] {
  const found: object[] = [];
  for (let at = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) {
    if (!Object.hasOwn(at, 'constructor') || isNative(at.constructor)) return found;
    found.push(at);
  }
  return [];
}

/** Private methods and those for the library alone: others whose names are not written in PyTorch's way are, too. */
const internal = new Set([
  ...['constructor', 'attend', 'pads', 'normalized', 'evaluate', 'add', 'holds', 'sorted', 'pairs', 'call', 'node'],
  ...['within', 'begin', 'end', 'now', 'finish', 'each', 'projected', 'split', 'reduce', 'between'],
]);
const writers = new Set(['export_chrome_trace', 'export_stacks']);
const ofNodes = new Set(['name', 'register_hook', 'register_prehook', 'toString']);

function isPublic(value: object, name: string): boolean {
  if (value instanceof torch.autograd.graph.Node) return ofNodes.has(name);
  return !internal.has(name) && (!/[A-Z]/.test(name) || name === 'toString') && !writers.has(name);
}

/** Abstract ones that the caller made, and what writes files, are left alone. */
const isLeftAlone = (value: object): boolean =>
  value instanceof torch.dtype || (value instanceof torch.autograd.graph.Node && !('name' in value));

function methodsOf(value: object): string[] {
  if (isLeftAlone(value)) return [];
  const own = prototypesOf(value).flatMap((prototype) =>
    Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { value: method }]) =>
      typeof method === 'function' && isPublic(value, name) ? [name] : [],
    ),
  );
  return own.includes('forward') ? [...own, ...new Array<string>(own.length).fill('forward')] : own;
}

const isIterator = (value: object): value is Iterator<unknown> & Iterable<unknown> =>
  Object.prototype.toString.call(value) === '[object Generator]';

/** The first items of an iterator. */
function drained(iterator: Iterable<unknown>): unknown[] {
  const items: unknown[] = [];
  for (const item of iterator) if (items.push(item) === 100) break;
  return items;
}

/** Something to do with what a call returned, or null. */
export function following(result: unknown, random: Random): Following | null {
  try {
    return followingOf(result, random);
  } catch {
    // What the caller passed, which throws at whoever looks.
    return null;
  }
}

function followingOf(result: unknown, random: Random): Following | null {
  if (result instanceof torch.Tensor || result === null || result instanceof Odd) return null;
  if (Array.isArray(result)) {
    return result.length === 0 ? null : followingOf(result[random.int(0, Math.min(result.length, 4) - 1)], random);
  }
  const args = followingArguments(random);
  if (typeof result === 'function') {
    return Reflect.has(result, 'prototype') ? null : { name: '  and of that', args, call: () => result(...args) };
  }
  if (typeof result !== 'object') return null;
  if (isIterator(result)) return { name: '  and its items', args: [], call: () => drained(result) };
  const methods = methodsOf(result);
  if (methods.length === 0) return null;
  const name = random.pick(methods);
  return { name: `  and .${name}`, args, call: () => Reflect.get(result, name).apply(result, args) };
}
