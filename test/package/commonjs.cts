// A TypeScript consumer that is CommonJS.
import torch = require('sconce');

const x: torch.Tensor = torch.tensor([1, 2], { requires_grad: true });
x.sin().sum().backward();
if (!(x.grad instanceof torch.Tensor)) throw new Error('no gradient');
