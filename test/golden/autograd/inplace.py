"""Writes in place: their history through bases and views."""
import torch
from torch.autograd import grad

from program import error_of, group, leaf, name_of

inplace = group("inplace")

@inplace
def errors_of_writes_to_leaves_and_views():
    x = leaf(1, 2, 3)
    free = torch.zeros(3)
    free_view = free[:2]
    free_view.requires_grad_()
    base = x * 1
    with torch.no_grad():
        hidden = base[:2]
        free_hidden = torch.zeros(3)[:2]
    return [error_of(action) for action in [
        lambda: x.add_(1),
        lambda: x[0].add_(1),
        lambda: x.view(3, 1).mul_(2),
        lambda: free_view.add_(1),
        lambda: hidden.add_(1),
        lambda: free_hidden.mul_(x[:2]),
        lambda: free_hidden.mul_(2),
    ]], x, base


@inplace
def errors_of_writes_to_one_of_several_views():
    x = leaf(1, 2, 3)
    base = x * 1
    first = base.unbind()[0]
    answer = error_of(lambda: first.add_(1))
    later = base.unbind()[1]
    base.mul_(2)
    return answer, later.requires_grad, error_of(lambda: later.grad_fn)


@inplace
def stale_values_are_reported():
    x = leaf(1, 2, 3)
    def input_of_a_leaf():
        w = torch.ones(2, 3, requires_grad=True)
        y = w.sin()
        with torch.no_grad():
            w.mul_(2)
        y.sum().backward()
    def input_of_a_result():
        y = x * 1
        z = y.sin()
        y.mul_(2)
        z.sum().backward()
    def through_a_view():
        y = x * 1
        z = y.sin()
        y[0].mul_(2)
        z.sum().backward()
    def through_detach():
        y = x * 1
        z = y.sin()
        y.detach().mul_(2)
        y.detach().mul_(2)
        z.sum().backward()
    def a_factor_that_is_written():
        y = x * 1
        y.mul_(y)
        y.sum().backward()
    def a_result():
        z = (x * 1).exp()
        z.mul_(2)
        z.sum().backward()
    def a_result_that_is_a_view():
        y = x * 1
        v = y[:2]
        v.exp_()
        y.mul_(2)
        y.sum().backward()
    def harmless():
        y = x * 1
        z = y + 1
        y.mul_(2)
        z.sum().backward()
    return [error_of(action) for action in [
        input_of_a_leaf, input_of_a_result, through_a_view, through_detach, a_factor_that_is_written, a_result,
        a_result_that_is_a_view, harmless,
    ]]


@inplace
def write_to_a_result():
    x, w = leaf(1, 2), leaf(3, 4)
    y = x * 1
    y.mul_(w)
    y.sum().backward()
    return y, x.grad, w.grad, name_of(y.grad_fn)


@inplace
def write_that_needs_the_old_value():
    x = leaf(0.5, 1.5)
    y = x * 1
    y.sin_()
    y.cos_()
    y.sum().backward()
    return y, x.grad


@inplace
def old_value_in_a_second_derivative():
    x = leaf(0.5, 1.5)
    y = x * x
    y.sin_()
    (dx,) = grad(y.sum(), x, create_graph=True)
    return dx, grad(dx.sum(), x)


@inplace
def write_through_a_view():
    x, w = leaf(1, 2, 3, 4), leaf(10, 20)
    y = x * 2
    v = y[1:3]
    v.mul_(w)
    names = name_of(y.grad_fn), name_of(v.grad_fn)
    (y * y).sum().backward()
    return *names, y, x.grad, w.grad


@inplace
def write_to_the_base_of_a_view():
    x = leaf(1, 2, 3)
    y = x * 2
    v = y[1:]
    before = name_of(v.grad_fn)
    y.mul_(3)
    after = name_of(v.grad_fn)
    (v * v).sum().backward()
    return before, after, v, x.grad


