/** The derivative of a function of one number, in two ways. */
import * as torch from 'sconce';

// y = 2x² + 5, so dy/dx = 4x
const f = (x: torch.Tensor) => x.pow(2).mul(2).add(5);

const x = torch.tensor(5, { requires_grad: true });

// backward() leaves the derivative in x.grad.
f(x).backward();
console.log(x.grad);

// autograd.grad returns it.
const [derivative] = torch.autograd.grad(f(x), x);
console.log(derivative);
