"""Where gradients go: into grad of leaves, of retaining tensors, and to inputs."""
import torch
from torch.autograd import backward, grad

from program import error_of, group, leaf

autograd = group("autograd")

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
