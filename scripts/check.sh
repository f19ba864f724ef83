#!/usr/bin/env bash
# Format, lint, types and the direction of imports. `npm run format` repairs what can be repaired.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh clang-format

npx biome check --error-on-warnings
find native bench/limits -name '*.h' -o -name '*.cc' | xargs clang-format --dry-run --Werror
npx tsc --noEmit
node scripts/check-imports.mjs
# What is packed: declarations without internal members, as a strict consumer reads them.
npm run --silent build:lib
npx tsc --noEmit --strict --skipLibCheck false --module nodenext --target es2022 dist/index.d.mts dist/index.d.ts
