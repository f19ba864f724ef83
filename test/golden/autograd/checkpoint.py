"""torch.utils.checkpoint: intermediate values computed anew in the backward pass."""
import torch
from torch.autograd import grad
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

from program import error_of, errors_of, group, leaf, name_of

checkpoints = group("checkpoint")


def both(body):
    return [body(True), body(False)]


@checkpoints
def the_same_gradients():
    def run(reentrant):
        x, w = leaf(0.5, 1.5), leaf(2, 3)
        runs = []
        def function(a, factor):
            runs.append(factor)
            return (a * w).sin() * a * factor
        y = checkpoint(function, x, 3, use_reentrant=reentrant)
        before = len(runs)
        y.sum().backward()
        return y, name_of(y.grad_fn), before, len(runs), x.grad, w.grad
    return both(run)


@checkpoints
def random_numbers_are_drawn_again():
    def run(reentrant):
        x = leaf(*[1] * 20)
        seen = []
        def function(a):
            seen.append(torch.rand(20))
            return a.sin() * seen[-1]
        torch.manual_seed(0)
        y = checkpoint(function, x, use_reentrant=reentrant)
        after = torch.rand(1)
        y.sum().backward()
        return seen, after, torch.rand(1), x.grad
    return both(run)


@checkpoints
def several_results():
    def run(reentrant):
        x = leaf(1, 2)
        def function(a):
            return a.sin(), a.detach(), 5
        first, other, number = checkpoint(function, x, use_reentrant=reentrant)
        first.sum().backward()
        return first, other, number, x.grad
    return both(run)


@checkpoints
def inputs_without_gradient():
    def run(reentrant):
        x, w = leaf(1, 2), leaf(3, 4)
        y = checkpoint(lambda a: a * w * a, x.detach(), use_reentrant=reentrant)
        if y.requires_grad:
            y.sum().backward()
        return y.requires_grad, w.grad
    return both(run)


@checkpoints
def errors_of_checkpoint():
    def run(reentrant):
        x = leaf(1, 2)
        y = checkpoint(lambda a: a.sin(), x, use_reentrant=reentrant)
        y.sum().backward()
        def unrecorded(a):
            with torch.no_grad():
                return a * 2
        return errors_of(
            lambda: y.sum().backward(),
            lambda: grad(checkpoint(lambda a: a.sin(), x, use_reentrant=reentrant).sum(), x),
            lambda: checkpoint(unrecorded, x, use_reentrant=reentrant).sum().backward(),
        )
    return both(run), error_of(lambda: checkpoint(lambda a: a, leaf(1), foo=3, use_reentrant=True))


@checkpoints
def second_derivatives_without_reentering():
    x = leaf(0.5, 1.5)
    y = checkpoint(lambda a: a.sin() * a, x, use_reentrant=False)
    (dx,) = grad(y.sum(), x, create_graph=True)
    return dx, grad(dx.sum(), x)


@checkpoints
def a_sequence():
    def run(segments):
        x = leaf(0.5, 1.5)
        runs = []
        def step(name):
            def function(a):
                runs.append(name)
                return getattr(a, name)()
            return function
        y = checkpoint_sequential([step(name) for name in ["sin", "cos", "exp", "sin", "tanh"]], segments, x)
        y.sum().backward()
        return y, name_of(y.grad_fn), runs, x.grad
    return run(1), run(2), run(3), error_of(lambda: checkpoint_sequential([torch.sin], 1, leaf(1), foo=2))


@checkpoints
def checkpoints_within_checkpoints():
    def run(reentrant):
        x = leaf(0.5, 1.5)
        runs = []
        def inner(a):
            runs.append("inner")
            return a.sin()
        def outer(a):
            runs.append("outer")
            return checkpoint(inner, a * 2, use_reentrant=reentrant).exp()
        y = checkpoint(outer, x, use_reentrant=reentrant)
        y.sum().backward()
        return sorted(runs), x.grad
    return both(run)


@checkpoints
def random_numbers_that_are_not_preserved():
    def run(reentrant):
        x = leaf(*[1] * 5)
        seen = []
        def function(a):
            seen.append(torch.rand(5))
            return a.sin() * seen[-1]
        torch.manual_seed(3)
        y = checkpoint(function, x, use_reentrant=reentrant, preserve_rng_state=False)
        y.sum().backward()
        return seen, torch.rand(1)
    return both(run)


@checkpoints
def dropout_is_drawn_again():
    def run(reentrant):
        torch.manual_seed(7)
        x = torch.ones(50, requires_grad=True)
        y = checkpoint(lambda a: torch.nn.functional.dropout(a * 2, 0.4), x, use_reentrant=reentrant)
        y.sum().backward()
        return torch.equal(y, x.grad), y, torch.rand(1)
    return both(run)


@checkpoints
def an_error_within_leaves_all_usable():
    def run(reentrant):
        x = leaf(1, 2)
        runs = []
        def function(a):
            runs.append(1)
            if len(runs) == 2:
                raise ValueError("from within")
            return a.sin()
        failed = error_of(checkpoint(function, x, use_reentrant=reentrant).sum().backward)
        checkpoint(torch.cos, x, use_reentrant=reentrant).sum().backward()
        return "from within" in failed, torch.is_grad_enabled(), x.grad
    return both(run)


@checkpoints
def a_checkpoint_where_nothing_is_recorded():
    def run(reentrant):
        x = leaf(1, 2)
        runs = []
        def function(a):
            runs.append(torch.is_grad_enabled())
            return a.sin()
        with torch.no_grad():
            y = checkpoint(function, x, use_reentrant=reentrant)
        return y.requires_grad, runs
    return both(run)
