"""torch.autograd.functional."""
import torch
from torch.autograd import grad
from torch.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp

from program import error_of, group, leaf

functional = group("functional")

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


def results_of(product):
    """Each result with whether it requires grad, or the sentence of the error."""
    def described(result):
        if isinstance(result, tuple):
            return [described(item) for item in result]
        return [result, result.requires_grad]
    answer = []
    error = error_of(lambda: answer.extend(described(product())))
    return error or answer


FLAGS = [{}, {"strict": True}, {"strict": True, "create_graph": True}, {"create_graph": True}]


@functional
def strictness_of_products_with_a_jacobian():
    x, w, v, one = leaf(1, 2), leaf(3), torch.ones(2), torch.ones(1)
    cases = [
        (lambda x: x.detach(), x, v, v),
        (lambda x: x * 2, x, v, v),
        (lambda x: x**2, x, v, v),
        (lambda x, w: x**2, (x, w), v, (v, one)),
        (lambda x, w: x * w, (x, w), v, (v, one)),
        (lambda x: (x * 2, torch.ones(2)), x, (v, v), v),
        (lambda x: (x**2, x.sum()), x, (v, torch.tensor(1.0)), v),
    ]
    return [
        [[results_of(lambda: vjp(f, inputs, back, **flags)), results_of(lambda: jvp(f, inputs, forth, **flags))]
         for flags in FLAGS]
        for f, inputs, back, forth in cases
    ]


@functional
def strictness_of_products_with_a_hessian():
    x, w, v, one = leaf(1, 2), leaf(3), torch.ones(2), torch.ones(1)
    cases = [
        (lambda x: x.detach().sum(), x, v),
        (lambda x: (x * 2).sum(), x, v),
        (lambda x: (x**2).sum(), x, v),
        (lambda x: (x**3).sum(), x, v),
        (lambda x, w: (x**3).sum(), (x, w), (v, one)),
        (lambda x, w: (x**3).sum() * w.sum(), (x, w), (v, one)),
        (lambda x, w: (x**3).sum() + w.sum(), (x, w), (v, one)),
        (lambda x, w: (x**3).sum() + (w * w).sum(), (x, w), (v, one)),
    ]
    return [
        [[results_of(lambda: product(f, inputs, v, **flags)) for product in [vhp, hvp]] for flags in FLAGS]
        for f, inputs, v in cases
    ]


@functional
def strictness_of_jacobians_and_hessians():
    x, w = leaf(1, 2), leaf(3)
    jacobians = [
        (lambda x: x * 2, x), (lambda x: x**2, x), (lambda x, w: x**2, (x, w)), (lambda x, w: x * w, (x, w)),
        (lambda x: (x**2, torch.ones(1)), x),
    ]
    hessians = [
        (lambda x: (x * 2).sum(), x), (lambda x: (x**2).sum(), x), (lambda x, w: (x**3).sum() * w.sum(), (x, w)),
        (lambda x, w: (x**3).sum() + (w * w).sum(), (x, w)),
    ]
    return [
        [[results_of(lambda: derivative(f, inputs, **flags)) for flags in FLAGS] for f, inputs in cases]
        for derivative, cases in [(jacobian, jacobians), (hessian, hessians)]
    ]
