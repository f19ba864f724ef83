#!/usr/bin/env bash
# Brings a clone to the state in which everything runs: system packages, npm packages, native addon, dist/. Each step is
# skipped when it has nothing to do, so calling this often costs little.
#
#   scripts/setup.sh [command …]    further commands to have, each installed from the Debian package of its name
set -euo pipefail
cd "$(dirname "$0")/.."

# The Debian packages whose header the compiler does not find.
missing_libraries() {
  "${CXX:-c++}" -E -P -x c++ - <<'CPP'
#if !__has_include(<hwy/highway.h>)
libhwy-dev
#endif
#if !__has_include(<sleef.h>)
libsleef-dev
#endif
#if !__has_include(<pthreadpool.h>)
libpthreadpool-dev
#endif
CPP
}

has() { command -v "$1" >/dev/null; }

# The Debian packages of the commands that are not there.
missing_commands() {
  has cmake || echo cmake
  has ninja || has make || echo ninja-build
  for command in "$@"; do
    has "$command" || echo "$command"
  done
}

install_system_packages() {
  local as_root=()
  if ! has apt-get; then
    echo "Please install what Debian calls: $* (see CONTRIBUTING.md)" >&2
    exit 1
  fi
  if [ "$(id -u)" != 0 ]; then
    if ! has sudo || ! sudo -n true 2>/dev/null; then
      echo "Please run: sudo apt-get install $*" >&2
      exit 1
    fi
    as_root=(sudo -n)
  fi
  echo "Installing $*"
  local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@")
  # A machine that never ran `apt-get update` knows no packages.
  "${install[@]}" >/dev/null 2>&1 || { "${as_root[@]}" apt-get update -qq && "${install[@]}" >/dev/null; }
}

# Whether anything of `$2 …` changed since the stamp `$1`. A folder counts as changed when a file left it.
changed_since() {
  local stamp=$1
  shift
  [ ! -e "$stamp" ] || [ -n "$(find "$@" -newer "$stamp" -print -quit)" ]
}

# Runs `$2 …` and dates the stamp `$1` from before it, so that what is edited meanwhile counts as changed.
stamped() {
  local stamp=$1 start
  start=$(mktemp)
  shift
  "$@"
  touch -r "$start" "$stamp"
  rm "$start"
}

if ! has "${CXX:-c++}"; then
  echo 'Please install a C++ compiler (Debian: g++).' >&2
  exit 1
fi
packages=$(missing_commands "$@" && missing_libraries)
# Unquoted: one word for each package.
[ -z "$packages" ] || install_system_packages $packages

# A link leads to another checkout's packages, which are for that one to keep.
if [ ! -L node_modules ] && changed_since node_modules/.package-lock.json package-lock.json; then
  npm ci --no-audit --no-fund
fi
if changed_since build/.stamp native CMakeLists.txt; then
  stamped build/.stamp npm run --silent build:native
fi
if changed_since dist/.stamp lib scripts/build-lib.mjs tsconfig.json tsconfig.build.json; then
  stamped dist/.stamp npm run --silent build:lib
fi
