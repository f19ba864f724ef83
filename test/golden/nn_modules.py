"""Records what PyTorch's modules hold and compute: writes nn_modules.json beside this script.

A case is a module with its arguments and inputs. After torch.manual_seed(0) it is made, its inputs are drawn, it is called
twice in training and once in evaluation. The answer is its printed form, its state at first and at last, the results, and
the gradients of the sum of squares of the second. unit/modules.test.ts replays the cases.
"""
import json
import pathlib

import numpy
import torch
from torch import nn

CASES = []


def case(module, *args, inputs, call=None, **options):
    """`inputs` are shapes, or pairs of a kind and what it needs; `call` are keywords of forward."""
    CASES.append({"module": module, "args": list(args), "options": options,
                  "inputs": [["normal", each] if isinstance(each[0], int) else list(each) for each in inputs],
                  "call": call or {}})


def tensor(values):
    return {"tensor": values}


DRAW = {
    "normal": lambda shape: torch.randn(shape, requires_grad=True),
    "uniform": lambda shape: torch.rand(shape).mul(0.8).add(0.1).requires_grad_(),
    "target": lambda shape: torch.rand(shape),
    "classes": lambda shape, count: torch.randint(count, shape),
    "distribution": lambda shape: torch.rand(shape).softmax(1),
    "logarithms": lambda shape: torch.randn(shape).log_softmax(1).requires_grad_(),
}

line, plane, volume = [2, 4, 7], [2, 4, 6, 5], [1, 4, 4, 3, 4]

for dims, shape in enumerate([line, plane, volume], 1):
    conv, transposed = f"Conv{dims}d", f"ConvTranspose{dims}d"
    case(conv, 4, 3, 3, inputs=[shape])
    case(conv, 4, 6, 2, stride=2, padding=1, groups=2, bias=False, inputs=[shape[1:]])
    case(conv, 4, 2, 3, padding="same", dilation=2 if dims == 1 else 1, inputs=[shape])
    case(transposed, 4, 3, 2, inputs=[shape])
    case(transposed, 4, 2, 3, stride=2, padding=1, output_padding=1, groups=2, inputs=[shape])
    for mode in ["reflect", "replicate", "circular"]:
        case(conv, 4, 1, 3, padding=1, padding_mode=mode, inputs=[shape])
    case(f"BatchNorm{dims}d", 4, inputs=[shape if dims < 3 else [2, 4, 2, 2, 1]])
    case(f"InstanceNorm{dims}d", 4, inputs=[shape])
    case(f"InstanceNorm{dims}d", 4, affine=True, track_running_stats=True, momentum=0.3, inputs=[shape])
    case(f"InstanceNorm{dims}d", 4, affine=True, inputs=[shape[1:]])
    case(f"MaxPool{dims}d", 2, inputs=[shape])
    case(f"MaxPool{dims}d", 3, stride=2, padding=1, return_indices=True, ceil_mode=True, inputs=[shape])
    case(f"AvgPool{dims}d", 2, inputs=[shape])
    case(f"AvgPool{dims}d", 3, stride=2, padding=1, count_include_pad=False, inputs=[shape])
    case(f"AdaptiveAvgPool{dims}d", 2, inputs=[shape])
    case(f"AdaptiveMaxPool{dims}d", 2, inputs=[shape])
    case(f"AdaptiveMaxPool{dims}d", 3, return_indices=True, inputs=[shape])
    case(f"Dropout{dims}d", 0.4, inputs=[shape])
case("Conv2d", 4, 2, [3, 2], stride=[2, 1], padding=[1, 0], dilation=[1, 2], inputs=[plane])
case("Conv2d", 4, 2, [2, 3], padding="same", padding_mode="circular", inputs=[plane])
case("ConvTranspose2d", 2, 1, 3, stride=2, inputs=[[1, 2, 3, 2]], call={"output_size": [8, 5]})
case("MaxPool2d", [2, 3], stride=[1, 2], inputs=[plane])
case("AvgPool2d", [2, 3], divisor_override=4, inputs=[plane])
case("AdaptiveAvgPool2d", [None, 2], inputs=[plane])
case("BatchNorm1d", 4, inputs=[[3, 4]])
case("BatchNorm2d", 4, eps=1e-3, momentum=None, affine=False, inputs=[plane])
case("BatchNorm2d", 4, track_running_stats=False, inputs=[plane])
case("LayerNorm", 7, inputs=[line])
case("LayerNorm", [4, 7], eps=1e-6, elementwise_affine=False, inputs=[line])
case("GroupNorm", 2, 4, inputs=[plane])
case("GroupNorm", 4, 4, affine=False, eps=1e-3, inputs=[[2, 4]])

