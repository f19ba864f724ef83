#!/usr/bin/env bash
# Puts every file into the one format and applies the linter's safe fixes.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh clang-format

find native bench/limits -name '*.h' -o -name '*.cc' | xargs clang-format -i
npx biome check --write
