"""Records the learning rates and momenta of schedules, step by step: writes lr_scheduler.json beside this script.

A case is a schedule with options, on an optimizer of two groups; unit/lr-scheduler.test.ts replays it.
"""
import json
import pathlib
import warnings

import torch

STEPS = 25
SGD = ("SGD", {"lr": 0.1, "momentum": 0.9})
PLAIN = ("SGD", {"lr": 0.1})
ADAM = ("Adam", {"lr": 0.01})
# Of measures, for the plateau.
METRICS = [1.0, 0.9, 0.8999, 0.95, 0.91, 0.92, 0.9, 0.85, 0.85, 0.86, 0.87, 0.85, 0.85, 0.84, 0.84, 0.84, 0.84, 0.84, 0.84,
           0.84, 0.84, 0.84, 0.84, 0.84, 0.84]

CASES = [
    (PLAIN, "StepLR", [3], {}),
    (PLAIN, "StepLR", [4], {"gamma": 0.5}),
    (PLAIN, "MultiStepLR", [[2, 5, 5, 11]], {"gamma": 0.3}),
    (PLAIN, "ExponentialLR", [0.9], {}),
    (PLAIN, "CosineAnnealingLR", [6], {}),
    (PLAIN, "CosineAnnealingLR", [10], {"eta_min": 0.02}),
    (PLAIN, "LambdaLR", ["inverse"], {}),
    (PLAIN, "LambdaLR", [["inverse", "power"]], {}),
    (SGD, "OneCycleLR", [0.5], {"total_steps": STEPS}),
    (SGD, "OneCycleLR", [[0.5, 0.25]], {"epochs": 5, "steps_per_epoch": 5, "anneal_strategy": "linear", "pct_start": 0.4}),
    (ADAM, "OneCycleLR", [0.05], {"total_steps": 30, "three_phase": True, "div_factor": 10, "final_div_factor": 100}),
    (PLAIN, "OneCycleLR", [0.05], {"total_steps": 26, "cycle_momentum": False}),
    (PLAIN, "ReduceLROnPlateau", [], {"patience": 2}),
    (PLAIN, "ReduceLROnPlateau", [], {"patience": 1, "factor": 0.5, "cooldown": 2, "min_lr": [0.02, 0.001]}),
    (PLAIN, "ReduceLROnPlateau", ["max"], {"patience": 1, "threshold": 0.01, "threshold_mode": "abs"}),
    (PLAIN, "ReduceLROnPlateau", [], {"patience": 0, "threshold": 0.05, "eps": 0.001}),
]
LAMBDAS = {"inverse": lambda epoch: 1 / (1 + epoch), "power": lambda epoch: 0.95 ** epoch}


def given(value):
    if isinstance(value, str):
        return LAMBDAS.get(value, value)
    return [given(item) for item in value] if isinstance(value, list) else value


def optimizer_of(name, options):
    groups = [{"params": [torch.ones(1, requires_grad=True)]},
              {"params": [torch.ones(1, requires_grad=True)], "lr": options["lr"] / 2}]
    return getattr(torch.optim, name)(groups, **options)


def momentum(group):
    return group["betas"][0] if "betas" in group else group["momentum"]


def run(optimizer, name, args, options):
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, *given(args), **options)
    trace = []
    for step in range(STEPS):
        trace.append([[group["lr"], momentum(group)] for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step(*([METRICS[step]] if name == "ReduceLROnPlateau" else []))
    return {"trace": trace, "last": getattr(scheduler, "_last_lr"), "groups": str(optimizer)}


def errors():
    """Sentences of PyTorch, by the call in Python."""
    scheduler = torch.optim.lr_scheduler
    sgd = optimizer_of(*PLAIN)
    adagrad = torch.optim.Adagrad([torch.ones(1, requires_grad=True)])
    calls = {
        "StepLR(3, 1)": lambda: scheduler.StepLR(sgd, 1, last_epoch=3),
        "OneCycleLR(sgd, 1)": lambda: scheduler.OneCycleLR(sgd, 1),
        "OneCycleLR(sgd, 1, -1)": lambda: scheduler.OneCycleLR(sgd, 1, -1),
        "OneCycleLR(sgd, 1, pct_start=1.5)": lambda: scheduler.OneCycleLR(sgd, 1, 2, pct_start=1.5),
        "OneCycleLR(sgd, 1, anneal_strategy='step')": lambda: scheduler.OneCycleLR(sgd, 1, 2, anneal_strategy="step"),
        "OneCycleLR(sgd, [1])": lambda: scheduler.OneCycleLR(sgd, [1], 2),
        "OneCycleLR(adagrad, 1)": lambda: scheduler.OneCycleLR(adagrad, 1, 2),
        "ReduceLROnPlateau(factor=1)": lambda: scheduler.ReduceLROnPlateau(sgd, factor=1.0),
        "ReduceLROnPlateau('mid')": lambda: scheduler.ReduceLROnPlateau(sgd, "mid"),
        "ReduceLROnPlateau(threshold_mode='mid')": lambda: scheduler.ReduceLROnPlateau(sgd, threshold_mode="mid"),
    }
    found = {}
    for call, body in calls.items():
        try:
            body()
        except Exception as error:
            found[call] = error.args[0]
    return found


def main():
    warnings.simplefilter("ignore")
    cases = []
    for (optimizer, settings), name, args, options in CASES:
        answers = run(optimizer_of(optimizer, settings), name, args, options)
        cases.append({"optimizer": optimizer, "settings": settings, "name": name, "args": args, "options": options, **answers})
    lines = ",\n".join(json.dumps(case) for case in cases)
    text = f'{{\n"metrics": {json.dumps(METRICS)},\n"cases": [\n{lines}\n],\n"errors": {json.dumps(errors(), indent=1)}\n}}\n'
    pathlib.Path(__file__).with_name("lr_scheduler.json").write_text(text)


if __name__ == "__main__":
    main()
