"""Records how PyTorch prints tensors: writes print.json beside this script, which unit/print.test.ts replays.

A case says which elements a tensor has either by listing them ('values', as text) or by a rule that the test computes
in the same way ('linear', 'scattered', 'framed'); only operations that are exact in double precision occur in a rule.
"""
import json
import math
import pathlib

import torch

FLOATS = ["float16", "bfloat16", "float32", "float64"]
INTEGERS = ["uint8", "int8", "int16", "int32", "int64"]
DEFAULT_OPTIONS = {"profile": "default"}


def linear(start, step):
    """Element i is start + i · step."""
    return {"linear": [start, step]}


def scattered(seed, lowest, highest):
    """Pseudo-random numbers of either sign, their binary exponents spread from lowest to highest."""
    return {"scattered": [seed, lowest, highest]}


def framed(outer, inner):
    """The first and last three elements are outer, all between them inner."""
    return {"framed": [outer, inner]}


def elements(given):
    count = math.prod(given["shape"])
    if "linear" in given:
        start, step = given["linear"]
        return [start + step * index for index in range(count)]
    if "scattered" in given:
        return scattered_elements(count, *given["scattered"])
    if "framed" in given:
        outer, inner = given["framed"]
        return [outer] * 3 + [inner] * (count - 6) + [outer] * 3
    return given["values"]


def scattered_elements(count, state, lowest, highest):
    numbers = []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        exponent = lowest + (state >> 8) % (highest - lowest + 1)
        numbers.append((state / 2**31 - 1) * 2.0**exponent)
    return numbers


def case(dtype, shape, values, **details):
    """A case to record. A list of values is stored after rounding to the dtype, a rule as it is."""
    rule = values if isinstance(values, dict) else {"values": list(values)}
    return {"dtype": dtype, "shape": list(shape), **rule, **details}


def tensor_of(given):
    tensor = torch.tensor(elements(given), dtype=getattr(torch, given["dtype"])).reshape(given["shape"])
    if given.get("requires_grad"):
        tensor.requires_grad_()
    if "grad_fn" in given:
        identity = type(given["grad_fn"], (torch.autograd.Function,), {
            "forward": staticmethod(lambda ctx, x: x.clone()),
            "backward": staticmethod(lambda ctx, grad: grad),
        })
        tensor = identity.apply(tensor.requires_grad_())
    return tensor


def record(given):
    """The case with PyTorch's text, and its values as text that reads back exactly."""
    torch.set_default_dtype(getattr(torch, given.get("default_dtype", "float32")))
    for call in given.get("options", []):
        torch.set_printoptions(**call)
    tensor = tensor_of(given)
    recorded = dict(given, text=repr(tensor))
    if "grad_fn" in given:
        recorded["grad_fn"] = type(tensor.grad_fn).__name__
    if "values" in given:
        recorded["values"] = " ".join(map(str, tensor.flatten().tolist()))
    torch.set_printoptions(**DEFAULT_OPTIONS)
    torch.set_default_dtype(torch.float32)
    return recorded


def ranges():
    """Values around every border between notations, alone and beside others."""
    lists = [
        [0.0], [-0.0], [0.0, -0.0], [1.0], [-1.0], [1.5], [0.1], [1.0, 2.0, 3.0], [1.0, 2.5, -3.0], [23, 51, 91],
        [0.5, 1.5, 2.5, 3.5], [0.03125, 0.09375, -0.03125, 0.15625], [1.00005, 2.00015, 1.0625, 0.00625],
        [1e-4], [0.0001, 1.0], [0.00011, 0.1], [0.000099], [1e-5], [1.0, 1000.0], [1.0, 1001.0], [1.5, 1500.0],
        [1.5, 1501.0], [1e8], [1e8, 1e8 - 8], [1e8 + 8], [99999999.5], [100000000.5], [12345678.0], [1e-10, 1e10],
        [1000.0, 1000000.0], [1000.0, 1000001.0], [999.9999, 1.0], [9999.99999], [0.99999, 0.999999], [1e-30, 1.0],
        [3.4e38], [1.1754943508222875e-38], [1.401298464324817e-45], [5e-324], [1.7976931348623157e308],
        [123456.789, 0.001], [100005.0, 1.0], [100015.0, 1.0], [1000050.0, 0.5], [9.5367431640625e-07, 1.0],
        [2.0**-20, 3 * 2.0**-20], [1e22, 1e23], [9.999999999999999e22], [-1e-7, 1e7], [16777216.0, 16777217.0],
    ]
    specials = [
        ["nan"], ["inf"], ["-inf"], ["nan", "inf", "-inf"], ["nan", 0.0], ["inf", -0.0], ["nan", 1.0],
        ["inf", 1.0, 2.0], ["-inf", 10.0], ["-inf", 1000.0], ["nan", 1.5], ["-inf", 1.5, -1.5],
        ["nan", 1e-9, "inf", "-inf", 0.0],
        ["inf", 1e9], ["nan", 1e9, 1.0, -0.0], [0.0, 1e9], [-0.0, 5.0], [0.0, 1e-7], [-0.0, 0.5, 100.25], [0.0, -7.0],
    ]
    for dtype in FLOATS:
        for values in lists + specials:
            yield case(dtype, [len(values)], map(float, values))
    for value in [0.0, -0.0, 1.0, -2.5, 0.1, 1e-9, 1e9, 12345.678, "nan", "-inf", 1e5, 99999.5]:
        for dtype in ["float32", "float64"]:
            yield case(dtype, [], [float(value)])


