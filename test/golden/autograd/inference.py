"""Inference mode."""
import torch

from program import error_of, errors_of, group, leaf

inference = group("inference")


@inference
def what_is_an_inference_tensor():
    x = leaf(1, 2)
    with torch.inference_mode():
        made, computed, view = torch.ones(2), x * 2, x[:1]
        modes = torch.is_inference_mode_enabled(), torch.is_grad_enabled()
        requires = torch.ones(2, requires_grad=True)
    tensors = [x, made, computed, made * 2, made.view(2), made.clone(), made.detach(), requires]
    return modes, torch.is_inference_mode_enabled(), view.is_inference(), [(t.is_inference(), t.requires_grad) for t in tensors]


@inference
def modes_within_inference_mode():
    x = leaf(1)
    with torch.inference_mode():
        with torch.enable_grad():
            forced = (x * 2).requires_grad
        with torch.inference_mode(False):
            normal = (x * 2).requires_grad, torch.is_inference_mode_enabled(), torch.is_grad_enabled()
        again = torch.is_inference_mode_enabled(), torch.is_grad_enabled()
        x.add_(1)
    with torch.inference_mode(False):
        outside = (x * 2).requires_grad
    return forced, normal, again, x, x.requires_grad, outside


@inference
def errors_outside_of_inference_mode():
    x = leaf(1, 2)
    y = x * 1
    with torch.inference_mode():
        a = torch.ones(2)
        view = y[:1]
        a.add_(1)
        version = error_of(lambda: a._version)
    def assign():
        a.requires_grad = True
    return version, errors_of(
        lambda: a.add_(1),
        lambda: a.view(2).add_(1),
        lambda: a.t_(),
        lambda: a.requires_grad_(),
        assign,
        lambda: a.mul(x),
        lambda: y.clone().mul_(a),
        lambda: x.add(a),
        lambda: y.clone().copy_(a),
        lambda: a._version,
        lambda: view.add_(1),
        lambda: a.sum().backward(),
    )


@inference
def inference_tensors_in_a_graph():
    x = leaf(1, 2)
    with torch.inference_mode():
        a = torch.ones(2) * 3
    (x + a).sum().backward()
    (x * a.clone()).sum().backward()
    return x.grad
