"""What custom functions may return: inputs, views, what they wrote to, several tensors and what is none."""
import torch
from torch.autograd import Function, grad
from torch.autograd.function import once_differentiable

from program import custom, error_of, errors_of, group, leaf, name_of

results = group("function results")


@results
def an_input_returned_as_it_is():
    x = leaf(1, 2)
    same = custom(lambda ctx, a: a, lambda ctx, g: g * 3)
    y = same.apply(x)
    of_result = same.apply(x * 1)
    with torch.no_grad():
        hidden = same.apply(x)
    y.sum().backward()
    failed = errors_of(lambda: y.add_(1), lambda: of_result.add_(1))
    return y is x, name_of(y.grad_fn), x.grad, failed, hidden is x, hidden.requires_grad


@results
def a_view_of_an_input():
    x = leaf(1, 2)
    first = custom(lambda ctx, a: a[:1], lambda ctx, g: torch.cat([g, g]))
    z = x * 1
    y = first.apply(z)
    y.sum().backward()
    failed = error_of(lambda: y.mul_(2))
    z.mul_(2)
    other = first.apply(x)
    return x.grad, name_of(other.grad_fn), failed, error_of(lambda: y.grad_fn)


@results
def one_view_of_several_results():
    two = custom(lambda ctx, a: (a[:1], a * 2), lambda ctx, g, h: h)
    first, _ = two.apply(leaf(1, 2) * 1)
    return error_of(lambda: first.mul_(2))


def written(ctx, x):
    ctx.mark_dirty(x)
    return x.mul_(2)


@results
def a_write_to_an_input():
    x = leaf(1, 2)
    write = custom(written, lambda ctx, g: g * 2)
    z = x * 1
    y = write.apply(z)
    y.sum().backward()
    return y is z, z._version, name_of(z.grad_fn), z, x.grad, error_of(lambda: write.apply(x))


@results
def a_write_to_a_view():
    x = leaf(1, 2)
    z = x * 1
    part = z[:1]
    y = custom(written, lambda ctx, g: g * 5).apply(part)
    names = name_of(part.grad_fn), name_of(z.grad_fn)
    z.sum().backward()
    return y is part, names, z, x.grad


@results
def a_write_to_the_second_argument():
    def forward(ctx, w, x):
        ctx.mark_dirty(x)
        return x.mul_(w)
    x, w = leaf(1, 2), leaf(3)
    z = x * 1
    custom(forward, lambda ctx, g: (g[:1] * 3, g * 2)).apply(w, z)
    z.sum().backward()
    return z, x.grad, w.grad


@results
def a_write_that_is_one_of_several_results():
    def forward(ctx, x):
        ctx.mark_dirty(x)
        x.mul_(2)
        return x.clone(), x
    write = custom(forward, lambda ctx, g, h: g * 10 + h * 2)
    x = leaf(1, 2)
    z = x * 1
    copy, same = write.apply(z)
    (same * 3 + copy).sum().backward()
    return same is z, same.output_nr, x.grad, error_of(lambda: write.apply((x * 1)[:1]))


@results
def errors_of_writes():
    def lost(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2).clone()
    def needless(ctx, x):
        result = x * 2
        ctx.mark_dirty(result)
        return result
    def run(forward):
        return error_of(lambda: custom(forward, lambda ctx, g: g).apply(leaf(1) * 1))
    return run(lost), run(needless)


@results
def results_without_gradient():
    seen = []
    def forward(ctx, x):
        first, index, other = x * 2, x.argmax(), x * 3
        ctx.mark_non_differentiable(other)
        return first, index, other
    def backward(ctx, *grads):
        seen.append(list(grads))
        return grads[0]
    def input_itself(ctx, x):
        ctx.mark_non_differentiable(x)
        return x
    x = leaf(1, 2)
    results = custom(forward, backward).apply(x)
    results[0].sum().backward()
    same = custom(input_itself, backward).apply(x)
    return [result.requires_grad for result in results], seen, same.requires_grad, same is x, x.requires_grad