def integers():
    limits = {dtype: torch.iinfo(getattr(torch, dtype)) for dtype in INTEGERS}
    for dtype, limit in limits.items():
        yield case(dtype, [], [limit.max])
        yield case(dtype, [5], [0, 1, limit.min, limit.max, 42])
        yield case(dtype, [2, 3], linear(0, 7))
        yield case(dtype, [30], linear(0, 4))
    yield case("int64", [3], [2**53, 2**53 + 1, -(2**53) - 1])
    yield case("int64", [2, 2], [2**62 + 1, -1, 0, 2**40])
    yield case("int64", [1500], linear(-(2**60), 2**50 + 1))
    for values in [[True], [False], [True, True], [True, False]]:
        yield case("bool", [len(values)], values)
    yield case("bool", [], [True])
    yield case("bool", [2, 3, 2], [True, False, True] * 4)
    yield case("bool", [40], [True, False] * 20)


def shapes():
    for shape in [[1], [1, 1], [1, 1, 1], [1, 1, 1, 1], [2, 3], [3, 1], [2, 1, 3], [2, 2, 2], [2, 3, 2, 2],
                  [3, 1, 1, 2], [1, 2, 1, 2, 1], [2, 1, 1, 1, 2, 1], [1, 30], [3, 24], [2, 2, 21], [16], [17], [100]]:
        for dtype, rule in [("float32", linear(-1.5, 0.25)), ("float32", linear(1, 1)), ("int64", linear(-3, 1)),
                            ("float64", scattered(7, -20, 20))]:
            yield case(dtype, shape, rule)
    for count in range(1, 40, 3):
        for rule in [linear(1, 1), linear(0.5, 1), scattered(count, -30, 3)]:
            yield case("float32", [count], rule)


def summaries():
    for shape in [[1001], [4000], [7, 143], [6, 167], [5, 201], [1001, 1], [1, 1001], [40, 40], [10, 10, 11],
                  [2, 3, 200], [200, 2, 3], [1, 7, 16, 9], [2, 2, 2, 200], [500, 3], [3, 7, 50], [1, 2000, 1]]:
        yield case("float32", shape, linear(0, 1))
        yield case("float64", shape, scattered(3, -2, 6))
        yield case("int32", shape, linear(-500, 1))
    yield case("uint8", [7, 7, 7, 7], framed(0, 255))
    # What is left out has no part in the choice of the notation.
    yield case("float32", [1200], linear(-600, 1))
    yield case("float32", [1201], linear(-600, 1))
    yield case("float32", [1100], framed(1, 2.0**-40))
    yield case("float32", [1000], linear(1, 1))
    yield case("bool", [1100], framed(False, True))
    yield case("bool", [1100], framed(True, False))


def empties():
    for dtype in FLOATS + INTEGERS + ["bool"]:
        for shape in [[0], [0, 3], [2, 0]]:
            yield case(dtype, shape, [])
    for shape in [[3, 0, 2], [0, 0], [1, 0, 0, 1], [1000000, 0]]:
        yield case("float32", shape, [])
        yield case("float64", shape, [], requires_grad=True)
    yield case("float32", [0], [], requires_grad=True)
    yield case("float32", [0, 2], [], grad_fn="Identity")
    yield case("float64", [0, 2], [], default_dtype="float64")
    yield case("float32", [0, 2], [], default_dtype="float64")


