"""Records what PyTorch's optimizers do: writes optim.json beside this script.

A case is an optimizer with options; the answer is what its parameters are after each of 12 steps, and its state at the end.
Parameters and gradients are exact in float32 and made by the same formulas in unit/optim.test.ts.
"""
import itertools
import json
import pathlib

import numpy
import torch

STEPS = 12
SHAPES = [[5], [2, 3], []]


def parameter(shape, k, dtype):
    count = torch.Size(shape).numel()
    return torch.tensor([(5 * i + 3 * k) % 13 / 8 - 0.75 for i in range(count)], dtype=dtype).reshape(shape)


def gradient(param, k, step):
    count = param.numel()
    values = [((7 * i + 5 * step + k) % 11 - 4.5) / 16 for i in range(count)]
    return torch.tensor(values, dtype=param.dtype).reshape(param.shape)


def plain(value, dtype):
    """Nested lists of numbers with no more digits than their dtype needs."""
    if isinstance(value, torch.Tensor):
        return plain(value.tolist(), value.dtype)
    if isinstance(value, list):
        return [plain(item, dtype) for item in value]
    return float(str(numpy.float32(value))) if isinstance(value, float) and dtype == torch.float32 else value


def run(name, options, dtype):
    params = [parameter(shape, k, dtype).requires_grad_() for k, shape in enumerate(SHAPES)]
    # Pairs are lists in JSON.
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    optimizer = getattr(torch.optim, name)(params, **values)
    trace = []
    for step in range(STEPS):
        for k, param in enumerate(params):
            # The last parameter goes without a gradient for some steps.
            param.grad = None if k == 2 and step % 4 == 1 else gradient(param, k, step)
        optimizer.step()
        trace.append([plain(param.detach(), dtype) for param in params])
    state = {i: {key: plain(value, dtype) for key, value in each.items()}
             for i, each in optimizer.state_dict()["state"].items()}
    return {"trace": trace, "state": state, "text": str(optimizer)}


def subsets(common, choices):
    """The common options with every combination of the choices."""
    names = list(choices)
    for chosen in itertools.product(*choices.values()):
        options = {**common, **{n: v for n, v in zip(names, chosen) if v is not None}}
        if not (options.get("nesterov") and (options.get("dampening") or not options.get("momentum"))):
            yield options


CASES = [
    *(("SGD", options) for options in subsets({"lr": 0.1}, {
        "momentum": [None, 0.9], "dampening": [None, 0.25], "weight_decay": [None, 0.01], "nesterov": [None, True],
        "maximize": [None, True]})),
    ("SGD", {"lr": 0.5, "momentum": 0.5, "foreach": True}),
    ("SGD", {"lr": 0}),
    *((name, options) for name in ["Adam", "AdamW"] for options in subsets({}, {
        "lr": [None, 0.05], "weight_decay": [None, 0.1], "amsgrad": [None, True], "maximize": [None, True]})),
    *((name, options) for name in ["Adam", "AdamW"] for options in [
        {"betas": [0.5, 0.75]}, {"betas": [0, 0]}, {"eps": 0.1}, {"eps": 0, "foreach": True}, {"weight_decay": 0}]),
    *(("RMSprop", options) for options in [
        {}, {"lr": 0.05, "momentum": 0.9}, {"alpha": 0.5, "centered": True, "eps": 0.1}, {"weight_decay": 0.1, "maximize": True},
        {"centered": True, "momentum": 0.5, "eps": 0.01}]),
    *(("Adagrad", options) for options in [
        {}, {"lr": 0.1, "lr_decay": 0.05}, {"weight_decay": 0.1, "initial_accumulator_value": 0.5}, {"eps": 0.1, "maximize": True}]),
]


def errors():
    """Sentences of PyTorch, by the call in Python."""
    leaf = torch.ones(2, requires_grad=True)  # noqa: F841
    calls = [
        "SGD([leaf])",
        "SGD([leaf], lr=-1)",
        "SGD([leaf], lr=1, momentum=-1)",
        "SGD([leaf], lr=1, weight_decay=-1)",
        "SGD([leaf], lr=1, nesterov=True)",
        "SGD([leaf], lr=1, momentum=1, dampening=1, nesterov=True)",
        "SGD([], lr=1)",
        "SGD(leaf, lr=1)",
        "SGD([leaf * 2], lr=1)",
        "SGD([{'params': [leaf]}, {'params': [leaf]}], lr=1)",
        "SGD([{'params': [leaf], 'lr': 1}, {'params': [torch.ones(1)]}])",
        "Adam([leaf], lr=-1)",
        "Adam([leaf], eps=-1)",
        "Adam([leaf], betas=(1, 0.9))",
        "Adam([leaf], betas=(0.9, -0.5))",
        "Adam([leaf], weight_decay=-1)",
        "Adam([leaf], fused=True)",
        "AdamW([leaf], betas=(0.9, 1))",
        "RMSprop([leaf], alpha=-1)",
        "RMSprop([leaf], momentum=-1)",
        "Adagrad([leaf], lr_decay=-1)",
        "Adagrad([leaf], initial_accumulator_value=-1)",
    ]
    found = {}
    for call in calls:
        try:
            eval(f"torch.optim.{call}")
        except Exception as error:
            found[call] = [type(error).__name__, str(error)]
    return found


def main():
    cases = [{"name": name, "options": options, "dtype": str(dtype)[6:], **run(name, options, dtype)}
             for name, options in CASES for dtype in [torch.float32, torch.float64]]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    text = f'{{\n"cases":[\n{lines}\n],\n"errors":{json.dumps(errors(), indent=1)}\n}}\n'
    pathlib.Path(__file__).with_name("optim.json").write_text(text)


if __name__ == "__main__":
    main()
