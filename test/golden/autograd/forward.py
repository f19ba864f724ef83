"""torch.autograd.forward_ad."""
import torch
from torch.autograd import forward_ad as fw
from torch.autograd import grad

from program import errors_of, group, leaf

forward = group("forward mode")


def tangent(x):
    return fw.unpack_dual(x).tangent


def duals():
    return fw.make_dual(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 0.5, -2.0]))


@forward
def a_dual_and_what_is_made_of_it():
    with fw.dual_level():
        x = duals()
        y = x.sin() * x
        primal, dual = fw.unpack_dual(y)
        outside = tangent(torch.ones(2))
        return primal, dual, tangent(x), outside, tangent(x.detach()), tangent(primal), tangent(x > 1)


@forward
def several_results_and_arguments():
    with fw.dual_level():
        x = duals()
        values, indices = x.view(1, 3).max(1)
        both = torch.stack([x, torch.ones(3), x * 2])
        return tangent(values), tangent(indices), tangent(both), [tangent(part) for part in x.unbind()]


@forward
def broadcasting_and_promotion():
    with fw.dual_level():
        x = duals()
        y = x.view(3, 1) + torch.tensor([1.0, 2.0], dtype=torch.float64)
        z = x + 1
        return tangent(y), str(tangent(y).dtype), tangent(z), tangent(x.double()), tangent(x.sum() * torch.ones(2))


@forward
def nothing_remains_after_the_level():
    with fw.dual_level():
        x = duals()
        y = x * 2
    after = [fw.unpack_dual(x).tangent, fw.unpack_dual(y).tangent]
    with fw.dual_level():
        return after, tangent(x), tangent(y)


@forward
def writes_in_place():
    with fw.dual_level():
        x = duals().clone()
        x.mul_(x.clone())
        y = torch.zeros(3)
        y.add_(x)
        z = duals().clone()
        z.zero_()
        return tangent(x), tangent(y), tangent(z)


@forward
def writes_through_views():
    with fw.dual_level():
        x = duals().clone()
        x[0].mul_(10)
        base = torch.zeros(2, 3)
        base[1].copy_(x)
        y = duals().clone()
        first = y[0]
        y.mul_(3)
        return x, tangent(x), tangent(base), tangent(first)


@forward
def an_operand_stays_as_it_is():
    with fw.dual_level():
        x = duals()
        y = x.clone()
        y.mul_(5)
        z = x + 0
        z.mul_(7)
        return tangent(x), tangent(y), tangent(z)


@forward
def forward_over_reverse():
    x = leaf(1, 2, 3)
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([1.0, 0.5, -2.0]))
        y = (dual ** 3).sum()
        g, = grad(y, x)
        return dual.requires_grad, g, tangent(g), tangent(y)


@forward
def reverse_over_forward():
    x, v = leaf(1, 2, 3), leaf(1, 0.5, -2)
    with fw.dual_level():
        y = fw.make_dual(x, v) ** 3
        dual = tangent(y)
        return dual, dual.requires_grad, grad(dual.sum(), [x, v])


@forward
def without_recording():
    with torch.no_grad(), fw.dual_level():
        y = duals().exp()
        return tangent(y), y.requires_grad


@forward
def entering_and_leaving():
    level = fw.enter_dual_level()
    x = duals()
    found = tangent(x * 2)
    fw.exit_dual_level()
    return level, found, tangent(x)


@forward
def errors():
    x = torch.ones(3)
    ints = torch.ones(3, dtype=torch.int64)
    outside = errors_of(lambda: fw.make_dual(x, x), lambda: fw.exit_dual_level(level=3))
    with fw.dual_level():
        dual = duals()
        return outside, errors_of(
            lambda: fw.make_dual(x, torch.ones(2)),
            lambda: fw.make_dual(x, ints),
            lambda: fw.make_dual(ints, x),
            lambda: fw.make_dual(dual, x),
            lambda: fw.make_dual(x, dual),
            lambda: fw.enter_dual_level(),
        )
