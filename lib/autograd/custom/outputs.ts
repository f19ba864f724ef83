/** What forward of a custom function returned becomes part of the graph. */
import { RuntimeError } from '../../base/errors.js';
import { no_grad } from '../../graph/modes.js';
import { setNode } from '../../graph/node.js';
import { markView, rebaseHistory } from '../../graph/views.js';
import { Tensor } from '../../tensor.js';
import type { CallState } from './context.js';
import type { CustomNode } from './node.js';

const notReturned =
  'Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified ' +
  'inplace must all be outputs of the Function.';

const viewAmongSeveral =
  'If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more than ' +
  'one Tensor. This is not supported by the current autograd engine. You should either make sure the input is not a view ' +
  '(using .clone() for example) or make your Function only return one Tensor (potentially splitting it into two ' +
  'Functions: one doing the inplace that returns a single Tensor and a second one that does the other operations). You ' +
  'can ask on the forum https://discuss.pytorch.org/ if you need help to do this change.';

const isDifferentiable = (value: unknown, state: CallState): value is Tensor =>
  value instanceof Tensor && value.dtype.is_floating_point && !state.nonDifferentiable.includes(value);

/** Another tensor on the same elements, as forward sees it: made without recording. */
const viewed = (tensor: Tensor): Tensor => no_grad(() => tensor.view(tensor.shape));

/** A tensor that gradients do not flow to. */
function withoutHistory(output: Tensor, isInput: boolean): Tensor {
  if (!output.requires_grad) return output;
  if (isInput) return output.detach();
  return output.viewOf === null ? output.detach_() : output;
}

/** Joins the results of one call of a custom function to its node, or to none. */
export class Outputs {
  private readonly several: boolean;

  constructor(
    private readonly inputs: readonly unknown[],
    private readonly state: CallState,
    private readonly node: CustomNode | null,
    private readonly raw: readonly unknown[],
  ) {
    this.several = node !== null && raw.filter((value) => isDifferentiable(value, state)).length > 1;
  }

  /** The results, with their history. @throws RuntimeError where what was marked dirty breaks a rule. */
  joined(): unknown[] {
    const { dirty } = this.state;
    for (const tensor of dirty) tensor.storage.version++;
    const joined = this.raw.map((value, i) => (value instanceof Tensor ? this.join(value, i) : value));
    if (dirty.some((tensor) => !this.raw.includes(tensor))) throw new RuntimeError(notReturned);
    return joined;
  }

  private join(output: Tensor, index: number): Tensor {
    const isInput = this.inputs.includes(output);
    if (this.node === null || !isDifferentiable(output, this.state)) return withoutHistory(output, isInput);
    if (!this.state.dirty.includes(output)) return this.joinNew(isInput ? viewed(output) : output, index, this.node);
    this.joinWritten(output, index, isInput, this.node);
    return output;
  }

  private joinNew(output: Tensor, index: number, node: CustomNode): Tensor {
    setNode(output, node, index);
    if (output.viewOf !== null) markView(output, output.viewOf.base, this.several ? 'multiple' : 'custom');
    return output;
  }

  private joinWritten(output: Tensor, index: number, isInput: boolean, node: CustomNode): void {
    if (output.is_leaf && output.requires_grad) {
      throw new RuntimeError('a leaf Variable that requires grad has been used in an in-place operation.');
    }
    if (!isInput) {
      process.emitWarning(
        'Only input Tensors should be given to ctx.mark_dirty(). If a Tensor is not an input, there is no need to pass it ' +
          'to mark_dirty().',
      );
    }
    if (output.viewOf === null) return setNode(output, node, index);
    if (this.raw.length > 1) throw new RuntimeError(viewAmongSeveral);
    rebaseHistory(output, node, this.inputs.filter((input) => input instanceof Tensor).indexOf(output));
  }
}
