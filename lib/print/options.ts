/** How tensors are printed, and torch.set_printoptions to change it. */
import { show, ValueError } from '../base/errors.js';
import { parseSchema } from '../base/schema.js';
import { bind } from '../op/bind.js';

/** How tensors are printed. */
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

const schema = parseSchema(
  'set_printoptions(int? precision=None, float? threshold=None, int? edgeitems=None, int? linewidth=None, ' +
    'str? profile=None, bool? sci_mode=None) -> ()',
);

/**
 * Sets how tensors are printed: a profile ('default', 'short' or 'full') and what is to differ from it.
 * As in PyTorch, `sci_mode` returns to automatic with every call that does not give it.
 */
export function set_printoptions(...args: Call<Positional>): void {
  const [precision, threshold, edgeitems, linewidth, profile, sci_mode] = bind(schema, args) as Positional;
  const base = profile === null ? options : profileOf(profile);
  options = checked({
    precision: precision ?? base.precision,
    threshold: threshold ?? base.threshold,
    edgeitems: edgeitems ?? base.edgeitems,
    linewidth: linewidth ?? base.linewidth,
    sci_mode,
  });
}

function profileOf(name: Profile): (typeof profiles)[Profile] {
  if (Object.hasOwn(profiles, name)) return profiles[name];
  throw invalid('profile', "'default', 'short' or 'full'", name);
}

function checked(candidate: PrintOptions): PrintOptions {
  const { precision, threshold, edgeitems, linewidth } = candidate;
  // More digits no double has: the smallest is 2^-1074.
  if (precision < 0 || precision > 1074) throw invalid('precision', 'from 0 to 1074', precision);
  if (Number.isNaN(threshold)) throw invalid('threshold', 'a number', threshold);
  if (edgeitems < 1) throw invalid('edgeitems', 'at least 1', edgeitems);
  if (linewidth < 0) throw invalid('linewidth', 'at least 0', linewidth);
  return candidate;
}

function invalid(argument: keyof PrintOptionKeywords, expected: string, got: unknown): ValueError {
  return new ValueError(`set_printoptions(): argument '${argument}' must be ${expected}, got ${show(got)}`);
}
