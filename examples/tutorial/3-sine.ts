/** A function and its gradient as curves. */
import * as torch from 'sconce';
import { draw } from './chart.js';

const x = torch.linspace(-5, 5, 200, { requires_grad: true });
const y = x.sin();
y.sum().backward();

console.log('The gradient of sin(x) at the ends and in the middle, and cos(x) there:');
console.log(x.grad?.index([[0, 99, 199]]));
console.log(
  x
    .detach()
    .cos()
    .index([[0, 99, 199]]),
);

await draw('sine', {
  title: 'Sine and its gradient',
  subtitle: '200 points; the gradient, by y.sum().backward(), is cos(x)',
  x,
  curves: { 'sin(x)': y, 'gradient of sin(x)': x.grad },
});
