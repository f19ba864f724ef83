/** Draws the headlines of a run: how long each contestant takes, in relation to PyTorch. */
import { writeFileSync } from 'node:fs';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { type Result, type Run, timings } from './results.js';

const ink = '#1f2933';
const faint = '#52606d';

/** Sconce first, so that it has the colour that stands out. */
const contestants = ['sconce', 'PyTorch', 'tfjs', 'jax-js', 'jax-js jit'];
const colours = ['#e8590c', ink, '#2563eb', '#0f9d76', '#8b5cf6'];

/** The cases that the chart shows, by family, and what it calls them. */
const headlines: Record<string, Record<string, string>> = {
  overhead: {
    'add, 16': 'add, 16 numbers',
    '2x³ + 5x² + 7x + 10, sum, backward, 16': 'polynomial and its gradient, 16 numbers',
    "the tutorial's Jacobian, 2 × 3": 'its Jacobian, 2 × 3 numbers',
  },
  bandwidth: { 'add, 2^20': 'add, 2^20 numbers', 'add, 2^24': 'add, 2^24 numbers', 'sum, 2^20': 'sum, 2^20 numbers' },
  transcendental: { 'exp, 2^20': 'exp, 2^20 numbers', 'tanh, 2^20': 'tanh, 2^20 numbers' },
  normalisation: {
    'softmax, 1024 × 1024, forward and backward': 'softmax and its gradient, 1024 × 1024',
    'layer_norm, 1024 × 1024, forward and backward': 'layer_norm and its gradients, 1024 × 1024',
  },
  matmul: { '64³': 'matrix product, 64³', '512³': 'matrix product, 512³' },
  convolution: {
    '3 × 3 of one image, 1 × 64 × 56 × 56 to 64 channels': 'convolution, 1 × 64 × 56 × 56 to 64 channels',
    '3 × 3 twice, 32 × 3 × 64 × 64 to 32 to 64 channels, forward and backward':
      'two convolutions and their gradients, 32 images',
  },
  pooling: { 'max_pool2d 2, 32 × 32 × 64 × 64, forward and backward': 'max_pool2d and its gradient' },
  embedding: { 'embedding, 64 × 32 of 10000 × 128, forward and backward': 'embedding and its gradient' },
  ordering: { 'sort of dim 1, 1024 × 1024': 'sort, 1024 × 1024' },
  training: {
    '784-256-10, batch 64, SGD': 'training step, SGD',
    '784-256-10, batch 64, Adam': 'training step, Adam',
  },
  transformer: { '128 × 256, 4 heads, forward and backward': 'transformer block and its gradients' },
};

interface Dot {
  work: string;
  who: string;
  /** Its time over PyTorch's. */
  relative: number;
}

function dots(work: string, { seconds }: Result): Dot[] {
  return contestants
    .filter((who) => who in seconds)
    .map((who) => ({ work, who, relative: Number((seconds[who] / seconds.PyTorch).toPrecision(3)) }));
}

function specification(values: readonly Dot[], subtitle: string): TopLevelSpec {
  return {
    title: { text: 'Time in relation to PyTorch', subtitle },
    width: 560,
    height: { step: 26 },
    data: { values: [...values] },
    encoding: {
      y: { field: 'work', type: 'nominal', sort: null, axis: { title: null, labelLimit: 0, grid: true } },
      x: {
        field: 'relative',
        type: 'quantitative',
        scale: { type: 'log' },
        axis: { title: 'PyTorch takes 1; further left is faster', format: '~g', values: [0.01, 0.1, 1, 10, 100] },
      },
    },
    layer: [
      {
        mark: { type: 'rule', color: faint, strokeDash: [4, 4] },
        encoding: { x: { datum: 1 }, y: { value: 0 }, y2: { value: 'height' } },
      },
      {
        mark: { type: 'point', filled: true, size: 110, opacity: 1 },
        encoding: {
          color: { field: 'who', type: 'nominal', title: null, scale: { domain: contestants, range: colours } },
        },
      },
    ],
    config: {
      background: 'white',
      padding: 24,
      font: 'Inter, Helvetica, Arial, sans-serif',
      title: {
        anchor: 'start',
        frame: 'group',
        fontSize: 20,
        fontWeight: 600,
        color: ink,
        offset: 18,
        subtitleFontSize: 13,
        subtitleColor: faint,
        subtitlePadding: 6,
      },
      view: { stroke: null },
      axis: {
        domain: false,
        ticks: false,
        labelColor: faint,
        labelFontSize: 13,
        labelPadding: 8,
        titleColor: faint,
        titleFontSize: 13,
        titleFontWeight: 400,
        gridColor: '#e4e7eb',
      },
      legend: { orient: 'top', labelColor: ink, labelFontSize: 14 },
    },
  };
}

/** Writes an SVG of those that PyTorch has a time for. */
export async function draw(file: string, run: Run): Promise<void> {
  const shown = timings(run).flatMap(([family, results]) =>
    results
      .filter(({ name, seconds }) => 'PyTorch' in seconds && headlines[family]?.[name] !== undefined)
      .flatMap((result) => dots(headlines[family][result.name], result)),
  );
  const { processor, threads } = run.machine;
  const view = new View(parse(compile(specification(shown, `${processor}, threads: ${threads}`)).spec));
  writeFileSync(file, `${await view.toSVG()}\n`);
}
