/**
 * Convolutions. Image, kernel and response are each made of the other two, along axes of which each has some: those of
 * the examples in a convolution's own batch, of the channels it reads and of those it writes. A vmap is more of one
 * axis. Levels see no bias.
 */
import type { Tensor } from '../../tensor.js';
import type { BatchCall, Rule } from '../call.js';
import { folded, unfolded } from '../fold.js';

type Role = 'image' | 'kernel' | 'response';
type Axis = 'items' | 'reads' | 'writes' | 'groups';

/** The dimension in which each has an axis. */
const places: Readonly<Record<Role, Partial<Record<Axis, number>>>> = {
  image: { items: 0, reads: 1, groups: 1 },
  response: { items: 0, writes: 1, groups: 1 },
  kernel: { writes: 0, reads: 1, groups: 0 },
};

/** The axis that the two have in common which differ from example to example, where the third does not. */
const axisWithout: Readonly<Record<Role, Axis>> = { kernel: 'items', image: 'writes', response: 'reads' };

/** Where a group's channels lie apart from the next one's: of the kernel's reads there are those of one group alone. */
const groupsIn = (role: Role, axis: Axis, groups: number): number =>
  (axis === 'reads' && role !== 'kernel') || axis === 'writes' ? groups : 1;

function convolution(call: BatchCall, roles: readonly [Role, Role], result: Role, numbers: readonly unknown[]): Tensor {
  const operands = call.values.slice(0, 2) as Tensor[];
  const constant = roles.find((_, i) => !call.isBatch(operands[i]));
  const axis = constant === undefined ? 'groups' : axisWithout[constant];
  const groups = numbers[numbers.length - 2] as number;
  const [a, b] = operands.map((operand, i) => {
    if (!call.isBatch(operand)) return operand;
    return folded(operand, places[roles[i]][axis] as number, groupsIn(roles[i], axis, groups));
  });
  const all = numbers.with(-2, axis === 'groups' ? groups * call.size : groups);
  const found = call.run(a, b, ...all) as Tensor;
  return unfolded(found, places[result][axis] as number, call.size, groupsIn(result, axis, groups));
}

/** Rules by the operators' names. */
export const convolutionRules: Readonly<Record<string, Rule>> = {
  _convolution: (call, _image, _kernel, ...numbers: unknown[]) =>
    convolution(call, ['image', 'kernel'], 'response', numbers),
  _convolution_transposed: (call, _response, _kernel, ...numbers: unknown[]) =>
    convolution(call, ['response', 'kernel'], 'image', numbers),
  _convolution_weight: (call, _image, _response, ...numbers: unknown[]) =>
    convolution(call, ['image', 'response'], 'kernel', numbers),
};
