/**
 * The sections of examples/tutorial/ print what golden/tutorial.py printed with PyTorch, and draw the pictures in
 * docs/.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'node:util';
import { expect, test, vi } from 'vitest';

/** What the sections would write, by file name. */
const written = vi.hoisted(() => new Map<string, string | Uint8Array>());
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  writeFileSync: (file: URL, data: string | Uint8Array) => written.set(basename(file.pathname), data),
}));

const from = (path: string) => new URL(path, import.meta.url);
const printed: Record<string, string> = JSON.parse(readFileSync(from('golden/tutorial.json'), 'utf8'));

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

test.each(['sine', 'partial-derivatives'])('the picture %s of docs/ is the one drawn', (name) => {
  expect(written.get(`${name}.svg`)).toBe(readFileSync(from(`../docs/images/${name}.svg`), 'utf8'));
  const png = Buffer.from(written.get(`${name}.png`) as Uint8Array);
  const shown = readFileSync(from(`../docs/images/${name}.png`));
  // Sizes and the like; the packed dots may differ from one build of the rasteriser to the next.
  const header = 33;
  expect(png.subarray(0, header)).toEqual(shown.subarray(0, header));
  expect(png.length / shown.length).toBeCloseTo(1, 1);
});