@results
def gradients_that_nobody_computed():
    seen = []
    def forward(materializes):
        def body(ctx, x):
            ctx.set_materialize_grads(materializes)
            return x * 2, x * 3
        return body
    def backward(ctx, *grads):
        seen.append(list(grads))
        return grads[0]
    x = leaf(1, 2)
    for materializes in (True, False):
        custom(forward(materializes), backward).apply(x)[0].sum().backward()
    return seen, x.grad


@results
def results_that_are_no_tensors():
    seen = []
    def backward(ctx, *grads):
        seen.append(list(grads))
        return grads[0]
    x = leaf(1, 2)
    several = custom(lambda ctx, a: (a * 2, 5, "text", None), backward).apply(x)
    several[0].sum().backward()
    return several, seen, custom(lambda ctx, a: 5, backward).apply(x)


@results
def differentiable_once():
    class Sin(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.sin()
        @staticmethod
        @once_differentiable
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * x.cos()
    x = leaf(0.5, 1.5)
    (constant,) = grad(Sin.apply(x).sum(), x, create_graph=True)
    (dx,) = grad((Sin.apply(x) * x).sum(), x, create_graph=True)
    (through,) = grad(Sin.apply(x).square().sum(), x, create_graph=True)
    return constant, constant.requires_grad, dx, dx.requires_grad, through, error_of(lambda: through.sum().backward())


@results
def a_detached_result():
    x = leaf(1, 2)
    y = custom(lambda ctx, a: a.detach(), lambda ctx, g: g * 3).apply(x)
    y.sum().backward()
    return x.grad, name_of(y.grad_fn)


@results
def a_result_of_integers():
    y = custom(lambda ctx, a: a.long(), lambda ctx, g: g).apply(leaf(1, 2))
    return y.requires_grad, str(y.dtype)


@results
def saving_what_is_neither_argument_nor_result():
    def forward(ctx, x):
        between = x.exp()
        ctx.save_for_backward(between)
        return between * x
    x = leaf(0.5, 1.5)
    y = custom(forward, lambda ctx, g: g * ctx.saved_tensors[0]).apply(x)
    (dx,) = grad(y.sum(), x, create_graph=True)
    return dx, dx.requires_grad, error_of(lambda: grad(dx.sum(), x))


@results
def saving_an_argument_and_the_result():
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(x, y)
        return y
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y + 0 * x
    x = leaf(0.5, 1.5)
    y = custom(forward, backward).apply(x)
    (dx,) = grad(y.sum(), x, create_graph=True)
    (ddx,) = grad(dx.sum(), x, create_graph=True)
    stale = custom(forward, backward).apply(x)
    stale.mul_(2)
    return dx, ddx, grad(ddx.sum(), x), error_of(stale.sum().backward)


@results
def one_tensor_as_two_results():
    def forward(ctx, x):
        y = x * 2
        return y, y
    x = leaf(1, 2)
    a, b = custom(forward, lambda ctx, g, h: g * 3 + h * 5).apply(x)
    (a + b * 10).sum().backward()
    return a is b, name_of(a.grad_fn), name_of(b.grad_fn), a.output_nr, b.output_nr, x.grad


@results
def one_tensor_as_two_arguments():
    counts = []
    def backward(ctx, g):
        counts.append(ctx.needs_input_grad)
        return g * 2, g * 3
    x = leaf(1, 2)
    y = custom(lambda ctx, a, b: a + b, backward).apply(x, x)
    y.sum().backward()
    z = custom(lambda ctx, a, b: a + b, backward).apply(x, x.detach())
    z.sum().backward()
    return counts, x.grad


@results
def a_function_within_a_function():
    inner = custom(lambda ctx, x: x * 2, lambda ctx, g: g * 100)
    outer = custom(lambda ctx, x: inner.apply(x) + 1, lambda ctx, g: inner.apply(g) * 2)
    x = leaf(1, 2)
    y = outer.apply(x)
    y.sum().backward()
    return y, name_of(y.grad_fn), x.grad
