/** A step of training a small network, from the gradients' reset to the optimiser's. */
import type { Case } from '../case.js';
import { timed } from '../measure.js';
import * as torch from '../sconce.js';

const { linear, cross_entropy } = torch.nn.functional;

/** A network of two layers, and how many examples it sees at once. */
interface Network {
  readonly inputs: number;
  readonly hidden: number;
  readonly classes: number;
  readonly batch: number;
}

/** Of weights and biases. */
const shapesOf = ({ inputs, hidden, classes }: Network): number[][] => [
  [hidden, inputs],
  [hidden],
  [classes, hidden],
  [classes],
];
/** As small as networks begin. */
const scale = 0.05;

const learningRate = 0.01;

type Optimizer = 'SGD' | 'Adam';

function sconceStep(network: Network, name: Optimizer): () => void {
  const { batch, inputs, classes } = network;
  const parameters = shapesOf(network).map((shape) => torch.randn(shape).mul(scale).requires_grad_());
  const [w1, b1, w2, b2] = parameters;
  const x = torch.randn(batch, inputs);
  const labels = torch.randint(classes, [batch]);
  const optimizer = new torch.optim[name](parameters, { lr: learningRate });
  return () => {
    optimizer.zero_grad({ set_to_none: true });
    cross_entropy(linear(linear(x, w1, b1).relu(), w2, b2), labels).backward();
    optimizer.step();
  };
}

const python = (network: Network, name: Optimizer) => `
from torch.nn.functional import cross_entropy, linear
parameters = [(torch.randn(shape) * ${scale}).requires_grad_() for shape in ${JSON.stringify(shapesOf(network))}]
w1, b1, w2, b2 = parameters
x = torch.randn(${network.batch}, ${network.inputs})
labels = torch.randint(${network.classes}, [${network.batch}])
optimizer = torch.optim.${name}(parameters, lr=${learningRate})
def step():
    optimizer.zero_grad(set_to_none=True)
    cross_entropy(linear(linear(x, w1, b1).relu(), w2, b2), labels).backward()
    optimizer.step()
`;

const tfjs = (network: Network, name: Optimizer) => `
  const shapes = ${JSON.stringify(shapesOf(network))};
  const [w1, b1, w2, b2] = shapes.map((shape) => tf.variable(tf.mul(tf.randomNormal(shape), ${scale})));
  const x = tf.randomNormal([${network.batch}, ${network.inputs}]);
  const labels = tf.oneHot(tf.randomUniform([${network.batch}], 0, ${network.classes}, 'int32'), ${network.classes});
  const optimizer = tf.train.${name.toLowerCase()}(${learningRate});
  const layer = (x, w, b) => tf.add(tf.matMul(x, w, false, true), b);
  const loss = () => tf.losses.softmaxCrossEntropy(labels, layer(tf.relu(layer(x, w1, b1)), w2, b2));
`;

/** The gradients and the parameters after a step of SGD; jax-js itself has no optimisers. */
const jax = (network: Network) => ({
  setup: `[
    jax.random.normal(jax.random.key(1), [${network.batch}, ${network.inputs}]),
    jax.nn.oneHot(
      jax.random.randint(jax.random.key(2), { shape: [${network.batch}], minval: 0, maxval: ${network.classes} }),
      ${network.classes},
    ),
    ...${JSON.stringify(shapesOf(network))}.map((shape) => jax.random.normal(jax.random.key(3), shape).mul(${scale})),
  ]`,
  statement: `(x, labels, ...parameters) => {
    const layer = (x, w, b) => np.matmul(x, np.matrixTranspose(w)).add(b);
    const loss = (w1, b1, w2, b2) => {
      const logits = layer(jax.nn.relu(layer(x, w1, b1)), w2, b2);
      return jax.nn.logSoftmax(logits).mul(labels).sum().mul(${-1 / network.batch});
    };
    const gradients = jax.grad(loss, { argnums: [0, 1, 2, 3] })(...parameters.map((parameter) => parameter.ref));
    return parameters.map((parameter, i) => parameter.sub(gradients[i].mul(${learningRate})));
  }`,
});

/** Three products of the second layer, two of the first, whose input needs no gradient. */
const flopOf = ({ batch, inputs, hidden, classes }: Network) => 2 * batch * hidden * (2 * inputs + 3 * classes);

const step = (network: Network, name: Optimizer, aims: Case['aims']): Case => ({
  name: `${network.inputs}-${network.hidden}-${network.classes}, batch ${network.batch}, ${name}`,
  sconce: () => sconceStep(network, name),
  pytorch: { setup: python(network, name), statement: 'step()' },
  tfjs: { setup: tfjs(network, name), statement: 'optimizer.minimize(loss)' },
  jax: name === 'SGD' ? jax(network) : undefined,
  flop: flopOf(network),
  aims,
});

const small: Network = { inputs: 2, hidden: 16, classes: 2, batch: 32 };
const perceptron: Network = { inputs: 784, hidden: 256, classes: 10, batch: 64 };
const half: Case['aims'] = [{ to: 'PyTorch', ratio: 0.5 }];

export default timed('a step of training a network of two layers', [
  step(small, 'SGD', undefined),
  step(small, 'Adam', undefined),
  step(perceptron, 'SGD', half),
  step(perceptron, 'Adam', half),
]);
