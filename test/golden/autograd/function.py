"""Custom functions: torch.autograd.Function."""
import torch
from torch.autograd import Function, grad

from program import custom, double, error_of, errors_of, group, leaf, name_of

function = group("function")


class Exp(Function):
    @staticmethod
    def forward(ctx, x):
        result = x.exp()
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, grad):
        (result,) = ctx.saved_tensors
        return grad * result


class Scale(Function):
    @staticmethod
    def forward(ctx, x, w, factor):
        ctx.save_for_backward(x, w, None)
        ctx.factor = factor
        return x * w * factor

    @staticmethod
    def backward(ctx, grad):
        x, w, nothing = ctx.saved_tensors
        dx = grad * w * ctx.factor if ctx.needs_input_grad[0] else None
        dw = grad * x * ctx.factor if ctx.needs_input_grad[1] else None
        return dx, dw, nothing


@function
def exp_and_its_second_derivative():
    x = leaf(0.5, 1.5)
    y = Exp.apply(x)
    (dx,) = grad(y.sum(), x, create_graph=True)
    (ddx,) = grad(dx.sum(), x)
    return y, name_of(y.grad_fn), dx, name_of(dx.grad_fn), ddx


@function
def several_arguments():
    x, w = leaf(1, 2), leaf(3, 4)
    y = Scale.apply(x, w, 5)
    needs = y.grad_fn.needs_input_grad
    edges = [(name_of(node), index) for node, index in y.grad_fn.next_functions]
    saved = list(y.grad_fn.saved_tensors)
    y.sum().backward()
    plain = Scale.apply(x.detach(), w, 2)
    plain.sum().backward()
    return y, list(needs), edges, saved, x.grad, w.grad, list(plain.grad_fn.needs_input_grad)


@function
def nothing_is_recorded_without_need():
    x, w = leaf(1, 2), leaf(3, 4)
    with torch.no_grad():
        hidden = Scale.apply(x, w, 2)
    free = Scale.apply(x.detach(), w.detach(), 2)
    return hidden.requires_grad, free.requires_grad, free


@function
def modes_within():
    seen = []
    def forward(ctx, x):
        seen.append((torch.is_grad_enabled(), list(ctx.saved_tensors), list(ctx.needs_input_grad)))
        return x * 2
    def backward(ctx, grad):
        seen.append((torch.is_grad_enabled(), list(ctx.saved_tensors)))
        return grad * 2
    x = leaf(1)
    y = custom(forward, backward).apply(x)
    y.sum().backward(retain_graph=True)
    y.sum().backward(create_graph=True)
    return seen


@function
def saved_tensors_are_freed_and_checked():
    x, w = leaf(1, 2), leaf(3, 4)
    y = Scale.apply(x, w, 1)
    y.sum().backward()
    stale = x * 1
    of_stale = Scale.apply(stale, w, 1)
    stale.add_(1)
    result = Exp.apply(x)
    result.add_(1)
    return errors_of(
        lambda: y.sum().backward(),
        lambda: y.grad_fn.saved_tensors,
        lambda: of_stale.sum().backward(),
        lambda: result.sum().backward(),
    )


@function
def errors_of_wrong_gradients():
    x, w = leaf(1, 2), leaf(3, 4)
    def run(backward, forward=double, *args):
        return error_of(lambda: custom(forward, backward).apply(*(args or (x,))).sum().backward())
    return [
        run(lambda ctx, g: (g, g)),
        run(lambda ctx, g: (g, None, None)),
        run(lambda ctx, g: ()),
        run(lambda ctx, g: None),
        run(lambda ctx, g: g, lambda ctx, a, b: a * 2, x, w),
        run(lambda ctx, g: torch.ones(3)),
        run(lambda ctx, g: torch.ones(3, 2)),
        run(lambda ctx, g: 3),
        run(lambda ctx, g: "text"),
        run(lambda ctx, g: (g, g), lambda ctx, a, k: a * k, x, 2),
    ]


@function
def gradients_are_summed_and_converted():
    x = leaf(1, 2)
    custom(double, lambda ctx, g: torch.ones(3, 2, dtype=torch.float64)).apply(x).sum().backward()
    return x.grad, str(x.grad.dtype)


@function
def errors_of_the_context():
    x = leaf(1, 2)
    def run(forward):
        return error_of(lambda: custom(forward, lambda ctx, g: g).apply(x))
    return [
        run(lambda ctx, a: ctx.save_for_backward(3) or a * 2),
        run(lambda ctx, a: ctx.save_for_backward([a]) or a * 2),
        run(lambda ctx, a: ctx.mark_dirty(3) or a * 2),
        run(lambda ctx, a: ctx.mark_non_differentiable("text") or a * 2),
    ]


@function
def errors_of_what_is_missing():
    x = leaf(1)
    class OnlyForward(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2
    class Nothing(Function):
        pass
    class Both(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2
        @staticmethod
        def backward(ctx, grad):
            return grad
        @staticmethod
        def vjp(ctx, grad):
            return grad
    return errors_of(
        lambda: OnlyForward.apply(x).sum().backward(),
        lambda: Nothing.apply(x),
        lambda: Function.apply(x),
        lambda: Both.apply(x).sum().backward(),
    )


@function
def an_error_within_leaves_all_usable():
    def failing(ctx, *args):
        raise RuntimeError("from within")
    x = leaf(1, 2)
    answers = errors_of(
        lambda: custom(failing, failing).apply(x),
        lambda: custom(double, failing).apply(x * 1).sum().backward(),
    )
    (x * 5).sum().backward()
    return answers, torch.is_grad_enabled(), x.grad
