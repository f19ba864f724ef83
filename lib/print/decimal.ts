/**
 * Numbers in decimal as Python writes them: the exact binary value, rounded half to even, to any number of digits.
 * JavaScript's own toFixed and toExponential round a tie up (0.03125 to 0.0313) and toFixed gives up at 1e21.
 */

/** Python's `'{:.<digits>f}'.format(value)`. */
export function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  const text = scaledText(value, digits, digits + 1);
  return sign(value) + withPoint(text, text.length - digits);
}

/** Python's `'{:.<digits>e}'.format(value)`. */
export function scientific(value: number, digits: number): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  const exponent = roundedExponent(value, digits);
  const text = scaledText(value, digits - exponent, digits + 1);
  const exponentDigits = Math.abs(exponent).toString().padStart(2, '0');
  return `${sign(value)}${withPoint(text, 1)}e${exponent < 0 ? '-' : '+'}${exponentDigits}`;
}

function nonFinite(value: number): string {
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}

function sign(value: number): string {
  return value < 0 || Object.is(value, -0) ? '-' : '';
}

function withPoint(text: string, position: number): string {
  return position === text.length ? text : `${text.slice(0, position)}.${text.slice(position)}`;
}

/**
 * The power of ten of the first digit once the value is rounded to so many digits.
 * toExponential's ties do not matter: rounding carries into a new first digit only from all nines, which is also
 * rounded up when half goes to even. Nor does its limit of 100 digits: no float begins with a hundred nines.
 */
function roundedExponent(value: number, digits: number): number {
  return Number(value.toExponential(Math.min(digits, 100)).split('e')[1]);
}

function scaledText(value: number, power: number, leastLength: number): string {
  return scaled(value, power).toString().padStart(leastLength, '0');
}

/** The whole number nearest to |value| · 10^power; of two equally near the even one. */
function scaled(value: number, power: number): bigint {
  const { mantissa, exponent } = decompose(value);
  const numerator = (mantissa * 10n ** BigInt(Math.max(power, 0))) << BigInt(Math.max(exponent, 0));
  const denominator = (10n ** BigInt(Math.max(-power, 0))) << BigInt(Math.max(-exponent, 0));
  const quotient = numerator / denominator;
  const twiceRemainder = 2n * (numerator - quotient * denominator);
  const isOdd = quotient % 2n === 1n;
  return twiceRemainder > denominator || (twiceRemainder === denominator && isOdd) ? quotient + 1n : quotient;
}

const float = new Float64Array(1);
const bits = new BigUint64Array(float.buffer);

/** The whole numbers with |value| = mantissa · 2^exponent, from the fields of an IEEE 754 double. */
function decompose(value: number): { mantissa: bigint; exponent: number } {
  float[0] = value;
  const fraction = bits[0] & 0xfffffffffffffn;
  const biasedExponent = Number((bits[0] >> 52n) & 0x7ffn);
  const isSubnormal = biasedExponent === 0;
  return {
    mantissa: isSubnormal ? fraction : fraction | 0x10000000000000n,
    exponent: Math.max(biasedExponent, 1) - 1075,
  };
}
