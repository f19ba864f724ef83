/**
 * Lowers convolutions over up to three dimensions.
 *
 * A convolution relates an image, a kernel and a response; three kernels of native code compute each from the other
 * two, and each is the derivative of the others. So all derivatives, of any order, are these three.
 */
import { repeated, type Shape } from '../base/shape.js';
import { opcode } from '../engine/native.js';
import { begin, operand, run, scalar } from '../engine/program.js';
import { emptyTensor, type Tensor } from '../tensor.js';
import { isTransformed } from './levels.js';
import { op } from './op.js';
import { copyInto } from './pointwise.js';
import { rowMajor } from './slices.js';
import { lift } from './windows.js';

/** How a kernel is laid over an image: for each dimension stride, padding before it, and dilation; and the groups. */
export interface Geometry {
  readonly stride: number[];
  readonly padding: number[];
  readonly dilation: number[];
  readonly groups: number;
}

/** The sizes behind those of batch and channels. */
export const spatial = (tensor: { readonly sizes: Shape }): number[] => tensor.sizes.slice(2);

const codes = {
  image: opcode('conv_image'),
  response: opcode('conv_response'),
  kernel: opcode('conv_kernel'),
};
const noStrides = repeated(0, 10);

interface Roles {
  readonly image: Tensor;
  readonly response: Tensor;
  readonly kernel: Tensor;
}

/** Computes one of the three from the others, which must be row-major. */
function convolve(
  result: keyof Roles,
  roles: Roles,
  bias: Tensor | null,
  { stride, padding, dilation, groups }: Geometry,
): Tensor {
  const { image, response, kernel } = roles;
  const out = roles[result];
  const order = [out, ...[image, response, kernel].filter((tensor) => tensor !== out), ...(bias ? [bias] : [])];
  const channels = [kernel.sizes[0] / groups, kernel.sizes[1]];
  const sizes = [lift(spatial(response), 1), lift(spatial(kernel), 1)];
  // Native code reads row-major operands, of which the sizes tell all.
  begin(codes[result], [image.sizes[0], groups, ...channels, ...sizes[0], ...sizes[1]], order.length);
  for (const tensor of order) operand(tensor, noStrides);
  const numbers = [lift(spatial(image), 1), lift(stride, 1), lift(padding, 0), lift(dilation, 1)];
  for (let dim = 0; dim < 3; dim++) for (const values of numbers) scalar(values[dim]);
  run('convolution', out.dtype);
  return out;
}

type Convolve = (
  a: Tensor,
  b: Tensor,
  bias: Tensor | null,
  stride: number[],
  padding: number[],
  dilation: number[],
  groups: number,
  size: readonly number[],
) => Tensor;

const geometryParameters = 'int[] stride, int[] padding, int[] dilation, int groups, int[] size';

/** The sum over batch and positions, for each channel. */
const biasGradient = (grad: Tensor): Tensor => grad.sum([0, ...spatial(grad).map((_, i) => i + 2)]);

/** Levels see a bias that is added by an operator of its own: without one, a convolution is linear in each operand. */
const biased =
  (operator: Convolve): Convolve =>
  (a, b, bias, ...numbers) => {
    if (bias === null || !isTransformed()) return operator(a, b, bias, ...numbers);
    const [stride] = numbers;
    return operator(a, b, null, ...numbers).add(bias.reshape([-1, ...stride.map(() => 1)]));
  };

/** The response: the forward pass of a convolution. */
export const respond: Convolve = biased(
  op(`_convolution(Tensor image, Tensor kernel, Tensor? bias, ${geometryParameters}) -> Tensor`, {
    tangents: 'linear',
    forward: (image, kernel, bias, stride, padding, dilation, groups, size) => {
      const response = emptyTensor([image.sizes[0], kernel.sizes[0], ...size], image.dtype);
      if (response.count === 0) return response;
      const roles = { image: rowMajor(image), kernel: rowMajor(kernel), response };
      return convolve('response', roles, bias && rowMajor(bias), { stride, padding, dilation, groups });
    },
    backward: {
      image: (grad, { image, kernel, stride, padding, dilation, groups }) =>
        reconstruct(grad, kernel, null, stride, padding, dilation, groups, spatial(image)),
      kernel: (grad, { image, kernel, stride, padding, dilation, groups }) =>
        correlate(image, grad, stride, padding, dilation, groups, spatial(kernel)),
      bias: biasGradient,
    },
    saves: { image: ['kernel'], kernel: ['image'] },
    node: 'ConvolutionBackward0',
    only: 'function',
  }),
);

/** The image: the forward pass of a transposed convolution, and the gradient of a convolution's input. */
export const reconstruct: Convolve = biased(
  op(`_convolution_transposed(Tensor response, Tensor kernel, Tensor? bias, ${geometryParameters}) -> Tensor`, {
    tangents: 'linear',
    forward: (response, kernel, bias, stride, padding, dilation, groups, size) => {
      const image = emptyTensor([response.sizes[0], kernel.sizes[1] * groups, ...size], response.dtype);
      if (image.count === 0) return image;
      const roles = { response: rowMajor(response), kernel: rowMajor(kernel), image };
      return convolve('image', roles, bias && rowMajor(bias), { stride, padding, dilation, groups });
    },
    backward: {
      response: (grad, { response, kernel, stride, padding, dilation, groups }) =>
        respond(grad, kernel, null, stride, padding, dilation, groups, spatial(response)),
      kernel: (grad, { response, kernel, stride, padding, dilation, groups }) =>
        correlate(grad, response, stride, padding, dilation, groups, spatial(kernel)),
      bias: biasGradient,
    },
    saves: { response: ['kernel'], kernel: ['response'] },
    node: 'ConvolutionBackward0',
    only: 'function',
  }),
);

/** The kernel: the gradient of the weight of either. */
const correlate: (
  image: Tensor,
  response: Tensor,
  stride: number[],
  padding: number[],
  dilation: number[],
  groups: number,
  size: readonly number[],
) => Tensor = op(`_convolution_weight(Tensor image, Tensor response, ${geometryParameters}) -> Tensor`, {
  tangents: 'linear',
  forward: (image, response, stride, padding, dilation, groups, size) => {
    const kernel = emptyTensor([response.sizes[1], image.sizes[1] / groups, ...size], image.dtype);
    if (kernel.count === 0) return kernel;
    if (image.count === 0 || response.count === 0) {
      copyInto(kernel, 0);
      return kernel;
    }
    const roles = { image: rowMajor(image), response: rowMajor(response), kernel };
    return convolve('kernel', roles, null, { stride, padding, dilation, groups });
  },
  backward: {
    image: (grad, { image, response, stride, padding, dilation, groups }) =>
      reconstruct(response, grad, null, stride, padding, dilation, groups, spatial(image)),
    response: (grad, { image, response, stride, padding, dilation, groups }) =>
      respond(image, grad, null, stride, padding, dilation, groups, spatial(response)),
  },
  saves: { image: ['response'], response: ['image'] },
  node: 'ConvolutionBackwardBackward0',
  only: 'function',
});
