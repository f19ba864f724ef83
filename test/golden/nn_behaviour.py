"""Records how PyTorch's modules behave: containers, hooks, look-ups, dtypes, encoders and torch.nn.utils. Writes
nn_behaviour.json beside this script.

Each program is written twice under one name, here and in unit/module-behaviour.test.ts.
"""
import torch
from torch import nn

from nn_programs import plain, program, record


def errors_of(*bodies):
    messages = []
    for body in bodies:
        try:
            messages.append(body())
        except Exception as error:
            messages.append(str(error))
    return messages


@program
def modules_by_name():
    found = nn.ModuleDict({"pool": nn.MaxPool2d(2), "act": nn.ReLU()})
    found["linear"] = nn.Linear(2, 1)
    found.update({"act": nn.GELU()})
    removed = found.pop("pool")
    return list(found.keys()), list(found), len(found), "act" in found, str(found), str(removed), list(found.state_dict())


@program
def parameters_by_name():
    found = nn.ParameterDict({"b": torch.ones(2), "a": nn.Parameter(torch.zeros(1, 3))})
    found["c"] = torch.full((2,), 2.0)
    return list(found.keys()), str(found), list(found.state_dict()), [p.requires_grad for p in found.values()]


@program
def lists_of_parameters():
    found = nn.ParameterList([torch.ones(2), nn.Parameter(torch.zeros(1, 3))])
    found.append(torch.tensor(1.0))
    found.extend([torch.zeros(2, dtype=torch.float64)])
    return len(found), str(found), list(found.state_dict()), found[-2]


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 2)
        self.second = nn.Linear(2, 2)
        self.second.weight = self.first.weight
        self.norm = nn.BatchNorm1d(2)
        self.register_buffer("scratch", torch.zeros(1), persistent=False)
        self.register_parameter("scale", nn.Parameter(torch.ones(1)))
        self.register_parameter("shift", None)

    def forward(self, x):
        return self.norm(self.second(self.first(x))) * self.scale


@program
def shared_parameters():
    net = Shared()
    return (
        [name for name, _ in net.named_parameters()],
        [name for name, _ in net.named_buffers()],
        list(net.state_dict()),
        list(net.state_dict(prefix="net.")),
        [value.requires_grad for value in net.state_dict(keep_vars=True).values()],
    )


@program
def look_ups():
    net = nn.Sequential(nn.Linear(1, 2), nn.Sequential(nn.BatchNorm1d(2)))
    return errors_of(
        lambda: str(net.get_submodule("1.0")),
        lambda: str(net.get_submodule("") is net),
        lambda: net.get_parameter("0.bias").shape[0],
        lambda: net.get_buffer("1.0.running_var"),
        lambda: net.get_submodule("1.2"),
        lambda: net.get_submodule("0.weight"),
        lambda: net.get_parameter("1.0.running_mean"),
        lambda: net.get_buffer("0.weight"),
        lambda: net.get_parameter("0.scale"),
    )


@program
def other_dtypes():
    torch.manual_seed(0)
    net = Shared()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    weight = net.first.weight
    net(torch.randn(3, 2)).sum().backward()
    net.double()
    same = weight is net.first.weight and net.second.weight is weight
    dtypes = [str(value.dtype) for value in net.state_dict().values()]
    x = torch.randn(3, 2, dtype=torch.float64)
    optimizer.zero_grad()
    (net(x) * torch.arange(6.0).reshape(3, 2)).sum().backward()
    optimizer.step()
    net.to(torch.float64)
    net.float()
    return same, dtypes, weight, str(weight.dtype), str(weight.grad.dtype), errors_of(lambda: net.to(torch.int64))


@program
def hooks_of_forward():
    torch.manual_seed(0)
    layer = nn.Linear(2, 2)
    seen = []
    x = torch.tensor([[1.0, 2.0]])
    before = layer.register_forward_pre_hook(lambda module, input: seen.append(["before", len(input), plain(input[0])]))
    doubled = layer.register_forward_pre_hook(lambda module, input: input[0] * 2)
    after = layer.register_forward_hook(lambda module, input, output: seen.append(["after", plain(input[0]), str(module)]))
    replaced = layer.register_forward_hook(lambda module, input, output: output + 1)
    answers = [nn.Sequential(layer)(x)]
    for handle in [before, doubled, after]:
        handle.remove()
    answers.append(layer(x))
    replaced.remove()
    answers.append(layer(x))
    return answers, seen


@program
def hooks_of_backward():
    torch.manual_seed(0)
    layer = nn.Linear(2, 2)
    seen = []
    handle = layer.register_full_backward_hook(
        lambda module, grad_input, grad_output: seen.append([plain(grad_input[0]), plain(grad_output[0])]))
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    y = layer(x)
    names = [y.grad_fn.name()]
    (y * torch.tensor([1.0, 3.0])).sum().backward()
    answers = [x.grad.clone(), layer.weight.grad.clone()]
    scaled = layer.register_full_backward_hook(lambda module, grad_input, grad_output: (grad_input[0] * 10,))
    x.grad = None
    layer(x).sum().backward()
    answers.append(x.grad.clone())
    scaled.remove()
    handle.remove()
    x.grad = None
    layer(x).sum().backward()
    return names, answers, x.grad, seen


