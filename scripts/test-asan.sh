#!/usr/bin/env bash
# Runs the tests against an addon built with the address and undefined-behaviour sanitizers.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh

npx cmake-js build --log-level error --out build-asan --CDSCONCE_SANITIZE=ON

library() { "${CXX:-c++}" -print-file-name="$1"; }
export SCONCE_BINDING=$PWD/build-asan/Release/sconce.node
# Node itself is not instrumented, so the runtime must come before all else. libstdc++ comes with it, because the runtime
# looks for the real `throw` when it starts. Leaks are V8's to judge: it frees nothing at exit.
export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1
LD_PRELOAD="$(library libasan.so) $(library libstdc++.so.6)" node node_modules/vitest/vitest.mjs run "$@"
