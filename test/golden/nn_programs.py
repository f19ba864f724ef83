"""What programs about modules are written with; each script that declares some records their answers."""
import json
import pathlib

import torch

PROGRAMS = {}


def program(body):
    PROGRAMS[body.__name__.replace("_", " ")] = body
    return body


def plain(answer):
    if isinstance(answer, torch.Tensor):
        return plain(answer.tolist())
    if isinstance(answer, (list, tuple)):
        return [plain(item) for item in answer]
    return round(answer, 7) if isinstance(answer, float) else answer


def record(script):
    """Runs all programs and writes their answers beside the script, as JSON of its name."""
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(plain(body()))}" for name, body in PROGRAMS.items())
    pathlib.Path(script).with_suffix(".json").write_text(f"{{\n{lines}\n}}\n")
