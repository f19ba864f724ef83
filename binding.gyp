{
  # The same addon as CMakeLists.txt builds, for node-gyp. This file stays out of the published package, because npm
  # would start a build wherever it finds one.
  'variables': {
    'conditions': [
      # Vectors of a size unknown to the compiler cannot be fields of a struct or elements of an array.
      ['target_arch=="arm64"', {
        'disabled_targets%': 'HWY_SVE|HWY_SVE2|HWY_SVE_256|HWY_SVE2_128',
      }, {
        'disabled_targets%': 'HWY_SSSE3|HWY_AVX3_DL',
      }],
    ],
  },
  'targets': [{
    'target_name': 'sconce',
    'sources': ["<!@(node -p \"require('fs').readFileSync('native/sources.txt', 'utf8').replace(/^(?=.)/gm, 'native/')\")"],
    'include_dirs': [
      'native',
      '<!(node -p "require(\'node-api-headers\').include_dir")',
      '<!(node -p "require(\'node-addon-api\').include_dir")',
    ],
    'defines': [
      'NAPI_VERSION=8',
      'NODE_ADDON_API_DISABLE_DEPRECATED',
      'HWY_DISABLED_TARGETS=<(disabled_targets)',
    ],
    'cflags_cc!': ['-fno-exceptions', '-fno-rtti'],
    'cflags_cc': [
      '-std=c++17', '-O3', '-fvisibility=hidden', '-fno-math-errno', '-fno-trapping-math', '-ffp-contract=off',
      '-Wall', '-Wextra', '-Werror', '-Wno-psabi',
    ],
    'libraries': ['-lhwy', '-lsleef', '-lpthreadpool'],
    'ldflags': ["-Wl,-rpath,'$$ORIGIN'", '-Wl,-z,nodelete'],
  }],
}
