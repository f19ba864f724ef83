// Two workers, one after the other, in a process whose main thread never loads the addon: each negates enough elements
// for the thread pool to take part. The first argument is the addon.
const { isMainThread, Worker } = require('node:worker_threads');

function negate(count) {
  const addon = { exports: {} };
  process.dlopen(addon, process.argv[2]);
  const { address, attach, dtypes, execute, opcodes } = addon.exports;
  const words = new Float64Array(64);
  attach(words);
  const input = new Float32Array(count).fill(1);
  const output = new Float32Array(count);
  const dtype = dtypes.indexOf('float32');
  words.set([opcodes.neg, 11, 1, 2, count, dtype, address(output), 1, dtype, address(input), 1, 0]);
  if (execute() !== undefined || output.some((x) => x !== -1)) throw new Error('wrong answer');
}

function startWorkers(count) {
  if (count === 0) return;
  new Worker(__filename, { argv: process.argv.slice(2) }).on('exit', () => setTimeout(startWorkers, 50, count - 1));
}

if (isMainThread) startWorkers(2);
else negate(1 << 20);
