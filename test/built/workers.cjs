// Four workers at once load the built library and each run forward and backward; the main thread does too and compares.
// One more is ended in the middle of its work.
const { isMainThread, parentPort, Worker } = require('node:worker_threads');
const torch = require('../../dist/index.js');

function answer() {
  torch.manual_seed(7);
  const a = torch.randn(64, 48).requires_grad_();
  const b = torch.randn(48, 32).requires_grad_();
  for (let i = 0; i < 20; i++) a.mm(b).tanh().sum().backward();
  return [...a.grad.toTypedArray(), ...b.grad.toTypedArray()];
}

const runWorker = () =>
  new Promise((resolve, reject) => new Worker(__filename).once('message', resolve).once('error', reject));

async function main() {
  const interrupted = new Worker(__filename);
  interrupted.once('online', () => interrupted.terminate());
  const [expected, ...results] = [answer(), ...(await Promise.all(Array.from({ length: 4 }, runWorker)))];
  const same = results.every((result) => result.every((value, i) => value === expected[i]));
  console.log(same ? 'same' : 'different');
}

if (isMainThread) main();
else parentPort.postMessage(answer());
