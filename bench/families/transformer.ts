/**
 * A block of a transformer: attention and a network of two layers, each after a layer_norm and with a way around it.
 */
import type { Case } from '../case.js';
import { timed } from '../measure.js';
import * as torch from '../sconce.js';

const [words, width, heads] = [128, 256, 4];
const inner = 4 * width;
const { gelu, layer_norm, linear, scaled_dot_product_attention } = torch.nn.functional;

/** By their names in Python and here: of both norms, of attention, and of the layers. */
const shapes: Record<string, number[]> = {
  n1: [width],
  c1: [width],
  qkv: [3 * width, width],
  qkv_bias: [3 * width],
  out: [width, width],
  out_bias: [width],
  n2: [width],
  c2: [width],
  up: [inner, width],
  up_bias: [inner],
  down: [width, inner],
  down_bias: [width],
};

type Parameters = Record<string, torch.Tensor>;

function block(x: torch.Tensor, p: Parameters): torch.Tensor {
  const split = linear(layer_norm(x, [width], p.n1, p.c1), p.qkv, p.qkv_bias).view(words, 3, heads, width / heads);
  const [q, k, v] = split.permute(1, 2, 0, 3).unbind();
  const attended = scaled_dot_product_attention(q, k, v).transpose(0, 1).reshape(words, width);
  const y = x.add(linear(attended, p.out, p.out_bias));
  const hidden = gelu(linear(layer_norm(y, [width], p.n2, p.c2), p.up, p.up_bias));
  return y.add(linear(hidden, p.down, p.down_bias));
}

function sconceStep(): () => void {
  const parameters = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, torch.randn(shape).mul(0.05).requires_grad_()]),
  );
  const x = torch.randn(words, width, { requires_grad: true });
  const gradient = torch.randn(words, width);
  const all = [x, ...Object.values(parameters)];
  return () => {
    for (const tensor of all) tensor.grad = null;
    block(x, parameters).backward(gradient);
  };
}

/** PyTorch 1.13 has no scaled_dot_product_attention yet; this is how its users write it. */
const setup = `
from math import sqrt
from torch.nn.functional import gelu, layer_norm, linear
shapes = ${JSON.stringify(shapes)}
p = {name: (torch.randn(shape) * 0.05).requires_grad_() for name, shape in shapes.items()}
x = torch.randn(${words}, ${width}, requires_grad=True)
gradient = torch.randn(${words}, ${width})
def attention(q, k, v):
    return (q @ k.transpose(-2, -1) / sqrt(${width / heads})).softmax(-1) @ v
def block():
    split = linear(layer_norm(x, [${width}], p["n1"], p["c1"]), p["qkv"], p["qkv_bias"])
    q, k, v = split.view(${words}, 3, ${heads}, ${width / heads}).permute(1, 2, 0, 3).unbind()
    attended = attention(q, k, v).transpose(0, 1).reshape(${words}, ${width})
    y = x + linear(attended, p["out"], p["out_bias"])
    hidden = gelu(linear(layer_norm(y, [${width}], p["n2"], p["c2"]), p["up"], p["up_bias"]))
    return y + linear(hidden, p["down"], p["down_bias"])
def step():
    x.grad = None
    for parameter in p.values():
        parameter.grad = None
    block().backward(gradient)
`;

/** The products: of the layers, and of attention. */
const flop = 3 * 2 * words * (width * 3 * width + width * width + 2 * width * inner + 2 * words * width);

const work: Case = {
  name: `${words} × ${width}, ${heads} heads, forward and backward`,
  sconce: sconceStep,
  pytorch: { setup, statement: 'step()' },
  flop,
  aims: [{ to: 'PyTorch', ratio: 0.8 }],
};

export default timed('a block of a transformer', [work]);
