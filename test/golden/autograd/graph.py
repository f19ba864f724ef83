"""Gradients of gradients, the graph as it shows, modes, errors."""
import torch
from torch.autograd import backward, grad

from program import error_of, group, leaf, name_of

autograd = group("autograd")

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