@inplace
def siblings_see_each_other():
    x = leaf(1, 2, 3, 4)
    y = x * 1
    m = y.view(2, 2)
    column, row = m.t()[0], m[0]
    column.mul_(3)
    row.sin_()
    (row * row).sum().backward()
    return y, x.grad, name_of(column.grad_fn)


@inplace
def view_of_a_view():
    x = leaf(1, 2, 3, 4)
    y = x * 1
    y.view(2, 2)[1].narrow(0, 1, 1).mul_(x[:1])
    y.sum().backward()
    return y, x.grad


@inplace
def write_into_a_tensor_that_needed_no_gradient():
    x = leaf(1, 2)
    b = torch.zeros(4)
    early = b[:1]
    b[1:3].copy_(x * x)
    late = b[2]
    state = b.requires_grad, early.requires_grad, late.requires_grad, b.is_leaf
    (b * 3).sum().backward(retain_graph=True)
    first = x.grad.clone()
    late.backward()
    return *state, b, first, x.grad


@inplace
def factor_for_a_tensor_that_needed_no_gradient():
    x = leaf(1, 2)
    b = torch.tensor([1.0, 2.0, 3.0])
    b[1:].mul_(x)
    b.sum().backward()
    return b, x.grad


@inplace
def overwritten_values_receive_nothing():
    x, w = leaf(1, 2, 3), leaf(5)
    y = x * 2
    y[1].copy_(w[0])
    y[2:].zero_()
    y.sum().backward()
    return y, x.grad, w.grad


@inplace
def copy_broadcasts_and_converts():
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    b = torch.zeros(3, 2)
    b.copy_(x)
    (b * torch.tensor([[1.0], [2.0], [3.0]])).sum().backward()
    return b, x.grad, str(x.grad.dtype), str(b.dtype)


@inplace
def many_writes_to_one_base():
    x = leaf(1, 2, 3, 4)
    b = torch.zeros(4)
    for i in range(4):
        b[i].copy_(x[i] * x[i])
        b.mul_(2)
    b.sum().backward()
    return b, x.grad


@inplace
def write_under_no_grad_is_not_seen():
    x = leaf(1, 2, 3)
    y = x * 2
    v = y[1:]
    with torch.no_grad():
        y.mul_(10)
    v.sum().backward()
    return v, x.grad, name_of(v.grad_fn)


@inplace
def second_derivative_through_a_written_view():
    x = leaf(0.5, 1.5, 2.5)
    y = x * x
    y[1:].mul_(x[:2])
    y[:2].sin_()
    (dx,) = grad(y.sum(), x, create_graph=True)
    (ddx,) = grad((dx * dx).sum(), x)
    return dx, ddx


@inplace
def retained_gradient_of_a_written_view():
    x = leaf(1, 2, 3)
    y = x * 1
    v = y[:2]
    v.mul_(2)
    v.retain_grad()
    (v * v).sum().backward()
    return v.grad, x.grad


@inplace
def retained_gradients_move_with_the_history():
    def after(retains, writes, ends):
        base = leaf(1, 2, 3) * 2
        tensors = {"base": base, "view": base[:2]}
        tensors[retains].retain_grad()
        tensors[writes].mul_(3)
        tensors[ends].sum().backward()
        return tensors[retains].grad
    return [
        after("view", "view", "base"),
        after("view", "view", "view"),
        after("view", "base", "view"),
        after("base", "view", "base"),
        after("base", "base", "base"),
    ]


@inplace
def scaled_sum_in_place():
    x, w = leaf(1, 2), torch.tensor([[1.0], [2.0]], requires_grad=True)
    y = torch.zeros(2, 2)
    y.add_(x, alpha=3)
    y.t().add_(w, alpha=-2)
    (y * y).sum().backward()
    return y, x.grad, w.grad


@inplace
def expanded_views_cannot_be_written():
    x = leaf(1)
    y = x * 1
    return error_of(lambda: y.expand(3).mul_(2)), y
