#!/usr/bin/env bash
# Installs the packed tarball into an empty project, without install scripts, and uses it from ES modules, CommonJS and
# TypeScript.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

npm pack --silent --pack-destination "$folder"
cp test/package/* "$folder"
cd "$folder"
echo '{ "private": true }' >package.json
npm install --ignore-scripts --no-audit --no-fund ./sconce-*.tgz

# npm would build from source wherever it finds this.
[ ! -e node_modules/sconce/binding.gyp ]
node both.mjs
"$root/node_modules/.bin/tsc"
node module.mjs
node commonjs.cjs
echo 'The packed tarball works from ES modules, CommonJS and TypeScript.'
