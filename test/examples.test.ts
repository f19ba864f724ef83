/** Examples beside the tutorial do what they promise. */
import { expect, test } from 'vitest';
import * as classifier from '../examples/classifier.js';
import * as reader from '../examples/digits.js';
import { manual_seed } from '../lib/index.js';

test('the classifier learns, and is right on points that it has not seen', () => {
  const { accuracy, moons, network, train } = classifier;
  manual_seed(0);
  const [seen, unseen] = [moons(200), moons(200)];
  const model = network();
  const losses = train(model, seen.points, seen.labels, 100);
  expect(losses[99]).toBeLessThan(0.1 * losses[0]);
  expect(accuracy(model, unseen.points, unseen.labels)).toBeGreaterThan(0.97);
});

test('the convolutional network learns to read digits, and does so again from the same seed', () => {
  const { accuracy, digits, network, train } = reader;
  const run = (epochs: number): { losses: number[]; right: number } => {
    manual_seed(0);
    const [seen, unseen] = [digits(480), digits(160)];
    const model = network();
    const losses = train(model, seen.images, seen.labels, epochs);
    return { losses, right: accuracy(model, unseen.images, unseen.labels) };
  };
  const { losses, right } = run(8);
  expect(losses[7]).toBeLessThan(0.5 * losses[0]);
  expect(right).toBeGreaterThan(0.9);
  expect(run(1)).toEqual(run(1));
});
