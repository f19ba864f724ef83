/** Writes all samples to standard output, one a line, for record.py. */
import { families } from '../samples/index.js';
import { portableSample } from '../samples/portable.js';

for (const [family, operators] of Object.entries(families)) {
  for (const [operator, samples] of Object.entries(operators)) {
    for (const sample of samples) {
      process.stdout.write(`${JSON.stringify({ family, operator, ...portableSample(sample) })}\n`);
    }
  }
}
