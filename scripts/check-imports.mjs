// Checks that imports in lib/ run one way: a file imports from its own layer or from one before it, and operator
// families do not import each other. The one upward reference is an erased `import type` in tensor.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** From the lowest to the highest; each name is a file or folder of lib/. */
const layers = [
  ['base', 'platform'],
  ['engine'],
  ['tensor'],
  ['graph'],
  ['op'],
  ['ops'],
  ['autograd', 'constructor', 'func', 'linalg', 'nn', 'optim', 'print', 'profiler', 'utils'],
  ['index'],
];

function layerOf(file) {
  const name = file.split('/')[0].replace(/\.ts$/, '');
  const layer = layers.findIndex((names) => names.includes(name));
  if (layer < 0) throw new Error(`lib/${file} belongs to no layer of scripts/check-imports.mjs`);
  return layer;
}

function isErased(statement) {
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly;
  return statement.importClause?.isTypeOnly ?? false;
}

/** The files of lib/ that a file imports or re-exports from. */
function importsOf(file) {
  const source = ts.createSourceFile(file, readFileSync(join('lib', file), 'utf8'), ts.ScriptTarget.Latest);
  return source.statements
    .filter((statement) => statement.moduleSpecifier?.text.startsWith('.'))
    .map((statement) => ({
      target: join(file, '..', statement.moduleSpecifier.text).replace(/\.js$/, '.ts'),
      erased: isErased(statement),
    }));
}

/** What is wrong with an import, or undefined. */
function objection(file, { target, erased }) {
  if (layerOf(target) > layerOf(file) && !(erased && file === 'tensor.ts')) return 'is a layer above';
  const families = [file, target].filter((name) => name.startsWith('ops/') && name !== 'ops/index.ts');
  if (families.length === 2) return 'is an operator family like it: call a method instead';
}

const files = readdirSync('lib', { recursive: true }).filter((name) => name.endsWith('.ts'));
const errors = files.flatMap((file) =>
  importsOf(file).flatMap((found) => {
    const problem = objection(file, found);
    return problem ? [`lib/${file} imports lib/${found.target}, which ${problem}`] : [];
  }),
);
for (const error of errors) console.error(error);
process.exitCode = errors.length > 0 ? 1 : 0;
