/** A function of tensors as a case: forward alone, or with the gradients of its inputs. */
import type { Case } from './case.js';
import * as torch from './sconce.js';

export interface Input {
  shape: readonly number[];
  /** Normally distributed, between 0 and 1, or whole numbers below a bound; normal where it is not said. */
  values?: 'normal' | 'uniform' | number;
  dtype?: 'float32' | 'float64';
  /** Whether it is an input that nobody wants the gradient of. */
  constant?: boolean;
}

/** The function as expressions of its inputs, which are called x, y, z, u, v; jax-js consumes them. */
export interface Call {
  name: string;
  inputs: readonly Input[];
  sconce(...inputs: torch.Tensor[]): torch.Tensor;
  pytorch: string;
  tfjs?: string;
  jax?: string;
}

type Extras = Pick<Case, 'bytes' | 'flop' | 'product' | 'aims'>;

const letters = 'xyzuv';
const namesOf = ({ inputs }: Call) => [...letters.slice(0, inputs.length)];
const differentiable = ({ inputs }: Call) =>
  inputs.map(({ values, constant }) => !constant && typeof values !== 'number');

function tensor({ shape, values = 'normal', dtype = 'float32' }: Input): torch.Tensor {
  if (typeof values === 'number') return torch.randint(values, [...shape]);
  return torch[values === 'normal' ? 'randn' : 'rand']([...shape], { dtype: torch[dtype] });
}

function inPython({ shape, values = 'normal', dtype = 'float32' }: Input): string {
  if (typeof values === 'number') return `torch.randint(${values}, [${shape}])`;
  return `torch.${values === 'normal' ? 'randn' : 'rand'}([${shape}], dtype=torch.${dtype})`;
}

function inTensorFlow({ shape, values = 'normal' }: Input): string {
  if (typeof values === 'number') return `tf.randomUniform([${shape}], 0, ${values}, 'int32')`;
  return `tf.random${values === 'normal' ? 'Normal' : 'Uniform'}([${shape}])`;
}

function inJax({ shape, values = 'normal' }: Input): string {
  const key = 'jax.random.key(1)';
  if (typeof values === 'number')
    return `jax.random.randint(${key}, { shape: [${shape}], minval: 0, maxval: ${values} })`;
  return `jax.random.${values}(${key}, [${shape}])`;
}

/** Statements that give each input its name. */
function assignments(call: Call, value: (input: Input) => string, prefix: string): string {
  return namesOf(call)
    .map((name, i) => `${prefix}${name} = ${value(call.inputs[i])}`)
    .join('; ');
}

/** WebAssembly peers take part in what they can: 32-bit floats. */
const isSingle = ({ inputs }: Call) => inputs.every(({ dtype }) => dtype !== 'float64');

const orUndefined = <T>(condition: unknown, value: () => T): T | undefined => (condition ? value() : undefined);

/** The function alone. */
export function forward(call: Call, extras: Extras = {}): Case {
  return {
    name: call.name,
    sconce: () => {
      const inputs = call.inputs.map(tensor);
      return () => call.sconce(...inputs);
    },
    pytorch: { setup: assignments(call, inPython, ''), statement: call.pytorch },
    tfjs: orUndefined(call.tfjs && isSingle(call), () => ({
      setup: assignments(call, inTensorFlow, 'const '),
      statement: call.tfjs!,
    })),
    jax: orUndefined(call.jax && isSingle(call), () => ({
      setup: `[${call.inputs.map(inJax)}]`,
      statement: `(${namesOf(call)}) => ${call.jax}`,
    })),
    ...extras,
  };
}

function sconceGradient(call: Call): () => unknown {
  const inputs = call.inputs.map(tensor);
  const wanted = inputs.filter((_, i) => differentiable(call)[i]);
  for (const input of wanted) input.requires_grad_();
  const gradient = torch.randn(call.sconce(...inputs).shape);
  return () => {
    for (const input of wanted) input.grad = null;
    call.sconce(...inputs).backward(gradient);
  };
}

/** For jax-js: the inputs, and last the gradient of the output. */
function withGradient(call: Call): string {
  return `(() => {
    const inputs = [${call.inputs.map(inJax)}];
    const run = (${namesOf(call)}) => ${call.jax};
    return [...inputs, jax.random.normal(jax.random.key(2), run(...inputs.map((input) => input.ref)).shape)];
  })()`;
}

/** The function and the gradients of its inputs, for a gradient of the output that is dense. */
export function forwardBackward(call: Call, extras: Extras = {}): Case {
  const wanted = namesOf(call).filter((_, i) => differentiable(call)[i]);
  const positions = namesOf(call).flatMap((_, i) => (differentiable(call)[i] ? [i] : []));
  return {
    name: `${call.name}, forward and backward`,
    sconce: () => sconceGradient(call),
    pytorch: {
      setup: `${assignments(call, inPython, '')}; ${wanted.map((name) => `${name}.requires_grad_()`).join('; ')}; g = torch.randn_like(${call.pytorch})`,
      statement: `${wanted.map((name) => `${name}.grad = `).join('')}None; (${call.pytorch}).backward(g)`,
    },
    tfjs: orUndefined(call.tfjs && isSingle(call), () => ({
      setup: `${assignments(call, inTensorFlow, 'const ')}; const g = tf.randomNormal((${call.tfjs}).shape), gradients = tf.grads((${wanted}) => ${call.tfjs})`,
      statement: `gradients([${wanted}], g)`,
    })),
    jax: orUndefined(call.jax && isSingle(call), () => ({
      setup: withGradient(call),
      statement: `jax.grad((${namesOf(call)}, g) => (${call.jax}).mul(g).sum(), { argnums: [${positions}] })`,
    })),
    ...extras,
  };
}
