"""Hooks of tensors and nodes."""
import torch
from torch.autograd import grad

from program import error_of, errors_of, group, leaf

hooks = group("hooks")


@hooks
def order_of_hooks():
    log = []
    def see(name, result=None):
        def hook(*args):
            log.append((name, [list(arg) if isinstance(arg, tuple) else arg.clone() for arg in args]))
            return result and result(*args)
        return hook
    x = leaf(1, 2)
    y = x * 2
    y.register_hook(see("first", lambda g: g * 10))
    y.register_hook(see("second"))
    y.grad_fn.register_prehook(see("before", lambda go: (go[0] + 1,)))
    y.grad_fn.register_hook(see("after", lambda gi, go: (gi[0] * 2, None)))
    x.register_hook(see("leaf", lambda g: g + 0.5))
    y.sum().backward()
    return log, x.grad


@hooks
def removed_hooks_are_silent():
    log = []
    x = leaf(1, 2)
    handles = [x.register_hook(lambda g, name=name: log.append(name)) for name in "abc"]
    handles[1].remove()
    handles[1].remove()
    (x * 2).sum().backward()
    handles[0].remove()
    (x * 2).sum().backward()
    return log, x.grad


@hooks
def a_hook_of_a_leaf_sees_the_sum_once():
    log = []
    x = leaf(1, 2)
    x.register_hook(lambda g: log.append(g.clone()))
    (x * 2 + x * 3).sum().backward()
    return log, x.grad


@hooks
def hooks_of_one_of_several_results():
    log = []
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    a, b = x.unbind()
    b.register_hook(lambda g: log.append(g.clone()) or g * 10)
    a.register_hook(lambda g: g * 100)
    (a * 2 + b * 3).sum().backward()
    return log, x.grad


@hooks
def hooks_around_accumulation():
    log = []
    x = leaf(1, 2)
    node = (x * 2).grad_fn.next_functions[0][0]
    node.register_prehook(lambda go: log.append(("before", list(go), x.grad)))
    node.register_hook(lambda gi, go: log.append(("after", list(gi), list(go), x.grad.clone())))
    (x * 2).sum().backward()
    return node.variable is x, log, x.grad


@hooks
def hooks_under_create_graph():
    x = leaf(1, 2)
    modes = []
    y = x * 1
    y.register_hook(lambda g: modes.append((torch.is_grad_enabled(), g.requires_grad)) or g * y)
    (dx,) = grad((y * y).sum(), x, create_graph=True)
    (ddx,) = grad(dx.sum(), x, retain_graph=True)
    (y * y).sum().backward()
    return dx, ddx, x.grad, modes


@hooks
def errors_of_hooks():
    x = leaf(1, 2)
    z = x * 3
    def tensor_hook(result):
        def hook(grad):
            return result
        def run():
            handle = x.register_hook(hook)
            try:
                z.sum().backward(retain_graph=True)
            finally:
                handle.remove()
        return run
    def node_hook(register, result):
        def hook(*args):
            return result
        def run():
            handle = register(hook)
            try:
                z.sum().backward(retain_graph=True)
            finally:
                handle.remove()
        return run
    node = z.grad_fn
    good = torch.ones(2)
    return errors_of(
        lambda: torch.ones(1).register_hook(lambda g: g),
        tensor_hook(3),
        tensor_hook(torch.ones(3)),
        tensor_hook(torch.ones(2, dtype=torch.float64)),
        tensor_hook(torch.ones(1)),
        node_hook(node.register_hook, (good, None, None)),
        node_hook(node.register_hook, good),
        node_hook(node.register_hook, (torch.ones(3), None)),
        node_hook(node.register_prehook, good),
        node_hook(node.register_prehook, (good, good)),
        node_hook(node.register_prehook, (torch.ones(3),)),
    )


@hooks
def an_error_in_a_hook_leaves_all_usable():
    def failing(*args):
        raise RuntimeError("from within")
    x = leaf(1, 2)
    y = x * 2
    handles = [x.register_hook(failing), y.register_hook(failing), y.grad_fn.register_hook(failing),
               y.grad_fn.register_prehook(failing)]
    answers = []
    while handles:
        answers.append(error_of(lambda: y.sum().backward(retain_graph=True)))
        handles.pop().remove()
    x.grad = None
    y.sum().backward()
    return answers, torch.is_grad_enabled(), x.grad


@hooks
def saved_attributes():
    x, w = leaf(1, 2), leaf(3, 4)
    product, result = (x * w).grad_fn, x.exp().grad_fn
    result_of_sum = x.sum(0, keepdim=True).grad_fn
    return [product._saved_self, product._saved_other, result._saved_result, result_of_sum._saved_keepdim,
            product.metadata == {}, hasattr(product, "_saved_result")]
