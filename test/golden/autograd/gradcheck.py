"""gradcheck and gradgradcheck: what they accept, and what they say."""
import torch
from torch.autograd import Function, gradcheck as check, gradgradcheck

from program import error_of, group

gradcheck = group("gradcheck")


def double(*values):
    return torch.tensor([float(value) for value in values], dtype=torch.float64, requires_grad=True)


def told(action):
    """The first line of an error: the rest shows matrices, or advises PyTorch's developers."""
    error = error_of(action)
    return error and error.split("\n")[0]


def custom(backward, jvp=None):
    def forward(ctx, x):
        ctx.save_for_forward(x)
        ctx.save_for_backward(x)
        return x * x
    methods = {"forward": forward, "backward": backward, "jvp": jvp or (lambda ctx, t: t * 2 * ctx.saved_tensors[0])}
    return type("Custom", (Function,), {name: staticmethod(method) for name, method in methods.items()}).apply


def right(ctx, g):
    return g * 2 * ctx.saved_tensors[0]


@gradcheck
def right_derivatives():
    x = double(1, 2)
    square = custom(right)
    return [
        check(square, x, fast_mode=fast, check_forward_ad=True) for fast in [False, True]
    ] + [
        check(square, x, check_forward_ad=True, check_backward_ad=False),
        check(torch.sin, x, check_forward_ad=True, check_batched_grad=True, check_batched_forward_grad=True),
        gradgradcheck(torch.sin, x, check_fwd_over_rev=True),
        gradgradcheck(torch.sin, x, check_fwd_over_rev=True, check_rev_over_rev=False, check_undefined_grad=False),
        gradgradcheck(torch.sin, x, check_batched_grad=True, gen_non_contig_grad_outputs=True),
        check(lambda x: (x > 0).double(), x),
    ]


@gradcheck
def sentences_on_failure():
    x = double(1, 2)
    calls = [0]
    def drifting(ctx, g):
        calls[0] += 1
        return g * 2 * ctx.saved_tensors[0] * (1 + 1e-5 * calls[0])
    def undefined(ctx, g):
        return g * 2 * ctx.saved_tensors[0] + (g == 0)
    answers = []
    for fast in [False, True]:
        answers += [
            told(lambda: check(custom(lambda ctx, g: g * 3), x, fast_mode=fast)),
            told(lambda: check(custom(right, lambda ctx, t: t * 3), x, check_forward_ad=True, fast_mode=fast)),
            told(lambda: check(custom(right, lambda ctx, t: t * 3), x, fast_mode=fast)),
            told(lambda: check(custom(lambda ctx, g: (g * 2 * ctx.saved_tensors[0])[:1]), x, fast_mode=fast)),
            told(lambda: check(custom(drifting), x, fast_mode=fast)),
            told(lambda: check(custom(drifting), x, nondet_tol=1e-2, fast_mode=fast)),
            told(lambda: check(custom(undefined), x, fast_mode=True)),
            told(lambda: check(lambda x: x.detach() * 2, x, fast_mode=fast)),
        ]
    return answers, check(custom(lambda ctx, g: g * 3), x, raise_exception=False)


@gradcheck
def keywords_that_need_others():
    x = double(1, 2)
    return [told(action) for action in [
        lambda: check(torch.sin, x, check_backward_ad=False),
        lambda: check(torch.sin, x, check_backward_ad=False, check_forward_ad=True, check_batched_grad=True),
        lambda: check(torch.sin, x, check_batched_forward_grad=True),
        lambda: gradgradcheck(torch.sin, x, check_rev_over_rev=False),
        lambda: gradgradcheck(torch.sin, x, check_rev_over_rev=False, check_fwd_over_rev=True),
        lambda: gradgradcheck(
            torch.sin, x, check_rev_over_rev=False, check_fwd_over_rev=True, check_undefined_grad=False,
            check_batched_grad=True),
        lambda: check(torch.sin, x.detach()),
    ]]


@gradcheck
def sentences_on_failure_of_second_derivatives():
    x = double(1, 2)
    def once(ctx, g):
        return g * 2 * ctx.saved_tensors[0].detach()
    square = custom(once)
    return [
        check(square, x),
        told(lambda: gradgradcheck(square, x)),
        told(lambda: gradgradcheck(square, x, check_fwd_over_rev=True, check_rev_over_rev=False,
                                   check_undefined_grad=False)),
    ]
