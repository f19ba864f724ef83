/** Matrix products. */

import type { Case } from '../case.js';
import { timed } from '../measure.js';
import * as torch from '../sconce.js';

interface Shape {
  rows: number;
  inner: number;
  columns: number;
  batch?: number;
  dtype?: 'float32' | 'float64';
  /** Which of both is the transpose of a dense matrix. */
  transposed?: 'nn' | 'tn' | 'nt';
}

/** What the aims allow; there are none for other dtypes and sizes. */
function aimsOf({ rows, inner, columns, dtype }: Required<Shape>): Case['aims'] {
  const smallest = Math.min(rows, inner, columns);
  const largest = Math.max(rows, inner, columns);
  if (dtype === 'float64') return largest === 1024 ? [{ to: 'OpenBLAS', ratio: 1.05 }] : [];
  if (largest <= 64 && smallest >= 8) return [{ to: 'BLAS', ratio: 1 }];
  return largest >= 128 ? [{ to: 'BLAS', ratio: 1 / 0.95 }] : [];
}

const complete = (shape: Shape): Required<Shape> => ({ batch: 1, dtype: 'float32', transposed: 'nn', ...shape });

/** Python's and our sizes of both operands as they lie in memory. */
function sizes({ rows, inner, columns, batch, transposed }: Required<Shape>): [number[], number[]] {
  const leading = batch > 1 ? [batch] : [];
  const left = transposed[0] === 't' ? [inner, rows] : [rows, inner];
  const right = transposed[1] === 't' ? [columns, inner] : [inner, columns];
  return [
    [...leading, ...left],
    [...leading, ...right],
  ];
}

function nameOf({ rows, inner, columns, batch, dtype, transposed }: Required<Shape>): string {
  const isCube = rows === inner && inner === columns;
  const shape = isCube ? `${rows}³` : `${rows} × ${inner} by ${inner} × ${columns}`;
  const layout = { nn: '', tn: ', left transposed', nt: ', right transposed' }[transposed];
  return `${batch > 1 ? `${batch} × ` : ''}${shape}${layout}${dtype === 'float64' ? ', float64' : ''}`;
}

/** Beyond this, peers on WebAssembly would take seconds for each product. */
const largestForWebAssembly = 2 * 512 ** 3;

function forward(shape: Shape): Case {
  const whole = complete(shape);
  const { rows, inner, columns, batch, dtype, transposed } = whole;
  const [left, right] = sizes(whole);
  const flop = 2 * rows * inner * columns * batch;
  const [transposeLeft, transposeRight] = [...transposed].map((letter) => letter === 't');
  const isForWebAssembly = dtype === 'float32' && flop <= largestForWebAssembly;
  const mT = (name: string, swap: boolean) => (swap ? `${name}.transpose(-2, -1)` : name);
  const jT = (name: string, swap: boolean) => (swap ? `np.matrixTranspose(${name})` : name);
  return {
    name: nameOf(whole),
    sconce: () => {
      const [a, b] = [left, right].map((size) => torch.randn(size, { dtype: torch[dtype] }));
      const x = transposeLeft ? a.transpose(-2, -1) : a;
      const y = transposeRight ? b.transpose(-2, -1) : b;
      return () => x.matmul(y);
    },
    pytorch: {
      setup: `a, b = torch.randn(${left}, dtype=torch.${dtype}), torch.randn(${right}, dtype=torch.${dtype}); x, y = ${mT('a', transposeLeft)}, ${mT('b', transposeRight)}`,
      statement: 'x @ y',
    },
    tfjs: isForWebAssembly
      ? {
          setup: `const x = tf.randomNormal([${left}]), y = tf.randomNormal([${right}])`,
          statement: `tf.matMul(x, y, ${transposeLeft}, ${transposeRight})`,
        }
      : undefined,
    jax: isForWebAssembly
      ? {
          setup: `[jax.random.normal(jax.random.key(1), [${left}]), jax.random.normal(jax.random.key(2), [${right}])]`,
          statement: `(x, y) => np.matmul(${jT('x', transposeLeft)}, ${jT('y', transposeRight)})`,
        }
      : undefined,
    flop,
    product: `${dtype} ${rows}x${inner}x${columns} ${transposed} ${batch}`,
    aims: aimsOf(whole),
  };
}

/** Forward, and the gradients of both operands: three products. */
function backward(size: number): Case {
  return {
    name: `${size}³ forward and backward`,
    sconce: () => {
      const [x, y] = [0, 1].map(() => torch.randn(size, size, { requires_grad: true }));
      return () => {
        x.grad = null;
        y.grad = null;
        x.matmul(y).sum().backward();
      };
    },
    pytorch: {
      setup: `x, y = (torch.randn(${size}, ${size}, requires_grad=True) for i in range(2))`,
      statement: 'x.grad = y.grad = None; (x @ y).sum().backward()',
    },
    flop: 6 * size ** 3,
    product: `float32 ${size}x${size}x${size} nn 3`,
    aims: [{ to: 'BLAS', ratio: 1 / 0.95 }],
  };
}

const square = (size: number, more: Partial<Shape> = {}): Shape => ({
  rows: size,
  inner: size,
  columns: size,
  ...more,
});

const shapes: readonly Shape[] = [
  ...[8, 16, 32, 64, 128, 256, 512, 1024, 2048].map((size) => square(size)),
  { rows: 1, inner: 1024, columns: 1024 },
  { rows: 1024, inner: 1024, columns: 1 },
  { rows: 64, inner: 784, columns: 256 },
  { rows: 4096, inner: 64, columns: 64 },
  { rows: 64, inner: 4096, columns: 64 },
  square(512, { transposed: 'tn' }),
  square(512, { transposed: 'nt' }),
  square(64, { batch: 64 }),
  { rows: 128, inner: 64, columns: 128, batch: 16, transposed: 'nt' },
  ...[64, 256, 1024].map((size) => square(size, { dtype: 'float64' })),
];

export default timed('matrix products: rows × inner by inner × columns', [
  ...shapes.map(forward),
  ...[32, 128, 512].map(backward),
]);
