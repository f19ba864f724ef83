"""Records how PyTorch's autograd behaves: writes autograd.json beside this script.

Each program is written twice under one name, here and in a test of its group in unit/, and answers with truth values, names of nodes and texts of errors. Tensors in an answer become nested lists.
"""
import json
import pathlib

import torch
from torch.autograd import backward, grad
from torch.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp

GROUPS = {}


def group(name):
    """A decorator for the programs that one file of tests replays."""
    programs = GROUPS.setdefault(name, {})

    def program(body):
        programs[body.__name__.replace("_", " ")] = body
        return body

    return program


autograd = group("autograd")
inplace = group("inplace")
functional = group("functional")


def plain(answer):
    if isinstance(answer, torch.Tensor):
        return answer.tolist()
    if isinstance(answer, (list, tuple)):
        return [plain(item) for item in answer]
    return answer


def leaf(*values):
    return torch.tensor([float(value) for value in values], requires_grad=True)


def error_of(action):
    """The sentence of the error that an action ends with; None when there is none."""
    try:
        action()
    except Exception as error:
        return str(error)
    return None


def name_of(node):
    return None if node is None else node.name()


# Accumulation.


@autograd
def backward_twice_adds_up():
    x = leaf(1, 2, 3)
    (x * x).sum().backward()
    first = x.grad.clone()
    (x * 3).sum().backward()
    return first, x.grad


