"""Records what PyTorch's modules are and compute: writes nn.json beside this script.

Each program is written twice under one name, here and in unit/nn.test.ts; tensors in an answer become nested lists.
"""
import torch
from torch import nn

from nn_programs import program, record


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.act = nn.ReLU()
        self.rest = nn.Sequential(nn.Linear(3, 2, bias=False), nn.Dropout(0.25), nn.Flatten())
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.register_buffer("offset", torch.ones(2))
        self.register_buffer("scratch", torch.zeros(1), persistent=False)

    def forward(self, x):
        return self.rest(self.act(self.first(x))) * self.scale + self.offset


@program
def linear_of_a_seed():
    torch.manual_seed(0)
    layer = nn.Linear(2, 3)
    return layer.weight, layer.bias, layer(torch.tensor([[1.0, 2.0]])), str(layer)


@program
def linear_without_bias():
    torch.manual_seed(1)
    layer = nn.Linear(40, 5, bias=False, dtype=torch.float64)
    return layer.weight, layer.bias, str(layer.weight.dtype), str(layer)


@program
def first_values():
    answers = []
    for fill in [
        lambda t: nn.init.uniform_(t, -1, 3),
        lambda t: nn.init.normal_(t, 1, 2),
        lambda t: nn.init.constant_(t, 3),
        nn.init.ones_,
        nn.init.zeros_,
        nn.init.eye_,
        nn.init.xavier_uniform_,
        lambda t: nn.init.xavier_normal_(t, 2),
        nn.init.kaiming_uniform_,
        lambda t: nn.init.kaiming_uniform_(t, mode="fan_out", nonlinearity="relu"),
        lambda t: nn.init.kaiming_normal_(t, 0.5),
    ]:
        torch.manual_seed(3)
        answers.append(fill(torch.empty(3, 4)))
    torch.manual_seed(3)
    answers.append(nn.init.kaiming_normal_(torch.empty(2, 3, 2, 2)))
    return answers


@program
def gains():
    names = ["linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]
    return [nn.init.calculate_gain(name) for name in names] + [nn.init.calculate_gain("leaky_relu", 0.5)]


@program
def names():
    net = Net()
    return (
        [name for name, _ in net.named_parameters()],
        [name for name, _ in net.named_buffers()],
        [name for name, _ in net.named_modules()],
        [name for name, _ in net.named_children()],
        list(net.state_dict()),
        [name for name, _ in net.named_parameters("net", recurse=False)],
    )


@program
def printed():
    modules = [
        Net(),
        nn.Sequential(),
        nn.Sequential(nn.Linear(1, 2), nn.Sequential(nn.ReLU(inplace=True), nn.Tanh()), nn.Sigmoid()),
        nn.ModuleList([nn.Identity(), nn.Dropout()]),
        nn.Embedding(3, 2),
        nn.Embedding(3, 2, padding_idx=-1, max_norm=1.5, norm_type=1, scale_grad_by_freq=True),
        nn.Flatten(0, 1),
        nn.Module(),
    ]
    return [str(module) for module in modules] + [repr(nn.Parameter(torch.ones(2)))]


@program
def the_same_module_twice():
    layer = nn.Linear(1, 1)
    net = nn.Sequential(layer, layer)
    return [name for name, _ in net.named_parameters()], list(net.state_dict()), len(list(net.children()))


@program
def an_embedding():
    torch.manual_seed(0)
    table = nn.Embedding(4, 3, padding_idx=1)
    found = table(torch.tensor([[0, 1], [3, 3]]))
    (found * torch.arange(12.0).reshape(2, 2, 3)).sum().backward()
    return table.weight, found, table.weight.grad


@program
def an_embedding_that_renormalises():
    torch.manual_seed(0)
    table = nn.Embedding(4, 3, max_norm=1)
    found = table(torch.tensor([0, 2, 2]))
    return found, table.weight


@program
def dropout_in_training_and_after():
    torch.manual_seed(0)
    layer = nn.Dropout(0.25)
    x = torch.ones(20, requires_grad=True)
    y = layer(x)
    y.sum().backward()
    return y, x.grad, nn.Dropout(1)(x), layer.eval()(x)


@program
def training_a_net():
    torch.manual_seed(0)
    net = Net()
    net.rest[1].p = 0.0
    x = torch.randn(8, 2)
    target = torch.randn(8, 2)
    losses = []
    for optimizer in [torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9), torch.optim.Adam(net.parameters(), lr=0.05)]:
        for _ in range(8):
            optimizer.zero_grad()
            loss = (net(x) - target).square().mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses, net.state_dict()["first.weight"]


@program
def states_that_do_not_fit():
    net = nn.Sequential(nn.Linear(2, 3))
    state = {"0.weight": torch.ones(3, 3), "1.bias": torch.ones(3)}
    answers = []
    for strict in [True, False]:
        try:
            net.load_state_dict(state, strict=strict)
        except RuntimeError as error:
            answers.append(str(error))
    return answers


@program
def a_state_in_part():
    net = nn.Sequential(nn.Linear(2, 3))
    found = net.load_state_dict({"0.bias": torch.ones(3), "2.bias": torch.ones(1)}, strict=False)
    return net[0].bias, found.missing_keys, found.unexpected_keys


if __name__ == "__main__":
    record(__file__)