def suffixes():
    for dtype in FLOATS:
        for default_dtype in ["float32", "float64", "float16"]:
            yield case(dtype, [3], [1.5, 2.0, -1.0], default_dtype=default_dtype, requires_grad=True)
    for shape, rule in [([], linear(1.5, 1)), ([2], linear(1, 1)), ([2, 2], linear(1, 0.5)),
                        ([2, 2, 2], linear(1, 0.5)), ([12], linear(1, 0.125)), ([30], linear(1, 0.125)), ([40, 40], linear(1, 1))]:
        yield case("float32", shape, rule, requires_grad=True)
        yield case("float64", shape, rule, requires_grad=True)
        yield case("float32", shape, rule, grad_fn="Add")
        yield case("float64", shape, rule, grad_fn="A" * 40)
        yield case("float64", shape, rule, grad_fn="A" * 90)
    # Every length around the border at which a suffix goes to a new line.
    for count in range(1, 11):
        for length in range(1, 5):
            yield case("float32", [count], linear(1, 0.125), grad_fn="A" * length)
            yield case("float64", [2, count], linear(1, 0.125), grad_fn="A" * length)
    for count in range(4, 12):
        yield case("float32", [count], linear(1, 0.125), requires_grad=True)
        yield case("int16", [2 * count], linear(1, 1))
    for length in range(18, 34):
        yield case("float64", [2], linear(1, 0.125), grad_fn="A" * length)
        yield case("float32", [2, 2], linear(1, 0.125), grad_fn="A" * (length + 12))


def options():
    numbers = [1.0, -0.25, 3.140625, 1234.5, 0.0]
    for precision in [0, 1, 2, 3, 6, 8, 17, 30, 110]:
        for values in [numbers, [1e-9, 1.5, -2.25], [2.5, 3.5, -0.5], [25.0, 35.0, 45000.0], [0.1], [1e300, 1e-300]]:
            yield case("float64", [len(values)], values, options=[{"precision": precision}])
    for sci_mode in [True, False]:
        for values in [numbers, [1.0, 2.0], [1e-9, 1.0], [1e9, 1.0], [1e30], [0.0, -0.0], ["nan"], ["inf", 2.5],
                       [1e21, 1e22, 123456789012345680000.5], [100005.0, 2.5], [-1.0, "nan"], [9.5, -1e12, 0.0]]:
            yield case("float64", [len(values)], map(float, values), options=[{"sci_mode": sci_mode}])
            yield case("float32", [len(values)], map(float, values), options=[{"sci_mode": sci_mode, "precision": 2}])
        yield case("int64", [3], [1, 20000, 3], options=[{"sci_mode": sci_mode}])
    for threshold in [0, 5, 6, 7, 2.5, -1]:
        for shape in [[6], [7], [8], [2, 3], [9, 9], [1], []]:
            yield case("float32", shape, linear(0.5, 1), options=[{"threshold": threshold}])
    for edgeitems in [1, 2, 5]:
        for shape in [[2], [3], [11], [4, 5], [12, 12], [3, 3, 3]]:
            yield case("int64", shape, linear(0, 9), options=[{"threshold": 1, "edgeitems": edgeitems}])
    for linewidth in [0, 10, 20, 40, 79, 81, 120, 1000]:
        yield case("float32", [30], linear(0.5, 1), options=[{"linewidth": linewidth}])
        yield case("float64", [2, 2, 12], linear(0, 1), options=[{"linewidth": linewidth}], requires_grad=True)
    for calls in [[{"profile": "short"}], [{"profile": "full"}], [{"profile": "short", "precision": 5}],
                  [{"profile": "short"}, {"profile": "default"}], [{"precision": 2}, {"edgeitems": 1}],
                  [{"sci_mode": True}, {"precision": 2}], [{"sci_mode": True}, {"profile": "full"}], [{}],
                  [{"precision": 7, "threshold": 10, "edgeitems": 2, "linewidth": 50, "sci_mode": True}]]:
        yield case("float32", [3, 4], linear(0.5, 0.25), options=calls)
        yield case("float32", [7, 145], linear(0.5, 0.25), options=calls)


def main():
    families = [ranges, integers, shapes, summaries, empties, suffixes, options]
    recorded = [dict(record(given), family=family.__name__) for family in families for given in family()]
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in recorded)
    pathlib.Path(__file__).with_name("print.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
