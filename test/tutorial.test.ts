/** The sections of examples/tutorial/ print what golden/tutorial.py printed with PyTorch, and draw the pictures in docs/. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'node:util';
import { expect, test, vi } from 'vitest';

const from = (path: string) => new URL(path, import.meta.url);
const printed: Record<string, string> = JSON.parse(readFileSync(from('golden/tutorial.json'), 'utf8'));
const pictures = ['sine', 'partial-derivatives'].map((name) => from(`../docs/images/${name}.svg`));
const drawn = () => pictures.map((picture) => readFileSync(picture, 'utf8'));
const drawnBefore = drawn();

async function output(section: string): Promise<string> {
  let text = '';
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => {
    text += `${format(...values)}\n`;
  });
  try {
    await import(fileURLToPath(from(`../examples/tutorial/${section}.ts`)));
  } finally {
    log.mockRestore();
  }
  return text;
}

test('every section is compared', () => {
  const sections = readdirSync(from('../examples/tutorial')).filter((file) => /^\d/.test(file));
  expect(sections).toEqual(Object.keys(printed).map((section) => `${section}.ts`));
});

test.each(Object.keys(printed))('section %s prints what PyTorch prints', async (section) => {
  expect(await output(section)).toBe(printed[section]);
});

test('the sections drew the pictures that docs/ shows', () => {
  expect(drawn()).toEqual(drawnBefore);
});
