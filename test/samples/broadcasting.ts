import { failing, random, type Samples, sample } from './sample.js';

const ranks = [sample(random([])), sample(random([2])), sample(random([2, 3], { layout: 'transposed' }))];
const axes = [random([3]), random([2], { seed: 1 })];

export const broadcasting: Samples = {
  broadcast_tensors: [
    sample(random([3]), random([2, 1], { seed: 1 })),
    sample(random([3]), random([3], { seed: 1 })),
    failing([random([3]), random([2])], 'The size of tensor a (3) must match the size of tensor b (2)'),
  ],
  meshgrid: [
    sample(...axes, { indexing: 'ij' }),
    sample(...axes, { indexing: 'xy' }),
    sample(random([3]), random([]), { indexing: 'ij' }),
    failing([...axes, { indexing: 'zz' }], 'torch.meshgrid: indexing must be one of "xy" or "ij", but received: zz'),
    failing([random([2, 2]), { indexing: 'ij' }], 'torch.meshgrid: Expected 0D or 1D tensor in the tensor list'),
  ],
  atleast_1d: ranks,
  atleast_2d: ranks,
  atleast_3d: ranks,
};
