"""Asks PyTorch for the answers to all samples: `npm run golden`, or `npm run golden -- arithmetic views` for two families.

Reads what samples.ts writes and makes <family>.json beside this script: for each operator and the key of each sample the
results, and the gradients of the tensors that require one from cotangents which the suites make in the same way.
"""
import collections
import json
import math
import pathlib
import sys

import numpy
import torch


def decode(argument):
    """A positional argument, or one inside a list or an object, from its portable form."""
    if isinstance(argument, list):
        return [decode(item) for item in argument]
    if not isinstance(argument, dict):
        return argument
    ((kind, value),) = argument.items()
    if kind == "keywords":
        return {name: decode(item) for name, item in value.items()}
    return DECODERS[kind](value)


def tensor_of(given):
    dtype = getattr(torch, given["dtype"])
    storage = torch.tensor([decode(element) for element in given["storage"]], dtype=torch.float64 if
                           dtype.is_floating_point else torch.int64).to(dtype)
    tensor = storage.as_strided(given["shape"], given["strides"], given["offset"]).detach()
    return tensor.requires_grad_(given["requires_grad"])


DECODERS = {
    "int": int,
    "float": float,
    "dtype": lambda name: getattr(torch, name),
    "slice": lambda bounds: slice(*bounds),
    "tensor": tensor_of,
}


def tensors_in(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [tensor for item in value for tensor in tensors_in(item)] if isinstance(value, (list, tuple)) else []


def index_of(indices):
    """Indices as Python writes them: None, slices, numbers, tensors, lists, and an ellipsis for '...'."""
    return tuple(Ellipsis if isinstance(index, str) and index == "..." else index for index in indices)


def index(self, indices):
    return self[index_of(indices)]


def index_put_(self, indices, values, accumulate=False):
    if accumulate:
        return self.index_put_(tuple(indices), values, accumulate)
    self[index_of(indices)] = values
    return self


def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, *, scale=None):
    """PyTorch 2's definition; 1.13 has no such function."""
    scores = query @ key.transpose(-2, -1) * (query.size(-1) ** -0.5 if scale is None else scale)
    if is_causal:
        attn_mask = torch.ones(query.size(-2), key.size(-2), dtype=torch.bool).tril()
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        scores = scores.masked_fill(attn_mask.logical_not(), float("-inf"))
    elif attn_mask is not None:
        scores = scores + attn_mask
    return torch.dropout(scores.softmax(-1), dropout_p, True) @ value


# Where Python has syntax instead of a function, or this PyTorch has no function yet.
SYNTAX = {"index": index, "index_put_": index_put_,
          "nn.functional.scaled_dot_product_attention": scaled_dot_product_attention}


def function_of(operator):
    """The function of this name below torch, else the method of Tensor."""
    if operator in SYNTAX:
        return SYNTAX[operator]
    function = torch
    for name in operator.split("."):
        function = getattr(function, name, None)
    return function or getattr(torch.Tensor, operator)


def call(operator, args, copies):
    """The result, and the arguments as they were passed: a leaf may not be written to, but a copy of it."""
    if copies and operator.endswith("_") and args and isinstance(args[0], torch.Tensor) and args[0].requires_grad:
        args = [args[0].clone(), *args[1:]]
    keywords = args[-1] if args and isinstance(args[-1], dict) else {}
    positional = args[:-1] if keywords or (args and args[-1] == {}) else args
    return function_of(operator)(*positional, **keywords), args


def number(value, dtype):
    """A number that JSON can hold, with no more digits than its dtype needs; else text."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if not math.isfinite(value):
        return str(value)
    if dtype == torch.float32:
        value = float(str(numpy.float32(value)))
    return int(value) if value == int(value) and abs(value) < 2**53 and str(value) != "-0.0" else value


def elements(tensor):
    return [number(value, tensor.dtype) for value in tensor.detach().contiguous().view(-1).tolist()]


def contiguous_strides(shape):
    strides, stride = [], 1
    for size in reversed(shape):
        strides.insert(0, stride)
        stride *= max(size, 1)
    return strides


def describe(result, args):
    if not isinstance(result, torch.Tensor):
        return {"value": describe_value(result)}
    described = {"dtype": str(result.dtype)[6:], "shape": list(result.shape), "values": elements(result)}
    if list(result.stride()) != contiguous_strides(result.shape):
        described["strides"] = list(result.stride())
    if result.grad_fn is not None:
        described["grad_fn"] = type(result.grad_fn).__name__
    address = result.storage().data_ptr()
    for position, tensor in enumerate(tensors_in(args)):
        if address != 0 and tensor.storage().data_ptr() == address:
            described["shares"] = position
            described["offset"] = result.storage_offset()
            break
    return described


def describe_value(value):
    if isinstance(value, (list, tuple, torch.Size)):
        return [describe_value(item) for item in value]
    if isinstance(value, torch.dtype):
        return str(value)
    return number(value, None) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def cotangent(result):
    """Numbers that are exact in every floating dtype; the suites make the same."""
    flat = [(7 * i % 11 - 5.5) / 8 for i in range(result.numel())]
    return torch.tensor(flat, dtype=result.dtype).reshape(result.shape)


def gradients(results, wanted):
    results = [tensor for tensor in results if isinstance(tensor, torch.Tensor) and tensor.requires_grad]
    if not results or not wanted:
        return None
    found = torch.autograd.grad(results, wanted, [cotangent(result) for result in results], allow_unused=True)
    return [None if grad is None else elements(grad) for grad in found]


def answer(given):
    """What PyTorch makes of a sample, by the names that the suites know."""
    leaves = decode(given["args"])
    wanted = [tensor for tensor in tensors_in(leaves) if tensor.requires_grad]
    if given["seed"] is not None:
        torch.manual_seed(given["seed"])
    try:
        result, args = call(given["operator"], leaves, not given["fails"])
    except (RuntimeError, IndexError, ValueError, TypeError) as error:
        if not given["fails"]:
            raise
        return {"error": type(error).__name__, "message": str(error).split("\n")[0]}
    results = list(result) if isinstance(result, (tuple, list)) and not isinstance(result, torch.Size) else [result]
    answered = {"results": [describe(each, args) for each in results]}
    grads = None if given["fails"] else gradients(results, wanted)
    return answered if grads is None else {**answered, "grads": grads}


def main():
    wanted = sys.argv[1:]
    recorded = collections.defaultdict(lambda: collections.defaultdict(dict))
    problems = []
    for line in sys.stdin:
        given = json.loads(line)
        family, operator = given["family"], given["operator"]
        if wanted and family not in wanted:
            continue
        try:
            recorded[family][operator][given["key"]] = answer(given)
        except Exception as error:
            problems.append(f"{family}: {operator}{json.dumps(given['args'])[:300]}: {type(error).__name__}: {error}")
    for family, operators in recorded.items():
        write(pathlib.Path(__file__).with_name(f"{family}.json"), operators)
    sys.exit("\n".join(problems))


def write(path, operators):
    """One sample a line, so that a new one changes no other."""
    text = ",\n".join(
        f'"{operator}":{{\n' + ",\n".join(f'"{key}":{json.dumps(one, separators=(",", ":"))}'
                                          for key, one in answers.items()) + "\n}"
        for operator, answers in operators.items())
    path.write_text(f"{{\n{text}\n}}\n")


if __name__ == "__main__":
    main()
