/** The Jacobian of a function of a matrix, and the gradient of the sum of its elements. */
import * as torch from 'sconce';

// f(x) = 2x³ + 5x² + 7x + 10, element by element
const f = (x: torch.Tensor) => x.pow(3).mul(2).add(x.pow(2).mul(5)).add(x.mul(7)).add(10);

const x = torch.tensor(
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
  { requires_grad: true },
);
console.log('f(x):');
console.log(f(x));

// The derivative of each of the 2 × 3 results with respect to each of the 2 × 3 inputs.
const jacobian = torch.autograd.functional.jacobian(f, x);
console.log(`The Jacobian, of size [${jacobian.shape.join(', ')}]:`);
console.log(jacobian);

// A result depends on its own input alone, so the gradient of the sum holds all there is to know.
const sum = f(x).sum();
console.log('The sum of f(x):');
console.log(sum);

const [gradient] = torch.autograd.grad(sum, x);
console.log('Its gradient by autograd.grad:');
console.log(gradient);

f(x).sum().backward();
console.log('Its gradient by backward:');
console.log(x.grad);

const byHand = torch.no_grad(() => x.pow(2).mul(6).add(x.mul(10)).add(7));
console.log('6x² + 10x + 7:');
console.log(byHand);