@program
def hooks_of_backward_of_several():
    torch.manual_seed(0)
    layer = nn.Bilinear(2, 2, 1)
    seen = []

    def hook(module, grad_input, grad_output):
        seen.append([len(grad_input), None if grad_input[0] is None else plain(grad_input[0])])

    layer.register_full_backward_hook(hook)
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    layer(x, torch.tensor([[3.0, 4.0]])).sum().backward()
    pool = nn.MaxPool1d(2, return_indices=True)
    pool.register_full_backward_hook(lambda module, grad_input, grad_output: seen.append(len(grad_output)))
    values, indices = pool(x.unsqueeze(0) * 2)
    values.sum().backward()
    frozen = nn.Linear(2, 1)
    frozen.register_full_backward_hook(hook)
    frozen(torch.ones(1, 2)).sum().backward()
    wrong = nn.Tanh()
    wrong.register_full_backward_hook(lambda module, grad_input, grad_output: (grad_input[0], None))
    return seen, x.grad, errors_of(lambda: wrong(x).sum().backward())


@program
def an_encoder():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(4, 2, dim_feedforward=6, dropout=0.1)
    encoder = nn.TransformerEncoder(layer, 2, nn.LayerNorm(4))
    x = torch.randn(3, 2, 4)
    mask = torch.tensor([[False, True, True], [False, False, True], [False, False, False]])
    y = encoder(x, mask, torch.tensor([[False, False, False], [False, False, True]]))
    y.square().sum().backward()
    grads = [parameter.grad for parameter in encoder.parameters()]
    return list(encoder.state_dict()), y, str(encoder), grads, encoder.eval()(x), layer.linear1.weight.grad is None


@program
def an_encoder_of_a_module():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(2, 1, 3, activation=nn.LeakyReLU(0.2), norm_first=True, batch_first=True)
    return str(layer), list(layer.state_dict()), layer.eval()(torch.randn(1, 2, 2))


@program
def clipped_gradients():
    answers = []
    for norm_type in [2.0, 1.0, float("inf")]:
        for bound in [1.0, 100.0]:
            a, b = (torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True))
            a.grad, b.grad = torch.tensor([1.0, -2.0]), torch.tensor([3.0, 0.5, -4.0])
            total = nn.utils.clip_grad_norm_([a, b, torch.ones(1, requires_grad=True)], bound, norm_type)
            answers.append([total, a.grad, b.grad])
    a = torch.ones(2, requires_grad=True)
    a.grad = torch.tensor([1.0, -2.0])
    nn.utils.clip_grad_value_(a, 1.5)
    answers.append([a.grad, nn.utils.clip_grad_norm_([], 1.0)])
    a.grad = torch.tensor([1.0, float("nan")])
    return answers, errors_of(lambda: nn.utils.clip_grad_norm_(a, 1.0, error_if_nonfinite=True))[0].split(",")[0]


@program
def parameters_as_a_vector():
    torch.manual_seed(0)
    net = nn.Linear(2, 3)
    vector = nn.utils.parameters_to_vector(net.parameters())
    nn.utils.vector_to_parameters(torch.arange(9.0), net.parameters())
    return vector, net.weight, net.bias, vector.requires_grad


@program
def states_of_norms():
    torch.manual_seed(0)
    norm, other = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    for _ in range(3):
        norm(torch.randn(4, 2))
    other.load_state_dict(norm.state_dict())
    other.eval()
    x = torch.randn(2, 2)
    y = other(x)
    norm.reset_running_stats()
    return y, other.num_batches_tracked, norm.running_mean, norm.num_batches_tracked, errors_of(
        lambda: norm(torch.randn(1, 2)), lambda: nn.BatchNorm2d(2)(x), lambda: nn.InstanceNorm1d(2)(torch.ones(2)))


@program
def refused_arguments():
    return errors_of(
        lambda: nn.Conv2d(3, 4, 2, groups=2),
        lambda: nn.Conv2d(4, 3, 2, groups=2),
        lambda: nn.Conv2d(4, 4, 2, groups=0),
        lambda: nn.Conv2d(4, 4, 2, padding="same", stride=2),
        lambda: nn.GroupNorm(3, 4),
        lambda: nn.Dropout2d(1.5),
        lambda: nn.TransformerEncoderLayer(2, 1, activation="tanh"),
        lambda: nn.ConvTranspose2d(1, 1, 2, padding_mode="circular"),
        lambda: nn.ConvTranspose1d(1, 1, 3, stride=2)(torch.ones(1, 1, 2), [8]),
        lambda: nn.MultiheadAttention(4, 2)(torch.ones(3, 6), torch.ones(3, 6), torch.ones(3, 6)),
        lambda: nn.MultiheadAttention(4, 2)(torch.ones(3, 4), torch.ones(3, 4), torch.ones(3, 4), attn_mask=torch.ones(2, 3)),
    )


if __name__ == "__main__":
    record(__file__)
