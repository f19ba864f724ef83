/** How tensors are printed, and torch.set_printoptions to change it. */
import { inspect } from 'node:util';

export interface PrintOptions {
  /** Digits after the decimal point of floating-point elements. */
  readonly precision: number;
  /** With more elements than this, a tensor is summarized. */
  readonly threshold: number;
  /** Elements shown at the beginning and the end of each summarized dimension. */
  readonly edgeitems: number;
  /** Characters in a line, unless one element alone needs more. */
  readonly linewidth: number;
  /** Scientific notation always, never, or (null) where the values call for it. */
  readonly sci_mode: boolean | null;
}

const profiles = {
  default: { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80 },
  short: { precision: 2, threshold: 1000, edgeitems: 2, linewidth: 80 },
  full: { precision: 4, threshold: Infinity, edgeitems: 3, linewidth: 80 },
};

type Profile = keyof typeof profiles;

let options: PrintOptions = { ...profiles.default, sci_mode: null };

/** The print options in force. */
export function printOptions(): PrintOptions {
  return options;
}

type Positional = [
  precision: number | null,
  threshold: number | null,
  edgeitems: number | null,
  linewidth: number | null,
  profile: Profile | null,
  sci_mode: boolean | null,
];

/** The arguments of `set_printoptions` by name; those left out or null keep their value, except `sci_mode`. */
export interface PrintOptionKeywords {
  precision?: Positional[0];
  threshold?: Positional[1];
  edgeitems?: Positional[2];
  linewidth?: Positional[3];
  profile?: Positional[4];
  sci_mode?: Positional[5];
}

/** Any number of the positional arguments, then the keywords. */
type Call<Arguments extends unknown[]> =
  | [...Arguments, PrintOptionKeywords?]
  | (Arguments extends [...infer Fewer, unknown] ? Call<Fewer> : never);

/**
 * Sets how tensors are printed: a profile ('default', 'short' or 'full') and what is to differ from it.
 * As in PyTorch, `sci_mode` returns to automatic with every call that does not give it.
 */
export function set_printoptions(...args: Call<Positional>): void {
  const { profile, sci_mode = null, ...given } = bind(args);
  options = { ...options, ...(profile && profiles[profile]), ...given, sci_mode };
}

type Bound = { [Name in keyof PrintOptionKeywords]: NonNullable<PrintOptionKeywords[Name]> };

const isWhole = (value: unknown, least: number, most: number) =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

/** The arguments in their order: what each has to be, in words and as a test. */
const parameters: { [Name in keyof Bound]-?: [expected: string, accepts: (value: unknown) => boolean] } = {
  // More digits than this no double has: the smallest is 2^-1074.
  precision: ['a whole number from 0 to 1074', (value) => isWhole(value, 0, 1074)],
  threshold: ['a number', (value) => typeof value === 'number' && !Number.isNaN(value)],
  edgeitems: ['a whole number of at least 1', (value) => isWhole(value, 1, Infinity)],
  linewidth: ['a whole number of at least 0', (value) => isWhole(value, 0, Infinity)],
  profile: ["'default', 'short' or 'full'", (value) => Object.keys(profiles).some((name) => name === value)],
  sci_mode: ['true, false or null', (value) => typeof value === 'boolean'],
};

/** The arguments by name, checked; those that are null are left out. */
function bind(args: readonly unknown[]): Bound {
  const names = Object.keys(parameters);
  const last = args.at(-1);
  const keywords = isPlainObject(last) ? last : {};
  const positional = isPlainObject(last) ? args.slice(0, -1) : args;
  if (positional.length > names.length) {
    const counts = `${names.length} positional arguments but ${positional.length} were given`;
    throw new TypeError(`set_printoptions() takes ${counts}`);
  }
  const bound = new Map(positional.map((value, position) => [names[position], value]));
  for (const [name, value] of Object.entries(keywords)) {
    if (bound.has(name)) throw new TypeError(`set_printoptions() got multiple values for argument '${name}'`);
    bound.set(name, value);
  }
  for (const [name, value] of bound) check(name, value);
  return Object.fromEntries([...bound].filter(([, value]) => isGiven(value)));
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function check(name: string, value: unknown): void {
  if (!Object.hasOwn(parameters, name)) {
    throw new TypeError(`set_printoptions() got an unexpected keyword argument '${name}'`);
  }
  const [expected, accepts] = parameters[name as keyof Bound];
  if (!isGiven(value) || accepts(value)) return;
  const got = inspect(value, { depth: 0, breakLength: Infinity });
  throw new TypeError(`set_printoptions(): argument '${name}' must be ${expected}, not ${got}`);
}
