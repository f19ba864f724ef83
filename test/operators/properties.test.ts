/** Properties over random shapes, layouts and dtypes, each against a plain loop or a law. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as torch from '../../lib/index.js';

const dtypes = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float32, torch.float64];
const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });

/** Small whole numbers, exact in every dtype, laid out as a permuted and strided view of a larger tensor. */
const tensors = (shape: number[]): fc.Arbitrary<torch.Tensor> =>
  fc
    .record({
      dtype: fc.constantFrom(...dtypes),
      order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
      step: fc.integer({ min: 1, max: 2 }),
      seed: fc.integer({ min: 0, max: 6 }),
    })
    .map(({ dtype, order, step, seed }) => {
      const sizes = order.map((dim) => shape[dim]);
      const room = sizes.map((size) => size * step);
      const count = room.reduce((product, size) => product * size, 1);
      const whole = torch.tensor(
        Float64Array.from({ length: count }, (_, i) => (i * 5 + seed) % 7),
        { dtype },
      );
      const strided = sizes.reduce((view, size, dim) => view.slice(dim, 0, size * step, step), whole.view(room));
      return strided.permute(shape.map((_, dim) => order.indexOf(dim)));
    });

const inputs = shapes.chain((shape) => fc.record({ shape: fc.constant(shape), x: tensors(shape) }));

/** Two tensors that broadcast: some dimensions of the second are 1, and leading ones may be missing. */
const pairs = shapes.chain((shape) =>
  fc
    .record({ ones: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), lead: fc.nat(3) })
    .chain(({ ones, lead }) => {
      const other = shape.map((size, dim) => (ones[dim] ? 1 : size)).slice(Math.min(lead, shape.length));
      return fc.record({ shape: fc.constant(shape), x: tensors(shape), y: tensors(other) });
    }),
);

const elements = (x: torch.Tensor): number[] => Array.from(x.toTypedArray() as ArrayLike<number | bigint>, Number);

/** Row-major coordinates of a shape. */
function* coordinates(shape: readonly number[]): Generator<number[]> {
  const count = shape.reduce((product, size) => product * size, 1);
  for (let i = 0; i < count; i++) {
    let rest = i;
    const at = [...shape].reverse().map((size) => {
      const coordinate = rest % size;
      rest = Math.floor(rest / size);
      return coordinate;
    });
    yield at.reverse();
  }
}

/** The element of `x` that broadcasting shows at a coordinate. */
const elementAt = (x: torch.Tensor, at: readonly number[]): number => {
  const own = at.slice(at.length - x.ndim).map((coordinate, dim) => (x.size(dim) === 1 ? 0 : coordinate));
  return Number(x.index(own).item());
};

const laws: readonly [string, (a: number, b: number) => number, (x: torch.Tensor, y: torch.Tensor) => torch.Tensor][] =
  [
    ['add', (a, b) => a + b, (x, y) => x.add(y)],
    ['mul', (a, b) => a * b, (x, y) => x.mul(y)],
    ['maximum', Math.max, (x, y) => x.maximum(y)],
  ];

test.each(laws)('%s of two broadcast tensors is the loop over their elements', (_, plain, operator) => {
  fc.assert(
    fc.property(pairs, ({ shape, x, y }) => {
      const expected = [...coordinates(shape)].map((at) => plain(elementAt(x, at), elementAt(y, at)));
      const result = operator(x, y);
      expect(elements(result)).toEqual(expected);
      // A 0-dim operand weighs less in promotion; the samples have those.
      if (y.ndim > 0 || x.ndim === 0) expect(result.dtype).toBe(torch.promote_types(x.dtype, y.dtype));
    }),
  );
});

test('a sum over dimensions is the loop over what is summed', () => {
  fc.assert(
    fc.property(inputs, fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), ({ shape, x }, chosen) => {
      const dims = [...shape.keys()].filter((dim) => chosen[dim]);
      if (dims.length === 0) return;
      const kept = shape.map((size, dim) => (dims.includes(dim) ? 1 : size));
      const expected = new Map([...coordinates(kept)].map((at) => [at.join(), 0]));
      for (const at of coordinates(shape)) {
        const to = at.map((coordinate, dim) => (dims.includes(dim) ? 0 : coordinate)).join();
        expected.set(to, (expected.get(to) as number) + elementAt(x, at));
      }
      expect(elements(x.sum(dims, true))).toEqual([...expected.values()]);
    }),
  );
});

test('what index_put_ writes, index reads, and nothing else changes', () => {
  fc.assert(
    fc.property(inputs, fc.nat(), ({ shape, x }, seed) => {
      if (x.numel() === 0) return;
      const all = [...coordinates(shape)];
      const chosen = all[seed % all.length];
      const before = elements(x);
      x.index_put_(chosen, 9);
      before[seed % all.length] = 9;
      expect(elements(x)).toEqual(before);
    }),
  );
});

test('the gradient of a sum of products is the other factor, summed over what was broadcast', () => {
  fc.assert(
    fc.property(pairs, ({ x, y }) => {
      const [a, b] = [x, y].map((factor) => factor.to(torch.float64).clone().requires_grad_());
      a.mul(b).sum().backward();
      const [left, right] = [b.detach().expand_as(a), a.detach().sum_to_size([...b.shape])];
      expect(elements(a.grad as torch.Tensor)).toEqual(elements(left));
      expect(elements(b.grad as torch.Tensor)).toEqual(elements(right));
    }),
  );
});