for name in ["ReLU", "ReLU6", "SiLU", "Mish", "SELU", "Hardsigmoid", "Hardswish", "Sigmoid", "Tanh", "LogSigmoid", "Softsign",
             "Tanhshrink", "GELU", "ELU", "CELU", "LeakyReLU", "Hardtanh", "Softplus", "Hardshrink", "Softshrink", "GLU",
             "PReLU"]:
    case(name, inputs=[[3, 4]])
for name in ["ReLU", "ReLU6", "SiLU", "Mish", "SELU", "ELU", "CELU", "LeakyReLU", "Hardtanh"]:
    case(name, inplace=True, inputs=[["target", [3, 4]]])
case("GELU", "tanh", inputs=[[3, 4]])
case("ELU", 0.5, inputs=[[3, 4]])
case("CELU", 1.5, inputs=[[3, 4]])
case("LeakyReLU", 0.2, inputs=[[3, 4]])
case("Hardtanh", -0.5, 0.25, inputs=[[3, 4]])
case("Threshold", 0.1, 20, inputs=[[3, 4]])
case("Softplus", 2, 1, inputs=[[3, 4]])
case("Softshrink", 0.25, inputs=[[3, 4]])
case("GLU", 0, inputs=[[4, 3]])
case("PReLU", 4, init=0.1, inputs=[[2, 4, 3]])
case("Softmax", 0, inputs=[[3, 4]])
case("LogSoftmax", dim=-1, inputs=[[3, 4]])
case("Softmin", 1, inputs=[[3, 4]])
case("Softmax2d", inputs=[[2, 3, 2, 2]])
case("Dropout", 0.3, inputs=[[3, 4]])
case("Flatten", inputs=[plane])
case("Unflatten", 1, [2, 2], inputs=[plane])
case("Linear", 5, 3, inputs=[plane])
case("Bilinear", 3, 4, 2, inputs=[[5, 3], [5, 4]])
case("Bilinear", 3, 4, 2, bias=False, inputs=[[2, 2, 3], [2, 2, 4]])
case("CosineSimilarity", inputs=[[3, 4], [3, 4]])
case("CosineSimilarity", dim=0, inputs=[[3, 4], [4]])
case("PairwiseDistance", inputs=[[3, 4], [3, 4]])
case("PairwiseDistance", 1, keepdim=True, inputs=[[3, 4], [3, 4]])

for reduction in ["mean", "sum", "none"]:
    case("MSELoss", reduction=reduction, inputs=[[3, 4], [3, 4]])
    case("L1Loss", reduction=reduction, inputs=[[3, 4], [3, 4]])
    case("SmoothL1Loss", reduction=reduction, beta=0.5, inputs=[[3, 4], [3, 4]])
    case("HuberLoss", reduction=reduction, delta=0.5, inputs=[[3, 4], [3, 4]])
    case("KLDivLoss", reduction=reduction, inputs=[["logarithms", [3, 4]], ["distribution", [3, 4]]])
    case("NLLLoss", reduction=reduction, inputs=[["logarithms", [3, 4]], ["classes", [3], 4]])
    case("CrossEntropyLoss", reduction=reduction, inputs=[[3, 4], ["classes", [3], 4]])
    case("BCELoss", reduction=reduction, inputs=[["uniform", [3, 4]], ["target", [3, 4]]])
    case("BCEWithLogitsLoss", reduction=reduction, inputs=[[3, 4], ["target", [3, 4]]])
case("MSELoss", size_average=False, inputs=[[3, 4], [3, 4]])
case("KLDivLoss", reduction="batchmean", inputs=[["logarithms", [3, 4]], ["distribution", [3, 4]]])
case("KLDivLoss", reduction="sum", log_target=True, inputs=[["logarithms", [3, 4]], ["logarithms", [3, 4]]])
weights = tensor([0.5, 1.0, 2.0, 0.25])
case("NLLLoss", weight=weights, ignore_index=1, inputs=[["logarithms", [3, 4, 2]], ["classes", [3, 2], 4]])
case("CrossEntropyLoss", weight=weights, ignore_index=1, inputs=[[5, 4], ["classes", [5], 4]])
case("CrossEntropyLoss", weight=weights, label_smoothing=0.2, inputs=[[3, 4, 2], ["classes", [3, 2], 4]])
case("CrossEntropyLoss", label_smoothing=0.1, reduction="sum", inputs=[[3, 4], ["distribution", [3, 4]]])
case("CrossEntropyLoss", inputs=[[4], ["classes", [], 4]])
case("BCELoss", weight=weights, inputs=[["uniform", [3, 4]], ["target", [3, 4]]])
case("BCEWithLogitsLoss", weight=weights, pos_weight=tensor([2.0, 1.0, 0.5, 3.0]), inputs=[[3, 4], ["target", [3, 4]]])

