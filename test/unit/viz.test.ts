/** torch.utils.viz: the graph as text and, by a package of the user's, as a picture. */
import { expect, test } from 'vitest';
import * as torch from '../../lib/index.js';
import { custom, double } from './custom.js';
import { errorsOf, leaf } from './programs.js';

const { make_dot } = torch.utils.viz;

/** The statements, without those that set styles. */
const statements = (dot: { source: string }): string[] =>
  dot.source
    .trimEnd()
    .split('\n')
    .slice(3, -1)
    .map((line) => line.trim());

test('nodes, edges, leaves and results', () => {
  const [x, w] = [leaf(1, 2), leaf(3, 4)];
  const y = x.mul(w).sin();
  expect(statements(make_dot(y, { w, y }))).toEqual([
    'n0 [label="y\\n2", fillcolor=palegreen]',
    'n1 [label="SinBackward0", fillcolor=white]',
    'n1 -> n0',
    'n2 [label="MulBackward0", fillcolor=white]',
    'n2 -> n1 [label=" 2"]',
    'n3 [label="leaf\\n2", fillcolor=lightblue]',
    'n3 -> n2 [label=" 2"]',
    'n4 [label="w\\n2", fillcolor=lightblue]',
    'n4 -> n2 [label=" 2"]',
  ]);
});

test('saved tensors, and several results', () => {
  const x = torch.ones(2, 3, { requires_grad: true });
  const [a, b] = x.exp().unbind();
  const text = statements(make_dot([a, b.sum()], { x }, { show_saved: true, show_shapes: false }));
  expect(text).toContain('n2 [label="result 1\\nscalar", fillcolor=palegreen]');
  expect(text).toContain('n6 [label="result\\n2 × 3", fillcolor=orange]');
  expect(text).toContain('n6 -> n4 [style=dashed, arrowhead=none]');
  expect(text.filter((line) => line.includes('UnbindBackward0'))).toHaveLength(1);
});

test('custom functions, lists, tensors without a graph and odd names', () => {
  const [x, y] = [leaf(1), leaf(2)];
  const joined = torch.cat([custom(double, (_, g) => g).apply(x), y]);
  const text = make_dot([joined, torch.ones(1)], { 'a "quoted" \\ name': x }).source;
  expect(text).toContain('CustomBackward');
  expect(text).toContain('label="a \\"quoted\\" \\\\ name\\n1"');
  expect(statements(make_dot(x))).toEqual(['n0 [label="leaf\\n1", fillcolor=lightblue]']);
});

test('a graph whose saved tensors were freed can be drawn without them', () => {
  const y = leaf(1, 2).sin().sum();
  y.backward();
  expect(String(make_dot(y))).toContain('SinBackward0');
  expect(() => make_dot(y, null, { show_saved: true })).toThrow('Trying to backward through the graph a second time');
});

test('svg is what the renderer makes of the text', async () => {
  const dot = make_dot(leaf(1));
  const svg = await dot.svg({ renderString: (text, { format }) => `${format}: ${text}` });
  expect(svg).toBe(`svg: ${dot.source}`);
});

test('arguments of the wrong kind', () => {
  expect(
    errorsOf(
      () => make_dot(3 as never),
      () => make_dot([leaf(1), 3 as never]),
      () => make_dot(leaf(1), 3 as never),
      () => make_dot(leaf(1), { x: 3 as never }),
      () => make_dot(leaf(1), null, { show_saved: 1 as never }),
      () => make_dot(leaf(1), null, { show: true } as never),
    ),
  ).toEqual([
    "make_dot(): argument 'outputs' must be a Tensor or a list of Tensors, not 3",
    "make_dot(): argument 'outputs' must be a Tensor or a list of Tensors, not [Tensor, 3]",
    "make_dot(): argument 'params' must be an object of Tensors, not 3",
    'make_dot(): params.x must be Tensor, not 3',
    "make_dot(): argument 'show_saved' must be bool, not 1",
    "make_dot() got an unexpected keyword argument 'show'",
  ]);
});
