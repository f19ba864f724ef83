"""Hooks that pack what is saved for backward."""
import torch
from torch.autograd import Function, grad
from torch.autograd.graph import disable_saved_tensors_hooks, save_on_cpu, saved_tensors_hooks

from program import error_of, errors_of, group, leaf, name_of

saved = group("saved tensors")


@saved
def hooks_see_what_is_saved():
    x, w = leaf(1, 2), leaf(3, 4)
    packed, unpacked = [], []
    def pack(tensor):
        packed.append((tensor.clone(), tensor.requires_grad, name_of(tensor.grad_fn), torch.is_grad_enabled()))
        return len(packed) - 1
    def unpack(position):
        unpacked.append((position, torch.is_grad_enabled()))
        return packed[position][0]
    with saved_tensors_hooks(pack, unpack):
        y = (x * w).exp().sum()
    before = len(unpacked)
    y.backward()
    return packed, before, sorted(unpacked), x.grad, w.grad


@saved
def hooks_change_what_is_saved():
    x = leaf(1, 2)
    with saved_tensors_hooks(lambda t: t * 10, lambda t: t + 1):
        y = (x * x).sum()
    y.backward()
    return x.grad


@saved
def the_innermost_hooks_hold():
    x = leaf(1, 2)
    with saved_tensors_hooks(lambda t: t * 10, lambda t: t):
        with saved_tensors_hooks(lambda t: t * 100, lambda t: t):
            y = x * x
        z = y * y
    z.sum().backward()
    return x.grad


@saved
def second_derivatives_through_hooks():
    x = leaf(0.5, 1.5)
    with saved_tensors_hooks(lambda t: t.clone(), lambda t: t.clone()):
        y = (x.sin() * x).exp()
        (dx,) = grad(y.sum(), x, create_graph=True)
    return dx, grad(dx.sum(), x)


@saved
def writes_are_not_noticed():
    x = leaf(1, 2)
    y = x * 1
    with saved_tensors_hooks(lambda t: t.clone(), lambda t: t):
        z = y.sin()
    y.mul_(0)
    z.sum().backward()
    return x.grad


@saved
def hooks_of_custom_functions():
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x
        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 2 * x
    x = leaf(1, 2)
    with saved_tensors_hooks(lambda t: t * 10, lambda t: t):
        y = Square.apply(x)
    y.sum().backward()
    return x.grad


@saved
def hooks_in_a_second_pass():
    x = leaf(1, 2)
    count = []
    with saved_tensors_hooks(lambda t: t, lambda t: count.append(1) or t):
        y = x.sin().sum()
    y.backward(retain_graph=True)
    y.backward()
    return len(count), x.grad


@saved
def errors_of_hooks():
    x = leaf(1, 2)
    def failing(tensor):
        raise ValueError("from within")
    def run(pack, unpack):
        def action():
            with saved_tensors_hooks(pack, unpack):
                y = (x * 1).sin()
            y.sum().backward()
        return error_of(action)
    def disabled():
        with disable_saved_tensors_hooks("not here"):
            with saved_tensors_hooks(failing, failing):
                pass
    def disabled_within():
        with saved_tensors_hooks(lambda t: t, lambda t: t):
            with disable_saved_tensors_hooks("not here either"):
                pass
    answers = ["from within" in run(failing, failing), "from within" in run(lambda t: t, failing),
               run(lambda t: t, lambda t: 3), run(lambda t: t.mul_(2), lambda t: t), error_of(disabled), error_of(disabled_within)]
    (x * x).sum().backward()
    return answers, torch.is_grad_enabled(), x.grad


@saved
def saving_on_the_cpu():
    x = leaf(1, 2)
    with save_on_cpu():
        y = x.sin().exp()
    y.sum().backward()
    return x.grad
