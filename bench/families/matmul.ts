/** Matrix products. */
import { type Call, forward, forwardBackward } from '../call.js';
import type { Aim, Case } from '../case.js';
import { timed } from '../measure.js';

interface Shape {
  rows: number;
  inner: number;
  columns: number;
  batch: number;
  dtype: 'float32' | 'float64';
  /** Which of both is the transpose of a dense matrix. */
  transposed: 'nn' | 'tn' | 'nt';
}

const shape = (rows: number, inner: number, columns: number, more: Partial<Shape> = {}): Shape => ({
  rows,
  inner,
  columns,
  batch: 1,
  dtype: 'float32',
  transposed: 'nn',
  ...more,
});

const cube = (size: number, more: Partial<Shape> = {}) => shape(size, size, size, more);

/** None for other dtypes and sizes. */
function aimsOf({ rows, inner, columns, dtype }: Shape): Aim[] {
  const largest = Math.max(rows, inner, columns);
  if (dtype === 'float64') return largest === 1024 ? [{ to: 'OpenBLAS', ratio: 1.05 }] : [];
  return [{ to: 'BLAS', ratio: largest <= 64 ? 1 : 1 / 0.95 }];
}

function nameOf({ rows, inner, columns, batch, dtype, transposed }: Shape): string {
  const isCube = rows === inner && inner === columns;
  const size = isCube ? `${rows}³` : `${rows} × ${inner} by ${inner} × ${columns}`;
  const layout = { nn: '', tn: ', left transposed', nt: ', right transposed' }[transposed];
  return `${batch > 1 ? `${batch} × ` : ''}${size}${layout}${dtype === 'float64' ? ', float64' : ''}`;
}

/** Of a product, whose operands are x and y as they lie in memory. */
function callOf(whole: Shape): Call {
  const { rows, inner, columns, batch, dtype, transposed } = whole;
  const leading = batch > 1 ? [batch] : [];
  const [left, right] = [...transposed].map((letter) => letter === 't');
  const sizes = [left ? [inner, rows] : [rows, inner], right ? [columns, inner] : [inner, columns]];
  const mT = (name: string, swap: boolean) => (swap ? `${name}.mT` : name);
  const matrixTranspose = (name: string, swap: boolean) => (swap ? `np.matrixTranspose(${name})` : name);
  // Of larger ones, WebAssembly peers would take seconds each.
  const isSmall = rows * inner * columns * batch <= 512 ** 3;
  return {
    name: nameOf(whole),
    inputs: sizes.map((size) => ({ shape: [...leading, ...size], dtype })),
    sconce: (x, y) => (left ? x.mT : x).matmul(right ? y.mT : y),
    pytorch: `${mT('x', left)} @ ${mT('y', right)}`,
    tfjs: isSmall ? `tf.matMul(x, y, ${left}, ${right})` : undefined,
    jax: isSmall ? `np.matmul(${matrixTranspose('x', left)}, ${matrixTranspose('y', right)})` : undefined,
  };
}

const product = ({ rows, inner, columns, batch, dtype, transposed }: Shape, times = 1) => ({
  flop: 2 * rows * inner * columns * batch * times,
  product: `${dtype} ${rows}x${inner}x${columns} ${transposed} ${batch * times}`,
});

const shapes: readonly Shape[] = [
  ...[8, 16, 32, 64, 128, 256, 512, 1024, 2048].map((size) => cube(size)),
  shape(1, 1024, 1024),
  shape(1024, 1024, 1),
  shape(64, 784, 256),
  shape(4096, 64, 64),
  shape(64, 4096, 64),
  cube(512, { transposed: 'tn' }),
  cube(512, { transposed: 'nt' }),
  cube(64, { batch: 64 }),
  shape(128, 64, 128, { batch: 16, transposed: 'nt' }),
  ...[64, 256, 1024].map((size) => cube(size, { dtype: 'float64' })),
];

/** The gradients of both operands are products as large. */
const backward = [32, 128, 512].map((size): Case => {
  const whole = cube(size);
  return forwardBackward(callOf(whole), {
    ...product(whole, 3),
    aims: size >= 128 ? [{ to: 'BLAS', ratio: 1 / 0.95 }] : [],
  });
});

export default timed('matrix products: rows × inner by inner × columns', [
  ...shapes.map((whole) => forward(callOf(whole), { ...product(whole), aims: aimsOf(whole) })),
  ...backward,
]);