@autograd
def retained_graph_can_run_again():
    x = leaf(1, 2)
    y = (x * x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    return x.grad, error_of(y.backward)


@autograd
def a_graph_that_saves_nothing_can_run_again():
    x = leaf(1, 2)
    y = (x + 1).sum()
    y.backward()
    y.backward()
    return x.grad


@autograd
def a_factor_counts_as_saved():
    x = leaf(1, 2)
    y = (x * 2).sum()
    y.backward()
    return error_of(y.backward)


@autograd
def several_roots():
    x = leaf(1, 2)
    y = x * x
    s = y.sum()
    backward([s, y, s], [None, torch.tensor([1.0, 10.0]), torch.tensor(100.0)])
    return x.grad


@autograd
def gradient_of_another_dtype_is_converted():
    x = leaf(1, 2)
    (x * 2).backward(torch.tensor([True, False]))
    (x * 2).backward(torch.tensor([1, 2]))
    (x * 2).backward(torch.tensor([0.5, 0.25], dtype=torch.float64))
    return x.grad, str(x.grad.dtype)


@autograd
def the_same_tensor_twice():
    x = leaf(1, 2)
    y = x + x
    z = y * y
    z.sum().backward()
    return x.grad


@autograd
def a_diamond():
    x = leaf(0.5, 1.5)
    a = x.sin()
    b = a * x
    c = a + b
    (b * c + a).sum().backward()
    return x.grad


@autograd
def broadcasting_is_summed_back():
    x = leaf(1, 2, 3)
    w = torch.tensor([[2.0], [3.0]], requires_grad=True)
    s = torch.tensor(4.0, requires_grad=True)
    (x * w * s + w).sum().backward()
    return x.grad, w.grad, s.grad


@autograd
def order_of_accumulation():
    answers = []
    for factors in [[1e8, 1, -1e8], [1, 1e8, -1e8], [1e8, -1e8, 1]]:
        x = leaf(1)
        y = x * 0
        for factor in factors:
            y = y + x * factor
        y.sum().backward()
        answers.append(x.grad)
    return answers


@autograd
def inputs_alone_receive_gradients():
    x, w = leaf(1, 2), leaf(3, 4)
    y = x * w
    z = y * y
    z.sum().backward(inputs=[w, y, w])
    return x.grad, w.grad, y.grad, y.retains_grad


@autograd
def a_leaf_that_stopped_requiring_grad_receives_none():
    x, w = leaf(1, 2), leaf(3, 4)
    y = (x * w).sum()
    x.requires_grad_(False)
    y.backward()
    return x.grad, w.grad


@autograd
def gradients_of_identity_and_of_views():
    x = leaf(1, 2, 3, 4)
    g = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    x.view(2, 2).t().backward(g)
    (whole,) = grad(x, x, torch.tensor([5.0, 6.0, 7.0, 8.0]))
    x.expand(2, 4)[0].narrow(0, 1, 2).backward(torch.tensor([10.0, 20.0]))
    return x.grad, whole, g


# retain_grad


@autograd
def retained_gradients_add_up():
    x = leaf(1, 2)
    y = x * 2
    y.retain_grad()
    s = (y * y).sum()
    before = y.retains_grad
    s.backward(retain_graph=True)
    first = y.grad.clone()
    s.backward()
    return before, first, y.grad, x.grad, x.retains_grad


@autograd
def retain_grad_before_a_write_in_place():
    x = leaf(1, 2)
    y = x * 2
    y.retain_grad()
    y.mul_(3)
    y.sum().backward()
    return y.grad, x.grad


@autograd
def grad_fills_retained_gradients_on_its_way():
    x = leaf(1, 2)
    y = x * 2
    y.retain_grad()
    z = y * 3
    z.retain_grad()
    (dx,) = grad(z.sum(), x)
    filled = y.grad, z.grad, x.grad
    w = x * 2
    w.retain_grad()
    grad(w.sum(), w)
    return dx, filled, w.grad


@autograd
def retain_grad_on_a_view():
    x = leaf(1, 2, 3)
    v = (x * 2)[1:]
    v.retain_grad()
    (v * v).sum().backward()
    return v.grad, x.grad


# Gradients of gradients


@autograd
def hessian_by_hand():
    x = leaf(0.5, 1.5)
    y = (x * x * x.sin()).sum()
    (dx,) = grad(y, x, create_graph=True)
    rows = [grad(dx[i], x, retain_graph=True)[0] for i in range(2)]
    return dx, rows, x.grad


@autograd
def backward_with_create_graph():
    x = leaf(1, 2)
    (x * x).sum().backward(create_graph=True)
    held = x.grad
    answer = held.clone(), held.requires_grad, name_of(held.grad_fn)
    x.grad = None
    (held * held).sum().backward()
    return *answer, x.grad


@autograd
def third_derivative():
    x = leaf(0.7)
    y = x.sin()
    for _ in range(3):
        (y,) = grad(y, x, create_graph=True)
    return y, y.requires_grad


@autograd
def results_of_grad_without_create_graph():
    x = leaf(1, 2)
    (dx,) = grad((x * x).sum(), x)
    return dx.requires_grad, dx.is_leaf, name_of(dx.grad_fn)


# The graph, as it shows


@autograd
def names_of_nodes():
    x = leaf(1, 2, 3, 4)
    m = x.view(2, 2)
    results = [x + 1, x * 2, -x, x.sin(), x.cos(), x.sum(), m, m.t(), m.transpose(0, 1), m.sum(0), x.expand(2, 4),
               m[0], x[1:], x.clone(), x.unsqueeze(0), x.unsqueeze(0).squeeze(0)]
    return [name_of(result.grad_fn) for result in results]


@autograd
def next_functions():
    x, w = leaf(1, 2), leaf(3, 4)
    def edges(result):
        return [(name_of(node), index) for node, index in result.grad_fn.next_functions]
    return edges(x * w), edges(x * 2), edges((x * w).sum()), edges(w + torch.ones(2)), edges(x.sin() * x)


@autograd
def leaves():
    x = leaf(1, 2)
    y = x * 2
    with torch.no_grad():
        z = x * 2
    tensors = [x, y, z, torch.ones(2), y.detach(), y.detach().requires_grad_(), y.clone()]
    return [(tensor.is_leaf, tensor.requires_grad) for tensor in tensors]


@autograd
def detach_in_place():
    x = leaf(1, 2)
    y = x * 2
    z = y * 3
    y.detach_()
    z.sum().backward()
    return y.requires_grad, y.is_leaf, name_of(y.grad_fn), x.grad


@autograd
def detach_shares_memory_and_history_ends():
    x = leaf(1, 2)
    d = x.detach()
    d.mul_(3)
    return x, d.requires_grad, x._version


# Modes


@autograd
def modes_nest():
    x = leaf(1)
    seen = []
    with torch.no_grad():
        seen.append((torch.is_grad_enabled(), (x * 2).requires_grad))
        with torch.enable_grad():
            seen.append((torch.is_grad_enabled(), (x * 2).requires_grad))
            with torch.set_grad_enabled(False):
                seen.append((torch.is_grad_enabled(), (x * 2).requires_grad))
            seen.append((torch.is_grad_enabled(), (x * 2).requires_grad))
        seen.append((torch.is_grad_enabled(), (x * 2).requires_grad))
    seen.append((torch.is_grad_enabled(), (x * 2).requires_grad))
    return seen


@autograd
def leaves_may_be_written_under_no_grad():
    x = leaf(1, 2)
    (x * x).sum().backward()
    with torch.no_grad():
        x.add_(x.grad, alpha=-0.1)
        x[0].mul_(2)
    x.grad.zero_()
    (x * x).sum().backward()
    return x, x.requires_grad, x.is_leaf, x.grad


# Errors


@autograd
def errors_of_backward():
    x = leaf(1, 2, 3)
    return [error_of(action) for action in [
        lambda: (x * 2).backward(),
        lambda: torch.ones(1).backward(),
        lambda: torch.ones(3).backward(),
        lambda: (x * 2).backward(torch.ones(2)),
        lambda: (x * 2).backward(torch.ones(1, 3)),
        lambda: backward([x.sum(), x.sum()], [torch.tensor(1.0)]),
        lambda: backward([x.sum(), torch.ones(1)]),
        lambda: backward([x * 2], [None]),
        lambda: x.sum().backward(inputs=[]),
        lambda: x.sum().backward(inputs=[torch.ones(1)]),
        lambda: backward([]),
    ]]


@autograd
def errors_of_grad():
    x = leaf(1, 2, 3)
    return [error_of(action) for action in [
        lambda: grad(x.sum(), []),
        lambda: grad([], [x]),
        lambda: grad(x.sum(), torch.ones(1)),
        lambda: grad(x.sum(), [x, leaf(1)]),
        lambda: grad(x * 2, x),
        lambda: grad(x * 2, x, torch.ones(4)),
        lambda: grad(torch.ones(1), x),
    ]]


@autograd
def unused_inputs_may_be_allowed():
    x, w = leaf(1, 2), leaf(3)
    return grad((x * x).sum(), [w, x], allow_unused=True)


@autograd
def errors_of_requires_grad():
    x = leaf(1, 2)
    def assign(tensor, value):
        tensor.requires_grad = value
    return [error_of(action) for action in [
        lambda: assign(x * 1, True),
        lambda: assign(x * 1, False),
        lambda: (x * 1).requires_grad_(),
        lambda: (x * 1).requires_grad_(False),
        lambda: assign(torch.tensor([1]), True),
        lambda: torch.ones(1).retain_grad(),
        lambda: (x * 1)[:1].detach_(),
    ]]


@autograd
def errors_of_assigning_grad():
    x = leaf(1, 2)
    def assign(value):
        x.grad = value
    return [error_of(action) for action in [
        lambda: assign(torch.ones(3)),
        lambda: assign(torch.ones(2, dtype=torch.float64)),
        lambda: assign(x),
        lambda: assign(torch.ones(2)),
        lambda: assign(None),
    ]]


@autograd
def an_error_in_backward_leaves_all_usable():
    x = leaf(1, 2)
    y = x * 1
    z = y.sin()
    y.mul_(2)
    failed = error_of(lambda: (z * z).sum().backward())
    (x * 5).sum().backward()
    return failed is not None, torch.is_grad_enabled(), x.grad


# Writes in place


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


# torch.autograd.functional


def polynomial(x):
    return 2 * x**3 + 5 * x**2 + 7 * x + 10


@functional
def jacobian_of_one_input_and_output():
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    result = jacobian(polynomial, x)
    return result, result.requires_grad, x.grad


@functional
def jacobian_of_several():
    x, w = leaf(1, 2), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    one = jacobian(lambda x, w: x * w, (x, w))
    several = jacobian(lambda x: (x.sin(), x.sum(), torch.ones(2)), x)
    both = jacobian(lambda x, w: (w.sum(0), x * 2), (x, w))
    listed = jacobian(lambda x: (x * x,), (x,))
    return one, several, both, listed


@functional
def jacobian_of_a_transposed_and_expanded_input():
    x = torch.arange(6.0).view(2, 3).t()
    return jacobian(lambda x: x.sum(1) * x[:, 0], x), jacobian(lambda x: x * x, torch.tensor([2.0]).expand(3))


@functional
def jacobian_in_another_dtype():
    result = jacobian(lambda x: (x * 2).float(), torch.tensor([1.0, 2.0], dtype=torch.float64))
    return result, str(result.dtype)


@functional
def jacobian_vectorized():
    x = leaf(0.5, 1.5)
    return jacobian(lambda x: (x * x.sin(), torch.ones(1)), x, vectorize=True)


@functional
def jacobian_that_can_be_differentiated():
    x = leaf(1, 2)
    result = jacobian(lambda x: x**3, x, create_graph=True)
    result.sum().backward()
    free = jacobian(lambda x: x**3, torch.tensor([1.0, 2.0]), create_graph=True)
    return result, result.requires_grad, x.grad, free.requires_grad


@functional
def jacobian_under_no_grad():
    with torch.no_grad():
        return jacobian(lambda x: x * x, leaf(1, 2))


@functional
def jacobian_of_a_function_that_uses_the_input_from_outside():
    x = leaf(1, 2)
    return jacobian(lambda y: x * y, x), jacobian(lambda y: x * 2, x)


@functional
def errors_of_jacobian():
    x, w = leaf(1, 2), leaf(3)
    return [error_of(action) for action in [
        lambda: jacobian(lambda x: x.detach(), x, strict=True),
        lambda: jacobian(lambda x, w: x * 2, (x, w), strict=True),
        lambda: jacobian(lambda x: x * 2, x, strict=True),
        lambda: jacobian(lambda x: x * 2, x, create_graph=True, strict=True),
        lambda: jacobian(lambda x: x * 2, x, strict=True, vectorize=True),
        lambda: jacobian(lambda x: x * 2, x, strategy="sideways"),
    ]]


@functional
def hessian_of_one_input():
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    return hessian(lambda x: polynomial(x).sum(), x), hessian(lambda x: x.sum().view(1, 1), x)


@functional
def hessian_of_several_inputs():
    x, w = leaf(0.5, 1.5), leaf(2)
    return hessian(lambda x, w: (x * x * w.sin()).sum(), (x, w)), hessian(lambda x: (x**3).sum(), (x,))


@functional
def hessian_that_can_be_differentiated():
    x = leaf(0.5, 1.5)
    result = hessian(lambda x: x.sin().sum(), x, create_graph=True)
    result.sum().backward()
    return result, x.grad


@functional
def errors_of_hessian():
    x = leaf(1, 2)
    return [error_of(action) for action in [
        lambda: hessian(lambda x: x * 2, x),
        lambda: hessian(lambda x: (x.sum(),), x),
        lambda: hessian(lambda x: x.detach().sum(), x, strict=True),
        lambda: hessian(lambda x: (x * 2).sum(), x, strict=True),
    ]]


@functional
def products_with_a_jacobian():
    x, w = leaf(0.5, 1.5), leaf(2)
    v = torch.tensor([1.0, 10.0])
    return (
        vjp(lambda x: x.sin(), x, v),
        vjp(lambda x: x.sin().sum(), x),
        vjp(lambda x, w: (x * w, w.sum()), (x, w), (v, torch.tensor(3.0))),
        jvp(lambda x: x.sin(), x, v),
        jvp(lambda w: (w * w, w.sin()), w),
        jvp(lambda x, w: x * w, (x, w), (v, torch.tensor([3.0]))),
    )


@functional
def products_with_a_hessian():
    x, w = leaf(0.5, 1.5), leaf(2)
    v = torch.tensor([1.0, 10.0])
    def function(x, w):
        return (x * x.sin()).sum() * w.sum() ** 3
    return (
        vhp(lambda x: (x**3).sum(), x, v),
        vhp(function, (x, w), (v, torch.tensor([3.0]))),
        hvp(lambda x: (x**3).sum(), x, v),
        hvp(function, (x, w), (v, torch.tensor([3.0]))),
        vhp(lambda w: (w**3).sum(), w),
        hvp(lambda w: w.sum(), w),
    )


@functional
def products_that_can_be_differentiated():
    x, v = leaf(0.5, 1.5), leaf(1, 10)
    answers = []
    for product in [vjp, jvp]:
        _, result = product(lambda x: x.sin(), x, v, create_graph=True)
        answers += [result, grad(result.sum(), [x, v])]
    for product in [vhp, hvp]:
        _, result = product(lambda x: (x**3).sum(), x, v, create_graph=True)
        answers += [result, grad(result.sum(), [x, v])]
    return answers


@functional
def errors_of_products():
    x, w = leaf(1, 2), leaf(3)
    v = torch.ones(2)
    return [error_of(action) for action in [
        lambda: vjp(lambda x: x * 2, x),
        lambda: vjp(lambda x: x * 2, x, torch.ones(3)),
        lambda: vjp(lambda x: x * 2, x, (v, v)),
        lambda: vjp(lambda x: (x * 2, x), x, (v,)),
        lambda: vjp(lambda x: (x * 2, x), x, (v, torch.ones(3))),
        lambda: vjp(lambda x: x.detach(), x, v, strict=True),
        lambda: vjp(lambda x, w: x * 2, (x, w), v, strict=True),
        lambda: vjp(lambda x: x * 2, x, v, strict=True, create_graph=True),
        lambda: jvp(lambda x: x * 2, x),
        lambda: jvp(lambda x: x * 2, x, torch.ones(3)),
        lambda: jvp(lambda x: x.detach(), x, v, strict=True),
        lambda: vhp(lambda x: x * 2, x, v),
        lambda: vhp(lambda x: (x * 2).sum(), x, v, strict=True),
        lambda: hvp(lambda x: (x.sum(),), x, v),
        lambda: hvp(lambda x: (x * 2).sum(), x, v, strict=True),
    ]]


if __name__ == "__main__":
    answers = {
        group: {name: plain(body()) for name, body in programs.items()} for group, programs in GROUPS.items()
    }
    file = pathlib.Path(__file__).with_suffix(".json")
    file.write_text(json.dumps(answers, indent=1, sort_keys=True) + "\n")
