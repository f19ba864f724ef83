"""Times statements of PyTorch: for each line {setup, statement, count} of JSON on stdin, answers {seconds} or {error}.

The first line of the output says what it is; the argument is the number of threads.
"""
import functools
import json
import os
import platform
import re
import sys
import timeit

import torch


# The tensors of one statement at a time.
@functools.lru_cache(maxsize=1)
def timer(setup, statement):
    return timeit.Timer(statement, setup, globals={"torch": torch})


def answer(request):
    try:
        return {"seconds": timer(request["setup"], request["statement"]).timeit(request["count"])}
    except Exception as error:
        return {"error": repr(error)}


def say(message):
    print(json.dumps(message), flush=True)


def blas():
    """The library of matrix products that this process has loaded."""
    try:
        with open("/proc/self/maps") as maps:
            files = {line.split()[-1] for line in maps if re.search(r"/lib(mkl|blas|openblas|blis)[^/]*$", line)}
        return ", ".join(sorted({os.path.relpath(os.path.realpath(file), "/usr/lib") for file in files}))
    except OSError:
        return ""


def about():
    capability = re.search(r"CPU capability usage: (\w+)", torch.__config__.show())
    parts = [torch.__version__, capability and capability[1], f"Python {platform.python_version()}", blas()]
    return ", ".join(part for part in parts if part)


torch.set_num_threads(int(sys.argv[1]))
threads = torch.get_num_threads()
say({"about": f"{about()}, {threads} thread{'' if threads == 1 else 's'}"})
for line in sys.stdin:
    say(answer(json.loads(line)))
