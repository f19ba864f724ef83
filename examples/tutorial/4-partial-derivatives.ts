/** Partial derivatives of a function of two matrices. */
import * as torch from 'sconce';

// f(x, y) = 2x² + 5y², so ∂f/∂x = 4x and ∂f/∂y = 10y
const f = (x: torch.Tensor, y: torch.Tensor) => x.pow(2).mul(2).add(y.pow(2).mul(5));

const x = torch.tensor(
  [
    [1, 2, 3],
    [4, 5, 6],
  ],
  { requires_grad: true },
);
const y = torch.tensor(
  [
    [7, 8, 9],
    [10, 11, 12],
  ],
  { requires_grad: true },
);

const [jacobianX, jacobianY] = torch.autograd.functional.jacobian(f, [x, y]);
console.log('The Jacobian with respect to x:');
console.log(jacobianX);
console.log('The Jacobian with respect to y:');
console.log(jacobianY);

const [gradientX, gradientY] = torch.autograd.grad(f(x, y).sum(), [x, y]);
console.log('The gradient of the sum with respect to x:');
console.log(gradientX);
console.log('The gradient of the sum with respect to y:');
console.log(gradientY);
