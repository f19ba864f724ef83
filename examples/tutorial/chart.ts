/** Draws curves as pictures of the documentation: docs/images/NAME.svg and, of the same drawing, NAME.png. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import type { Tensor } from 'sconce';
import { parse, View } from 'vega';
import { type Config, compile, type TopLevelSpec } from 'vega-lite';

export interface Chart {
  title: string;
  subtitle: string;
  /** Where the curves are known. */
  x: Tensor;
  /** The values at `x` of each curve, by its label. */
  curves: Record<string, Tensor | null>;
}

const ink = '#1f2933';
const faint = '#52606d';
const onZero = (there: string, elsewhere: string) => ({
  condition: { test: 'datum.value === 0', value: there },
  value: elsewhere,
});

const config: Config = {
  background: 'white',
  padding: 24,
  font: 'Inter',
  title: { anchor: 'start', frame: 'group', fontSize: 20, fontWeight: 600, color: ink, offset: 18 },
  view: { stroke: null },
  axis: {
    domain: false,
    ticks: false,
    labelColor: faint,
    labelFontSize: 13,
    labelPadding: 8,
    titleColor: faint,
    titleFontSize: 14,
    titleFontWeight: 400,
    gridColor: onZero('#9aa5b1', '#e4e7eb'),
  },
  legend: { orient: 'top', labelColor: ink, labelFontSize: 14, symbolStrokeWidth: 3, symbolSize: 300, labelLimit: 0 },
  range: { category: ['#2563eb', '#e8590c', '#0f9d76'] },
};

/** The values of a curve, without the last digits, in which instruction sets differ: the same picture everywhere. */
function heights(curve: Tensor): number[] {
  return (curve.tolist() as number[]).map((height) => Number(height.toFixed(4)));
}

function specification({ title, subtitle, x, curves }: Chart): TopLevelSpec {
  const positions = x.tolist() as number[];
  const values = Object.entries(curves).flatMap(([label, curve]) => {
    const y = curve === null ? [] : heights(curve);
    return y.map((height, i) => ({ label, x: positions[i], y: height }));
  });
  return {
    title: { text: title, subtitle, subtitleFontSize: 14, subtitleColor: faint, subtitlePadding: 6 },
    width: 720,
    height: 380,
    data: { values },
    mark: { type: 'line', strokeWidth: 3, strokeCap: 'round' },
    encoding: {
      x: { field: 'x', type: 'quantitative', axis: { title: 'x', tickCount: 10, labelFlush: false } },
      y: { field: 'y', type: 'quantitative', axis: { title: 'value', tickCount: 5 } },
      color: { field: 'label', type: 'nominal', title: null, sort: null },
    },
    config,
  };
}

/**
 * The picture in dots, two for each unit of the drawing. Text is set in fonts of npm packages: a machine may have none.
 */
function rasterise(svg: string): Uint8Array {
  const { resolve } = createRequire(import.meta.url);
  const fontFiles = ['400Regular/Inter_400Regular.ttf', '600SemiBold/Inter_600SemiBold.ttf'].map((file) =>
    resolve(`@expo-google-fonts/inter/${file}`),
  );
  const font = { loadSystemFonts: false, fontFiles, defaultFontFamily: 'Inter' };
  return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: 2 } }).render().asPng();
}

/** Writes the chart as `name`.svg and `name`.png. */
export async function draw(name: string, chart: Chart): Promise<void> {
  const view = new View(parse(compile(specification(chart)).spec));
  const svg = await view.toSVG();
  const folder = new URL('../../docs/images/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.svg`, folder), svg);
  writeFileSync(new URL(`${name}.png`, folder), rasterise(svg));
}
