/** Trains a small network to tell two moons apart: `npx tsx examples/classifier.ts`. */
import * as torch from 'sconce';

/** Points of two interleaved half circles, and which of the two each belongs to, as 1 and -1. */
export function moons(count: number): { points: torch.Tensor; labels: torch.Tensor } {
  const angles = torch.rand(count).mul(Math.PI);
  const labels = torch.rand(count).lt(0.5).mul(2).sub(1);
  const x = angles.cos().mul(labels).add(labels.neg().add(1).div(2));
  const y = angles.sin().mul(labels).add(labels.neg().add(1).div(4));
  const points = torch.stack([x, y], 1).add(torch.randn(count, 2).mul(0.1));
  return { points, labels };
}

export const network = (): torch.nn.Sequential =>
  new torch.nn.Sequential(
    new torch.nn.Linear(2, 16),
    new torch.nn.Tanh(),
    new torch.nn.Linear(16, 16),
    new torch.nn.Tanh(),
    new torch.nn.Linear(16, 1),
  );

/** The score is positive for label 1: log(1 + exp(-label · score)). */
const logisticLoss = (scores: torch.Tensor, labels: torch.Tensor): torch.Tensor =>
  scores.mul(labels).neg().exp().log1p().mean();

/** The share of points on the right side. */
export function accuracy(model: torch.nn.Sequential, points: torch.Tensor, labels: torch.Tensor): number {
  const scores = torch.no_grad(() => model.forward(points).squeeze(1));
  return scores.mul(labels).gt(0).to(torch.float32).mean().item() as number;
}

/** The loss after each step. */
export function train(model: torch.nn.Sequential, points: torch.Tensor, labels: torch.Tensor, steps: number): number[] {
  const optimizer = new torch.optim.Adam(model.parameters(), { lr: 0.02 });
  return Array.from({ length: steps }, () => {
    optimizer.zero_grad({ set_to_none: true });
    const loss = logisticLoss(model.forward(points).squeeze(1), labels);
    loss.backward();
    optimizer.step();
    return loss.item() as number;
  });
}

function main(): void {
  torch.manual_seed(0);
  const [seen, unseen] = [moons(400), moons(400)];
  const model = network();
  console.log(String(model));
  const losses = train(model, seen.points, seen.labels, 200);
  for (const step of [0, 49, 99, 149, 199]) console.log(`step ${step + 1}: loss ${losses[step].toFixed(4)}`);
  console.log(`right on points not seen before: ${(100 * accuracy(model, unseen.points, unseen.labels)).toFixed(1)} %`);
}

if (import.meta.url === `file://${process.argv[1]}`) main();
