"""Where `grad` lies: its strides, whose memory it is, and when it is accumulated in place."""
import torch

from program import group, leaf

layout = group("layout of grad")


def parameter(*shape):
    return torch.arange(1.0, 1.0 + torch.Size(shape).numel()).view(shape)


def same(a, b):
    return a.data_ptr() == b.data_ptr()


@layout
def strides_follow_the_leaf():
    transposed = parameter(2, 3).t().requires_grad_()
    permuted = parameter(2, 3, 4).permute(2, 0, 1).requires_grad_()
    sliced = parameter(4, 6)[:, ::2].detach().requires_grad_()
    expanded = parameter(3, 1).expand(3, 4).detach().requires_grad_()
    plain = parameter(2, 3).requires_grad_()
    answers = []
    for x in [plain, transposed, permuted, sliced, expanded]:
        for function in [
            lambda x: x.sum(), lambda x: (x * x).sum(), lambda x: (x * 2).exp().sum(), lambda x: x.sum(0).prod(),
            lambda x: x.transpose(0, 1).contiguous().pow(2).sum(), lambda x: x.reshape(-1).cumsum(0).sum(),
        ]:
            x.grad = None
            function(x).backward()
            answers.append([list(x.grad.shape), list(x.grad.stride())])
    return answers


@layout
def strides_of_gradients_that_grad_returns():
    x = parameter(2, 3).t().requires_grad_()
    return [
        list(torch.autograd.grad(function(x), x)[0].stride())
        for function in [lambda x: x.sum(), lambda x: (x * x).sum(), lambda x: x.t().exp().sum()]
    ]


@layout
def accumulates_in_place():
    x = leaf(1, 2)
    (x * x).sum().backward()
    first, pointer = x.grad, x.grad.data_ptr()
    (x * x).sum().backward()
    return x.grad is first, x.grad.data_ptr() == pointer, first


@layout
def accumulates_into_another_tensor_under_create_graph():
    x = leaf(1, 2)
    (x * x).sum().backward()
    first = x.grad
    (x * x).sum().backward(create_graph=True)
    return x.grad is first, same(x.grad, first), first, x.grad, x.grad.requires_grad


@layout
def an_assigned_gradient_keeps_its_layout():
    x = parameter(2, 3).requires_grad_()
    x.grad = parameter(3, 2).t()
    mine = x.grad
    (x * x).sum().backward()
    return x.grad is mine, list(x.grad.stride()), mine


@layout
def a_gradient_that_hooks_kept_is_not_taken():
    x = leaf(1, 2)
    kept = []
    x.register_hook(lambda grad: kept.append(grad))
    (x * x).sum().backward()
    before = kept[0].clone()
    (x * x).sum().backward()
    return same(x.grad, kept[0]), kept[0].equal(before)


@layout
def a_gradient_that_was_given_is_not_changed():
    x, g = leaf(1, 2), torch.ones(2)
    x.backward(g)
    x.backward(g)
    y = leaf(1, 2)
    (y * torch.ones(2)).backward(g)
    (y + 1).backward(g)
    return g, same(x.grad, g), same(y.grad, g), y.grad


@layout
def gradients_of_two_leaves_do_not_share():
    x, y = leaf(1, 2), leaf(3, 4)
    (x + y).sum().backward()
    z, w = leaf(1, 2), leaf(3, 4)
    (z + w).exp().sum().backward()
    z.grad.zero_()
    return same(x.grad, y.grad), same(z.grad, w.grad), w.grad


@layout
def after_zeroing():
    x = leaf(1, 2)
    (x * x).sum().backward()
    first = x.grad
    x.grad.zero_()
    (x * x).sum().backward()
    kept = x.grad is first
    x.grad = None
    (x * x).sum().backward()
    return kept, x.grad is first, x.grad


@layout
def retained_gradients():
    x = leaf(1, 2)
    y = x * 2
    y.retain_grad()
    y.sum().backward(retain_graph=True)
    strides = list(y.grad.stride())
    first = y.grad
    y.sum().backward()
    return strides, y.grad is first, y.grad, x.grad, same(x.grad, y.grad)


@layout
def dtypes_and_flags():
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    x.float().sum().backward()
    return str(x.grad.dtype), x.grad.requires_grad, x.grad.is_leaf, x.grad._version
