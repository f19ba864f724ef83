"""The tutorial of examples/tutorial/ in PyTorch: records what it prints in tutorial.json beside this script.

Each function is the section of its number, line for line; tutorial.test.ts compares the text with sconce's.
"""
import contextlib
import io
import json
import pathlib

import torch
from torch.autograd.functional import jacobian


def derivative():
    def f(x):
        return 2 * x**2 + 5

    x = torch.tensor(5.0, requires_grad=True)
    f(x).backward()
    print(x.grad)
    (result,) = torch.autograd.grad(f(x), x)
    print(result)


def jacobian_of_a_matrix():
    def f(x):
        return 2 * x**3 + 5 * x**2 + 7 * x + 10

    x = torch.tensor([[1.0, 2, 3], [4, 5, 6]], requires_grad=True)
    print("f(x):")
    print(f(x))
    matrix = jacobian(f, x)
    print(f"The Jacobian, of size {list(matrix.shape)}:")
    print(matrix)
    total = f(x).sum()
    print("The sum of f(x):")
    print(total)
    (gradient,) = torch.autograd.grad(total, x)
    print("Its gradient by autograd.grad:")
    print(gradient)
    f(x).sum().backward()
    print("Its gradient by backward:")
    print(x.grad)
    with torch.no_grad():
        by_hand = 6 * x**2 + 10 * x + 7
    print("6x² + 10x + 7:")
    print(by_hand)


def sine():
    x = torch.linspace(-5, 5, 200, requires_grad=True)
    y = x.sin()
    y.sum().backward()
    print("The gradient of sin(x) at the ends and in the middle, and cos(x) there:")
    print(x.grad[[0, 99, 199]])
    print(x.detach().cos()[[0, 99, 199]])


def partial_derivatives():
    def f(x, y):
        return 2 * x**2 + 5 * y**2

    x = torch.tensor([[1.0, 2, 3], [4, 5, 6]], requires_grad=True)
    y = torch.tensor([[7.0, 8, 9], [10, 11, 12]], requires_grad=True)
    jacobian_x, jacobian_y = jacobian(f, (x, y))
    print("The Jacobian with respect to x:")
    print(jacobian_x)
    print("The Jacobian with respect to y:")
    print(jacobian_y)
    gradient_x, gradient_y = torch.autograd.grad(f(x, y).sum(), (x, y))
    print("The gradient of the sum with respect to x:")
    print(gradient_x)
    print("The gradient of the sum with respect to y:")
    print(gradient_y)


def partial_curves():
    def f(x, y):
        return x**3 + 5 * x + y**2

    x = torch.linspace(-5, 5, 200, requires_grad=True)
    y = torch.linspace(-5, 5, 200, requires_grad=True)
    z = f(x, y)
    z.sum().backward()
    print("f and its partial derivatives at both ends:")
    print(z[[0, 199]])
    print(x.grad[[0, 199]])
    print(y.grad[[0, 199]])


SECTIONS = {
    "1-derivative": derivative,
    "2-jacobian": jacobian_of_a_matrix,
    "3-sine": sine,
    "4-partial-derivatives": partial_derivatives,
    "5-partial-curves": partial_curves,
}


def printed(section):
    with contextlib.redirect_stdout(io.StringIO()) as output:
        section()
    return output.getvalue()


if __name__ == "__main__":
    texts = {name: printed(section) for name, section in SECTIONS.items()}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(texts, indent=2, ensure_ascii=False) + "\n")
