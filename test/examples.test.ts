/** Examples beside the tutorial do what they promise. */
import { expect, test } from 'vitest';
import { accuracy, moons, network, train } from '../examples/classifier.js';
import { manual_seed } from '../lib/index.js';

test('the classifier learns, and is right on points that it has not seen', () => {
  manual_seed(0);
  const [seen, unseen] = [moons(200), moons(200)];
  const model = network();
  const losses = train(model, seen.points, seen.labels, 100);
  expect(losses[99]).toBeLessThan(0.1 * losses[0]);
  expect(accuracy(model, unseen.points, unseen.labels)).toBeGreaterThan(0.97);
});
