// A TypeScript consumer that is an ES module.
import * as torch from 'sconce';
import { Tensor } from 'sconce';

const x: Tensor = torch.tensor([1, 2], { requires_grad: true });
x.sin().sum().backward();
if (!(x.grad instanceof Tensor)) throw new Error('no gradient');
