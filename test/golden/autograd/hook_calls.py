"""When hooks of tensors and nodes are called, and what becomes of what they return."""
import torch
from torch.autograd import Function, grad

from program import custom, double, error_of, errors_of, group, leaf

calls = group("hook calls")


@calls
def the_same_hook_twice():
    log = []
    x = leaf(1, 2)
    hook = lambda g: log.append(g.clone()) or g * 2
    first, second = x.register_hook(hook), x.register_hook(hook)
    (x * 3).sum().backward()
    first.remove()
    (x * 3).sum().backward()
    return log, x.grad


@calls
def two_passes_over_one_graph():
    log = []
    x = leaf(1, 2)
    y = x * 2
    y.register_hook(lambda g: log.append(("y", g.clone())) or g * 10)
    x.register_hook(lambda g: log.append(("x", g.clone())))
    y.grad_fn.register_hook(lambda gi, go: log.append(("node", gi[0].clone(), go[0].clone())))
    loss = (y * 3).sum()
    loss.backward(retain_graph=True)
    loss.backward()
    return log, x.grad


@calls
def hooks_that_write_to_the_gradient():
    x = leaf(1, 2)
    y = x * 2
    y.register_hook(lambda g: None if g.mul_(5) is None else None)
    x.register_hook(lambda g: None if g.add_(1) is None else None)
    (y * 3).sum().backward()
    return x.grad


@calls
def hooks_where_no_gradient_arrives():
    log = []
    x, w = leaf(1, 2), leaf(1)
    y, z = x * 2, x * 3
    z.register_hook(lambda g: log.append("z"))
    y.register_hook(lambda g: log.append("y"))
    y.sum().backward()
    stop = custom(double, lambda ctx, g: None)
    w.register_hook(lambda g: log.append("w"))
    v = w * 2
    v.grad_fn.register_prehook(lambda go: log.append(list(go)))
    v.grad_fn.register_hook(lambda gi, go: log.append([list(gi), list(go)]))
    stop.apply(v).sum().backward()
    return log, w.grad


@calls
def functions_where_no_gradient_arrives():
    answers = []
    stop = custom(double, lambda ctx, g: None)
    for materialize in (True, False):
        def forward(ctx, x):
            ctx.set_materialize_grads(materialize)
            return x * 2
        x = leaf(1, 2)
        y = custom(forward, lambda ctx, g: answers.append(g) or (None if g is None else g + 1)).apply(x)
        y.grad_fn.register_hook(lambda gi, go: answers.append([list(gi), list(go)]))
        stop.apply(y).sum().backward()
        answers.append(x.grad)
    return answers


@calls
def node_hooks_that_return_nothing_for_a_gradient():
    x, w = leaf(1, 2), leaf(3, 4)
    y = x * w
    y.grad_fn.register_hook(lambda gi, go: (None, gi[1] * 2))
    y.sum().backward()
    first = x.grad, w.grad
    z = x * w
    z.grad_fn.register_prehook(lambda go: (None,))
    z.sum().backward()
    return first, x.grad, w.grad


@calls
def node_hooks_that_return_a_gradient_for_none():
    x, c = leaf(1, 2), torch.ones(2)
    y = x * c
    seen = []
    y.grad_fn.register_hook(lambda gi, go: seen.append([g is None for g in gi]) or (gi[0], gi[0] * 7))
    return error_of(y.sum().backward), seen, x.grad


@calls
def several_hooks_of_a_node_see_each_others_results():
    log = []
    x = leaf(1, 2)
    y = x * 2
    node = y.grad_fn
    node.register_hook(lambda gi, go: log.append(("first", gi[0].clone(), go[0].clone())) or (gi[0] * 2, None))
    node.register_hook(lambda gi, go: log.append(("second", gi[0].clone(), go[0].clone())) or (gi[0] + 1, None))
    node.register_prehook(lambda go: log.append(("before", go[0].clone())) or (go[0] * 10,))
    node.register_prehook(lambda go: log.append(("before too", go[0].clone())) or (go[0] + 5,))
    y.sum().backward()
    return log, x.grad


@calls
def a_hook_that_runs_a_pass_of_its_own():
    log = []
    x, w = leaf(1, 2), leaf(3, 4)
    y = x * 2
    def hook(g):
        with torch.enable_grad():
            (w * w).sum().backward()
        log.append(w.grad.clone())
        return g + w.grad
    y.register_hook(hook)
    (y * y).sum().backward()
    return log, x.grad, w.grad


@calls
def hooks_of_views_and_of_what_they_view():
    log = []
    x = leaf(1, 2, 3, 4)
    y = x * 1
    view = y.view(2, 2)
    view.register_hook(lambda g: log.append(("view", g.clone())) or g * 2)
    y.register_hook(lambda g: log.append(("base", g.clone())))
    (view * 3).sum().backward(retain_graph=True)
    (y * 5).sum().backward()
    return log, x.grad


@calls
def hooks_of_a_leaf_after_its_gradient_was_turned_off():
    log = []
    x = leaf(1, 2)
    x.register_hook(lambda g: log.append(g.clone()))
    x.requires_grad_(False)
    w = leaf(3, 4)
    (x * w).sum().backward()
    x.requires_grad_(True)
    (x * w).sum().backward()
    return log, x.grad, w.grad


@calls
def where_hooks_may_be_registered():
    x = leaf(1, 2)
    with torch.no_grad():
        y = x * 2
    return errors_of(lambda: y.register_hook(lambda g: g), lambda: x.detach().register_hook(lambda g: g),
                     lambda: torch.tensor([1]).register_hook(lambda g: g), lambda: y.retain_grad(),
                     lambda: x.retain_grad(), lambda: x.register_hook(lambda g: g) and None)


@calls
def results_of_node_hooks_of_the_wrong_kind():
    def run(result, before=False):
        def action():
            x = leaf(1, 2)
            y = x * 2
            def hook(*args):
                return result
            (y.grad_fn.register_prehook if before else y.grad_fn.register_hook)(hook)
            y.sum().backward()
        return error_of(action)
    other = torch.ones(2, dtype=torch.float64)
    return [run((other, None)), run((other,), True), run((3, None)), run((3,), True), run("text"), run((torch.ones(2, 1), None)),
            run(()), run((), True)]


@calls
def a_retained_gradient_adds_up():
    x = leaf(1, 2)
    y = x * 2
    before = y.retains_grad
    y.retain_grad()
    y.retain_grad()
    loss = (y * 3).sum()
    loss.backward(retain_graph=True)
    first = y.grad.clone()
    loss.backward()
    return before, y.retains_grad, x.retains_grad, first, y.grad


@calls
def a_hook_of_the_root():
    log = []
    x = leaf(1, 2)
    loss = (x * 2).sum()
    loss.register_hook(lambda g: log.append(g.clone()) or g * 4)
    loss.backward()
    return log, x.grad


@calls
def hooks_under_gradients_of_gradients():
    log = []
    x = leaf(2, 3)
    y = x ** 3
    y.register_hook(lambda g: log.append(g.detach().clone()) or g * x)
    (dx,) = grad(y.sum(), x, create_graph=True)
    (ddx,) = grad(dx.sum(), x, create_graph=True)
    return dx, ddx, grad(ddx.sum(), x), len(log)
