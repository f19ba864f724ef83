/** A step of training a small network, from the gradients' reset to the optimiser's. */
import type { Case } from '../case.js';
import { timed } from '../measure.js';
import * as torch from '../sconce.js';

const [batch, pixels, hidden, classes] = [64, 784, 256, 10];
const { linear, cross_entropy } = torch.nn.functional;

/** Weights and biases of both layers; as small as networks begin. */
const shapes = [[hidden, pixels], [hidden], [classes, hidden], [classes]];
const scale = 0.05;

const learningRate = 0.01;

type Optimizer = 'SGD' | 'Adam';

function sconceStep(name: Optimizer): () => void {
  const parameters = shapes.map((shape) => torch.randn(shape).mul(scale).requires_grad_());
  const [w1, b1, w2, b2] = parameters;
  const x = torch.randn(batch, pixels);
  const labels = torch.randint(classes, [batch]);
  const optimizer = new torch.optim[name](parameters, { lr: learningRate });
  return () => {
    optimizer.zero_grad();
    cross_entropy(linear(linear(x, w1, b1).relu(), w2, b2), labels).backward();
    optimizer.step();
  };
}

const python = (name: Optimizer) => `
from torch.nn.functional import cross_entropy, linear
parameters = [(torch.randn(shape) * ${scale}).requires_grad_() for shape in ${JSON.stringify(shapes)}]
w1, b1, w2, b2 = parameters
x = torch.randn(${batch}, ${pixels})
labels = torch.randint(${classes}, [${batch}])
optimizer = torch.optim.${name}(parameters, lr=${learningRate})
def step():
    optimizer.zero_grad(set_to_none=True)
    cross_entropy(linear(linear(x, w1, b1).relu(), w2, b2), labels).backward()
    optimizer.step()
`;

const tfjs = (name: Optimizer) => `
  const [w1, b1, w2, b2] = ${JSON.stringify(shapes)}.map((shape) => tf.variable(tf.mul(tf.randomNormal(shape), ${scale})));
  const x = tf.randomNormal([${batch}, ${pixels}]);
  const labels = tf.oneHot(tf.randomUniform([${batch}], 0, ${classes}, 'int32'), ${classes});
  const optimizer = tf.train.${name.toLowerCase()}(${learningRate});
  const layer = (x, w, b) => tf.add(tf.matMul(x, w, false, true), b);
  const loss = () => tf.losses.softmaxCrossEntropy(labels, layer(tf.relu(layer(x, w1, b1)), w2, b2));
`;

/** The gradients and the parameters after a step of SGD; jax-js itself has no optimisers. */
const jax = {
  setup: `[
    jax.random.normal(jax.random.key(1), [${batch}, ${pixels}]),
    jax.nn.oneHot(jax.random.randint(jax.random.key(2), { shape: [${batch}], minval: 0, maxval: ${classes} }), ${classes}),
    ...${JSON.stringify(shapes)}.map((shape) => jax.random.normal(jax.random.key(3), shape).mul(${scale})),
  ]`,
  statement: `(x, labels, ...parameters) => {
    const layer = (x, w, b) => np.matmul(x, np.matrixTranspose(w)).add(b);
    const loss = (w1, b1, w2, b2) => {
      const logits = layer(jax.nn.relu(layer(x, w1, b1)), w2, b2);
      return jax.nn.logSoftmax(logits).mul(labels).sum().mul(${-1 / batch});
    };
    const gradients = jax.grad(loss, { argnums: [0, 1, 2, 3] })(...parameters.map((parameter) => parameter.ref));
    return parameters.map((parameter, i) => parameter.sub(gradients[i].mul(${learningRate})));
  }`,
};

/** Three products of the second layer, two of the first, whose input needs no gradient. */
const flop = 2 * batch * hidden * (2 * pixels + 3 * classes);

const step = (name: Optimizer): Case => ({
  name: `${pixels}-${hidden}-${classes}, batch ${batch}, ${name}`,
  sconce: () => sconceStep(name),
  pytorch: { setup: python(name), statement: 'step()' },
  tfjs: { setup: tfjs(name), statement: 'optimizer.minimize(loss)' },
  jax: name === 'SGD' ? jax : undefined,
  flop,
  aims: [{ to: 'PyTorch', ratio: 0.5 }],
});

export default timed('a step of training a network of two layers', [step('SGD'), step('Adam')]);
