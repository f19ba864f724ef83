/** What operations saved, computed anew when it is asked for. */
import { RuntimeError, showShape } from '../base/errors.js';
import { Form } from '../graph/form.js';
import { enable_grad, type SavedTensorHooks, withSavedTensorHooks } from '../graph/modes.js';
import type { Tensor } from '../tensor.js';

/** Stands for a saved tensor: the number-th of the call. */
interface Holder {
  readonly position: number;
  readonly form: Form;
}

/** Hooks that keep nothing but the number and form of saved tensors, and repeat the call to know them. */
export class Recomputation implements SavedTensorHooks {
  private readonly holders: Holder[] = [];
  /** What the last run saved and nobody has asked for yet, by position. */
  private recomputed: (Tensor | null)[] = [];

  constructor(
    private readonly repeat: () => unknown,
    private readonly checks: boolean,
  ) {}

  pack(tensor: Tensor): Holder {
    const holder = { position: this.holders.length, form: new Form(tensor) };
    this.holders.push(holder);
    return holder;
  }

  unpack(packed: unknown): Tensor {
    const { position } = packed as Holder;
    if (!this.recomputed[position]) this.recompute();
    const tensor = this.recomputed[position] as Tensor;
    this.recomputed[position] = null;
    return tensor;
  }

  private recompute(): void {
    const saved: Tensor[] = [];
    const pack = (tensor: Tensor): null => {
      const holder = this.holders[saved.length];
      if (this.checks && holder !== undefined) checkForm(holder, tensor);
      saved.push(tensor);
      return null;
    };
    const unpack = (): never => {
      throw new RuntimeError('torch.utils.checkpoint: a backward pass needs what the recomputation only counts.');
    };
    enable_grad(() => withSavedTensorHooks('checkpoint', { pack, unpack }, this.repeat));
    if (saved.length !== this.holders.length) throw countError(this.holders.length, saved.length);
    this.recomputed = saved;
  }
}

const countError = (before: number, now: number): RuntimeError =>
  new RuntimeError(
    'torch.utils.checkpoint: A different number of tensors was saved during the original forward and recomputation.\n' +
      `Number of tensors saved during forward: ${before}\nNumber of tensors saved during recomputation: ${now}`,
  );

const metadata = ({ sizes, dtype }: Form | Tensor): string =>
  `{'shape': torch.Size(${showShape(sizes)}), 'dtype': ${dtype}}`;

/** @throws RuntimeError when the recomputed tensor is of another shape or dtype than the saved one. */
function checkForm({ position, form }: Holder, tensor: Tensor): void {
  if (metadata(form) === metadata(tensor)) return;
  throw new RuntimeError(
    'torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the forward ' +
      `pass.\ntensor at position ${position}:\nsaved metadata: ${metadata(form)}\nrecomputed metadata: ${metadata(tensor)}`,
  );
}
