#!/usr/bin/env bash
# Builds the addon with node-gyp: build-gyp/build/Release/sconce.node. In a folder of links, since node-gyp insists on
# a `build` beside its binding.gyp, and build/ is CMake's.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh make python3

mkdir -p build-gyp
ln -sfn ../binding.gyp ../native ../node_modules ../package.json build-gyp/
# The headers that came with this Node, where they did; else node-gyp downloads them.
prefix=$(node -p 'path.resolve(process.execPath, "../..")')
[ ! -e "$prefix/include/node/common.gypi" ] || export npm_config_nodedir=$prefix
cd build-gyp
# What is shown is that the sources build: two instruction sets of four are enough for that.
npx node-gyp configure --loglevel warn -- "-Ddisabled_targets=HWY_SSSE3|HWY_SSE4|HWY_AVX3|HWY_AVX3_DL"
npx node-gyp build --jobs "${CMAKE_BUILD_PARALLEL_LEVEL:-max}" --loglevel warn
