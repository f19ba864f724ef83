/** Trains a convolutional network to read digits: `npx tsx examples/digits.ts`. */
import * as torch from 'sconce';

const { nn } = torch;

/**
 * Which of the seven segments of a clock's digits are lit: top, both of the upper half, middle, both of the lower,
 * bottom.
 */
const segments = [
  '1110111',
  '0010010',
  '1011101',
  '1011011',
  '0111010',
  '1101011',
  '1101111',
  '1010010',
  '1111111',
  '1111011',
];

/** Rows and columns that each segment fills in a field of 9 × 6. */
const places: readonly (readonly [rows: readonly number[], columns: readonly number[]])[] = [
  [[0], [1, 2, 3, 4]],
  [[1, 2, 3], [0]],
  [[1, 2, 3], [5]],
  [[4], [1, 2, 3, 4]],
  [[5, 6, 7], [0]],
  [[5, 6, 7], [5]],
  [[8], [1, 2, 3, 4]],
];

/** The ten digits as images of 1 and 0: [10, 9, 6]. */
function glyphs(): torch.Tensor {
  const images = segments.map((lit) => {
    const image = Array.from({ length: 9 }, () => new Array<number>(6).fill(0));
    places.forEach(([rows, columns], i) => {
      if (lit[i] === '1') for (const row of rows) for (const column of columns) image[row][column] = 1;
    });
    return image;
  });
  return torch.tensor(images);
}

/** Digits at random places of images [count, 1, 12, 12], beneath noise; and which digits they are. */
export function digits(count: number): { images: torch.Tensor; labels: torch.Tensor } {
  const labels = torch.randint(10, [count]);
  const images = torch.randn(count, 1, 12, 12).mul(0.3);
  const [shapes, rows, columns] = [glyphs(), torch.randint(4, [count]), torch.randint(2, 5, [count])];
  for (let i = 0; i < count; i++) {
    const [top, left] = [rows, columns].map((places) => Number(places.select(0, i).item()));
    const digit = shapes.select(0, Number(labels.select(0, i).item()));
    images.select(0, i).select(0, 0).narrow(0, top, 9).narrow(1, left, 6).add_(digit);
  }
  return { images, labels };
}

export const network = (): torch.nn.Sequential =>
  new nn.Sequential(
    new nn.Conv2d(1, 8, 3, { padding: 1, bias: false }),
    new nn.BatchNorm2d(8),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(8, 16, 3, { padding: 1 }),
    new nn.GELU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Dropout(0.1),
    new nn.Linear(16 * 3 * 3, 10),
  );

/** The share of images that are read right. */
export function accuracy(
  model: torch.nn.Module & torch.nn.TensorModule,
  images: torch.Tensor,
  labels: torch.Tensor,
): number {
  model.eval();
  const read = torch.no_grad(() => model.forward(images).argmax(1));
  model.train();
  return read.eq(labels).to(torch.float32).mean().item() as number;
}

/** The mean loss of each pass over the images. */
export function train(
  model: torch.nn.TensorModule,
  images: torch.Tensor,
  labels: torch.Tensor,
  epochs: number,
): number[] {
  const size = 32;
  const batches = Math.ceil(labels.numel() / size);
  const optimizer = new torch.optim.AdamW(model.parameters());
  const schedule = new torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.02, { epochs, steps_per_epoch: batches });
  const loss = new nn.CrossEntropyLoss({ label_smoothing: 0.05 });
  return Array.from({ length: epochs }, () => {
    let total = 0;
    for (const batch of torch.randperm(labels.numel()).split(size)) {
      optimizer.zero_grad({ set_to_none: true });
      const value = loss.forward(model.forward(images.index_select(0, batch)), labels.index_select(0, batch));
      value.backward();
      nn.utils.clip_grad_norm_(model.parameters(), 5);
      optimizer.step();
      schedule.step();
      total += value.item() as number;
    }
    return total / batches;
  });
}

function main(): void {
  torch.manual_seed(0);
  const [seen, unseen] = [digits(640), digits(320)];
  const model = network();
  console.log(String(model));
  const losses = train(model, seen.images, seen.labels, 8);
  for (const [epoch, value] of losses.entries()) console.log(`epoch ${epoch + 1}: loss ${value.toFixed(4)}`);
  console.log(
    `digits not seen before that are read right: ${(100 * accuracy(model, unseen.images, unseen.labels)).toFixed(1)} %`,
  );
}

if (import.meta.url === `file://${process.argv[1]}`) main();
