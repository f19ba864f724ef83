"""Times statements of PyTorch: for each line {setup, statement, count} of JSON on stdin, answers {seconds} or {error}.

The first line of the output says what it is; the argument is the number of threads.
"""
import functools
import json
import platform
import sys
import timeit

import torch


@functools.lru_cache(maxsize=None)
def timer(setup, statement):
    return timeit.Timer(statement, setup, globals={"torch": torch})


def answer(request):
    try:
        return {"seconds": timer(request["setup"], request["statement"]).timeit(request["count"])}
    except Exception as error:
        return {"error": repr(error)}


def say(message):
    print(json.dumps(message), flush=True)


torch.set_num_threads(int(sys.argv[1]))
say({"about": f"{torch.__version__}, Python {platform.python_version()}"})
for line in sys.stdin:
    say(answer(json.loads(line)))
