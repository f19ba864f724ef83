"""Custom functions under forward mode."""
import torch
from torch.autograd import Function, forward_ad as fw, grad

from program import errors_of, group, leaf

jvp = group("function jvp")


def custom(forward, jvp):
    methods = {"forward": forward, "backward": lambda ctx, g: g, "jvp": jvp}
    return type("Custom", (Function,), {name: staticmethod(method) for name, method in methods.items()})


def dual():
    return fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))


def tangent(x):
    return fw.unpack_dual(x).tangent


class Scaled(Function):
    @staticmethod
    def forward(ctx, x, factor, y):
        ctx.save_for_forward(x, y)
        ctx.save_for_backward(y, x)
        ctx.factor = factor
        return x * y * factor, x + y

    @staticmethod
    def backward(ctx, g, h):
        y, x = ctx.saved_tensors
        return g * y * ctx.factor + h, None, g * x * ctx.factor + h

    @staticmethod
    def jvp(ctx, x_t, factor_t, y_t):
        x, y = ctx.saved_tensors
        SEEN.append([x_t, factor_t, y_t, torch.is_grad_enabled()])
        return (x_t * y + y_t * x) * ctx.factor, x_t + y_t


SEEN = []


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_forward(x)
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x**2

    @staticmethod
    def jvp(ctx, t):
        (x,) = ctx.saved_tensors
        return t * 3 * x**2


@jvp
def tangents_come_from_jvp():
    SEEN.clear()
    with fw.dual_level():
        first, second = Scaled.apply(dual(), 3.0, torch.tensor([5.0, 6.0]))
        return tangent(first), tangent(second), list(SEEN)


@jvp
def without_tangents_it_is_not_called():
    SEEN.clear()
    with fw.dual_level():
        first, _ = Scaled.apply(torch.ones(2), 3.0, torch.ones(2))
        return tangent(first), len(SEEN)


@jvp
def tangents_that_are_not_materialized():
    seen = []
    def forward(ctx, x, y):
        ctx.set_materialize_grads(False)
        return x * 2
    def jvp(ctx, x_t, y_t):
        seen.append([x_t, y_t])
        return x_t * 2
    with fw.dual_level():
        return tangent(custom(forward, jvp).apply(dual(), torch.ones(2))), seen


@jvp
def integers_have_tangents_of_zeros():
    seen = []
    def jvp(ctx, x_t, y_t):
        seen.append([y_t, str(y_t.dtype)])
        return x_t * 2
    with fw.dual_level():
        return tangent(custom(lambda ctx, x, y: x * y, jvp).apply(dual(), torch.tensor([2, 2]))), seen


@jvp
def saved_for_backward_is_not_seen():
    seen = []
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2
    def jvp(ctx, t):
        seen.append(len(ctx.saved_tensors))
        return t
    with fw.dual_level():
        custom(forward, jvp).apply(dual())
        return seen


@jvp
def views_and_writes():
    def dirty(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)
    with fw.dual_level():
        column = custom(lambda ctx, x: x.view(2, 1), lambda ctx, t: t.view(2, 1)).apply(dual())
        written = dual().clone()
        result = custom(dirty, lambda ctx, t: t.mul_(2)).apply(written)
        return tangent(column), tangent(result), tangent(written)


@jvp
def jvp_can_be_differentiated():
    x, v = leaf(1, 2), leaf(1, 10)
    with fw.dual_level():
        t = tangent(Cube.apply(fw.make_dual(x, v)))
        pulled = grad(t.sum(), [x, v])
        return t, pulled


@jvp
def forward_over_reverse():
    x = leaf(1, 2)
    with fw.dual_level():
        d = fw.make_dual(x, torch.tensor([1.0, 10.0]))
        (g,) = grad(Cube.apply(d).sum(), d, create_graph=True)
        return g, tangent(g)


@jvp
def errors():
    class NoJvp(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    def dirty(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)

    def saves(ctx, x):
        ctx.save_for_forward(3)
        return x * 2

    double = lambda ctx, x: x * 2
    with fw.dual_level():
        return errors_of(
            lambda: NoJvp.apply(dual()),
            lambda: custom(double, lambda ctx, t: (t, t)).apply(dual()),
            lambda: custom(lambda ctx, x: (x * 2, x * 3), lambda ctx, t: t).apply(dual()),
            lambda: custom(double, lambda ctx, t: 3).apply(dual()),
            lambda: custom(double, lambda ctx, t: torch.ones(3)).apply(dual()),
            lambda: custom(lambda ctx, x: x, lambda ctx, t: t).apply(dual()),
            lambda: custom(lambda ctx, x: x.view(2, 1), lambda ctx, t: t.view(2, 1).clone()).apply(dual()),
            lambda: custom(dirty, lambda ctx, t: t * 2).apply(dual().clone()),
            lambda: custom(saves, lambda ctx, t: t).apply(dual()),
        )