same = [["self", [3, 2, 4]], ["self", 0], ["self", 0]]
DRAW["self"] = DRAW["normal"]
causal = tensor([[False, True, True], [False, False, True], [False, False, False]])
padding = tensor([[False, False, True], [False, False, False]])
case("MultiheadAttention", 4, 2, inputs=same)
case("MultiheadAttention", 4, 2, bias=False, inputs=same, call={"need_weights": False})
case("MultiheadAttention", 4, 2, dropout=0.25, inputs=same)
case("MultiheadAttention", 4, 2, inputs=same, call={"attn_mask": causal, "average_attn_weights": False})
case("MultiheadAttention", 4, 2, inputs=same, call={"attn_mask": causal, "key_padding_mask": padding})
case("MultiheadAttention", 4, 2, add_bias_kv=True, add_zero_attn=True, inputs=same, call={"attn_mask": causal})
case("MultiheadAttention", 4, 1, inputs=[[3, 4], [5, 4], [5, 4]])
case("MultiheadAttention", 4, 4, batch_first=True, inputs=[[2, 3, 4], [2, 5, 4], ["self", 1]])
case("MultiheadAttention", 6, 2, kdim=4, vdim=3, inputs=[[3, 2, 6], [5, 2, 4], [5, 2, 3]])
small = {"dim_feedforward": 6}
case("TransformerEncoderLayer", 4, 2, **small, inputs=[[3, 2, 4]])
case("TransformerEncoderLayer", 4, 2, **small, dropout=0.0, activation="gelu", norm_first=True, batch_first=True,
     layer_norm_eps=1e-3, inputs=[[2, 3, 4]], call={"src_mask": causal, "src_key_padding_mask": padding})
case("TransformerEncoderLayer", 4, 1, **small, inputs=[[3, 4]])


def plain(answer):
    """Nested lists of numbers with no more digits than float32 needs."""
    if isinstance(answer, torch.Tensor):
        return plain(answer.tolist())
    if isinstance(answer, (list, tuple)):
        return [plain(item) for item in answer]
    return float(str(numpy.float32(answer))) if isinstance(answer, float) else answer


def given(value):
    if isinstance(value, dict):
        return torch.tensor(value["tensor"])
    return tuple(value) if isinstance(value, list) else value


def draw(inputs):
    drawn = []
    for kind, *needs in inputs:
        drawn.append(drawn[needs[0]] if kind == "self" and isinstance(needs[0], int) else DRAW[kind](*needs))
    return drawn


def state(module):
    return {name: plain(value) for name, value in module.state_dict().items()}


def run(module, inputs, call):
    answers = {"text": str(module), "first": state(module)}
    values = draw(inputs)
    keywords = {name: given(value) for name, value in call.items()}
    results = [module(*values, **keywords), module(*values, **keywords)]
    main = results[1][0] if isinstance(results[1], tuple) else results[1]
    leaves = [value for value in {id(value): value for value in values}.values() if value.requires_grad]
    parameters = list(module.parameters())
    if leaves or parameters:
        main.square().sum().backward()
    results.append(module.eval()(*values, **keywords))
    first, second, last = [plain(result) for result in results]
    # Null where nothing is new.
    answers["results"] = [first, None if second == first else second, None if last == second else last]
    answers["gradients"] = [None if value.grad is None else plain(value.grad) for value in [*leaves, *parameters]]
    answers["last"] = state(module) if state(module) != answers["first"] else None
    return answers


def main():
    lines = []
    for each in CASES:
        torch.manual_seed(0)
        options = {name: given(value) for name, value in each["options"].items()}
        module = getattr(nn, each["module"])(*[given(value) for value in each["args"]], **options)
        lines.append(json.dumps({**each, **run(module, each["inputs"], each["call"])}))
    body = ",\n".join(lines).replace("Infinity", '"inf"')
    pathlib.Path(__file__).with_name("nn_modules.json").write_text(f"[\n{body}\n]\n")


if __name__ == "__main__":
    main()
