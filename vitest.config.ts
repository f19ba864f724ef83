import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Tests run on the TypeScript sources, so dist/ need not be built for them.
  resolve: { alias: { sconce: fileURLToPath(new URL('lib/index.ts', import.meta.url)) } },
  // All processors: by default vitest leaves one idle.
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, maxWorkers: '100%' },
});
