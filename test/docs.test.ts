/** The programs in README.md and docs/ run and give what they say; documents name what is there, and all of it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'node:util';
import { runInThisContext } from 'node:vm';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as torch from '../lib/index.js';

interface Program {
  readonly name: string;
  readonly code: string;
  /** What stands in a block of its own right beneath, as the output. */
  readonly output: string | undefined;
}

const root = new URL('../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');

function programsOf(file: string): Program[] {
  const text = read(file);
  const blocks = text.matchAll(/^```ts\n(.*?)^```\n(?:```\n(.*?)^```\n)?/gms);
  return [...blocks].map(({ index, 1: code, 2: output }) => {
    const heading = text.slice(0, index).split(/^#+ /m).at(-1)?.split('\n')[0];
    return { name: `${file}, ${heading}, line ${text.slice(0, index).split('\n').length}`, code, output };
  });
}

const programs = ['README.md', 'docs/autograd.md', 'docs/nn.md'].flatMap(programsOf);

/** What programs take for granted: names that the text around them, or an earlier program, gives a meaning. */
function given(): Record<string, unknown> {
  const { nn } = torch;
  const layers = [new nn.Conv2d(1, 8, 3), new nn.Flatten(), new nn.Linear(8 * 10 * 10, 10)] as const;
  return {
    ...{ torch, nn, readFileSync, writeFileSync },
    ...torch.func,
    ...{ x: torch.rand(4, 3).requires_grad_(), v: torch.rand(4, 3), w: torch.rand(3, 3), b: torch.rand(4, 3) },
    ...{ t: torch.tensor(1), a: torch.rand(4, 3), xs: torch.rand(8, 3), ys: torch.rand(8) },
    ...{ images: torch.rand(4, 1, 8, 8), labels: torch.randint(10, [4]) },
    ...{ conv: torch.rand(2, 1, 3, 3), out: torch.rand(10, 18) },
    ...{ load: () => Promise.resolve(2), batches: Array.from({ length: 30 }), train: () => {} },
    model: new nn.Sequential(...layers),
  };
}

/** Results as the comments write them. */
const shown = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map(shown).join(', ')}]` : typeof value === 'object' ? String(value) : format(value);

/** Compares with what a comment says: of an error the first line, and behind '…' nothing more. */
async function check(run: () => unknown, said: string): Promise<void> {
  const message = ({ name, message }: Error): string => `${name}: ${message.split('\n')[0]}`;
  const got = await (async () => shown(await run()))().catch(message);
  const [beginning, rest] = said.split(/ ?…/);
  expect(rest === undefined ? got : got.slice(0, beginning.length)).toBe(beginning);
}

const isChecked = /^(\[*tensor\(|true$|false$|\w*Error: )/;

/** What a comment behind a statement, or on lines beneath it, says of its result. */
function saidOf(text: string, statement: ts.Statement): string | undefined {
  const behind = ts.getTrailingCommentRanges(text, statement.end) ?? [];
  const beneath = ts.getLeadingCommentRanges(text, statement.end) ?? [];
  const [said] = [...behind, ...beneath].map(({ pos, end }) => text.slice(pos, end).replace(/^\/\/ */, ''));
  return said !== undefined && isChecked.test(said) ? said : undefined;
}

/** The program with a check in the place of each statement whose result it tells. */
function checkedCode(code: string): string {
  const source = ts.createSourceFile('program.ts', code, ts.ScriptTarget.Latest, true);
  const statements = source.statements.filter((statement) => !ts.isImportDeclaration(statement));
  const checked = statements.map((statement) => {
    const said = saidOf(code, statement);
    if (said === undefined || !ts.isExpressionStatement(statement)) return statement.getText();
    const call = statement.expression;
    const isPrinted = ts.isCallExpression(call) && call.expression.getText() === 'console.log';
    const expression = isPrinted ? call.arguments[0].getText() : call.getText();
    return `await check(() => ${expression}, ${JSON.stringify(said)});`;
  });
  return checked.join('\n');
}

function compiled(code: string): (names: object, check: unknown) => Promise<void> {
  const { outputText } = ts.transpileModule(`async (given, check) => { with (given) { ${checkedCode(code)} } }`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.None, strict: false },
  });
  // Strict code knows no `with`, which is what gives programs their names.
  return runInThisContext(outputText.replace('"use strict";', ''));
}

const here = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'docs-'));
beforeAll(() => process.chdir(folder));
afterAll(() => {
  process.chdir(here);
  rmSync(folder, { recursive: true });
});

test.each(programs)('$name', async ({ code, output }) => {
  let printed = '';
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => {
    printed += `${format(...values)}\n`;
  });
  try {
    await compiled(code)(given(), check);
  } finally {
    log.mockRestore();
  }
  if (output !== undefined) expect(printed).toBe(output);
});

/** Files whose captions are those of their folders. */
const isOneOfMany = (file: string): boolean =>
  /^test\/(golden\/(autograd\/)?\w+\.(json|py)|samples\/\w+\.ts)$|^docs\/images\/|node_modules|__pycache__|\.json$/.test(
    file,
  );

const files = ['lib', 'native', 'test', 'bench', 'scripts', 'examples', 'docs'].flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(new URL(root).pathname.length)),
);

test('every file has its caption, and every caption its file', () => {
  const named = [...read('ARCHITECTURE.md').matchAll(/`([\w./*-]+)`/g)].map(([, name]) => name);
  const patterns = named.map(
    (name) => new RegExp(`(^|/)${name.replaceAll('.', '\\.').replaceAll('*', '.*')}(\\.ts)?$`),
  );
  const isNamed = (file: string): boolean => patterns.some((pattern) => pattern.test(file));
  expect(files.filter((file) => !isOneOfMany(file) && !isNamed(file))).toEqual([]);
  const sources = named.filter((name) => /\w\.(ts|mjs|cjs|mts|cts|sh|py|cc|h|def|txt|md)$/.test(name));
  const others = readdirSync(root);
  const isThere = (name: string): boolean =>
    others.includes(name) || files.some((file) => patterns[named.indexOf(name)].test(file));
  expect(sources.filter((name) => !isThere(name))).toEqual([]);
});

test.each(['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'docs/performance.md'])('the commands of %s', (file) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const asked = [...read(file).matchAll(/npm\s+run (?!-)([\w:]+)/g)].map(([, name]) => name);
  expect(asked.filter((name) => !(name in scripts))).toEqual([]);
});

test.each(['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'docs/nn.md', 'docs/autograd.md'])(
  'the links of %s lead to files',
  (file) => {
    const targets = [...read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target);
    const folder = new URL(file, root);
    expect(targets.filter((target) => !existsSync(new URL(target, folder)))).toEqual([]);
  },
);
