/** A function of two variables and its partial derivatives as curves. */
import * as torch from 'sconce';
import { draw } from './chart.js';

// f(x, y) = x³ + 5x + y², so ∂f/∂x = 3x² + 5 and ∂f/∂y = 2y
const f = (x: torch.Tensor, y: torch.Tensor) => x.pow(3).add(x.mul(5)).add(y.pow(2));

const x = torch.linspace(-5, 5, 200, { requires_grad: true });
const y = torch.linspace(-5, 5, 200, { requires_grad: true });
const z = f(x, y);
z.sum().backward();

console.log('f and its partial derivatives at both ends:');
console.log(z.index([[0, 199]]));
console.log(x.grad?.index([[0, 199]]));
console.log(y.grad?.index([[0, 199]]));

await draw('partial-derivatives', {
  title: 'x³ + 5x + y² and its partial derivatives',
  subtitle: 'Along the line y = x; both gradients by one z.sum().backward()',
  x,
  curves: { 'f(x, y)': z, '∂f/∂x': x.grad, '∂f/∂y': y.grad },
});
