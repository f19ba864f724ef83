#!/usr/bin/env bash
# Runs the tests against an addon built with the address and undefined-behaviour sanitizers.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh

npx cmake-js build --log-level error --out build-asan --CDSCONCE_SANITIZE=ON

library() { "${CXX:-c++}" -print-file-name="$1"; }
export SCONCE_BINDING=$PWD/build-asan/Release/sconce.node
# Node itself is not instrumented, so the sanitizers' runtime must be loaded before all else, together with libstdc++,
# where it looks for the real `throw`. Leaks are not for it to judge: V8 frees nothing at exit.
# A request for more memory than there is must come back as an Error, not end the process.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
export SCONCE_FUZZ_SECONDS=${SCONCE_FUZZ_SECONDS:-60}
# The kernels of lesser instruction sets are run by `npm test`; here the best set and plain C++ are built.
LD_PRELOAD="$(library libasan.so) $(library libstdc++.so.6)" node node_modules/vitest/vitest.mjs run --exclude test/native/isa.test.ts "$@"
