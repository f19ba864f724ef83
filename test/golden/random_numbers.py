"""Records random numbers of PyTorch 1.13 on the CPU: writes random_numbers.json beside this script."""

import base64
import itertools
import json
import pathlib

import torch

SEEDS = [0, 1, -1, 2**40 + 7]
SIZES = [0, 1, 2, 15, 16, 17, 37, 1000]
RECORDED = 40  # the last elements of each draw
BOUNDS = {'bool': (0, 2), 'uint8': (3, 200), 'int8': (-50, 100)}

cases = []
seeds = itertools.cycle(SEEDS)


def record(opcode, dtype, scalars, size, draw, probabilities=None, stride=1):
    seed = next(seeds)
    torch.manual_seed(seed)
    values = draw(torch.empty(size, stride, dtype=getattr(torch, dtype))[:, 0])
    words = [seed % 2**32, (seed >> 32) % 2**32]
    case = dict(opcode=opcode, dtype=dtype, seed=words, scalars=scalars, size=size, stride=stride)
    if probabilities is not None:
        case['probabilities'] = dict(dtype=str(probabilities.dtype)[6:], values=probabilities.tolist())
    cases.append(dict(case, values=[float(x) for x in values[-RECORDED:].tolist()]))


for size in SIZES:
    for dtype in ['float32', 'float64']:
        record('random_uniform', dtype, [0, 1], size, lambda t: t.uniform_())
        record('random_uniform', dtype, [-1.3, 4.9], size, lambda t: t.uniform_(-1.3, 4.9))
        record('random_normal', dtype, [0, 1], size, lambda t: t.normal_())
        record('random_normal', dtype, [0.3, 2.1], size, lambda t: t.normal_(0.3, 2.1))
        record('random_normal', dtype, [0.3, 2.1], size, lambda t: t.normal_(0.3, 2.1), stride=2)
        record('random_log_normal', dtype, [0.3, 2.1], size, lambda t: t.log_normal_(0.3, 2.1))
        record('random_exponential', dtype, [1.7], size, lambda t: t.exponential_(1.7))
        record('random_cauchy', dtype, [0.3, 2.1], size, lambda t: t.cauchy_(0.3, 2.1))
    for dtype in ['bool', 'uint8', 'int8', 'int16', 'int32', 'int64', 'float32', 'float64']:
        low, high = BOUNDS.get(dtype, (-1000, 5000))
        record('random_integers', dtype, [low, high - low, 0], size, lambda t: t.random_(low, high))
        record('random_full', dtype, [], size, lambda t: t.random_())
        record('random_bernoulli', dtype, [0.3], size, lambda t: t.bernoulli_(0.3))
    for dtype in ['int64', 'float32']:
        record('random_geometric', dtype, [0.3], size, lambda t: t.geometric_(0.3))
    for dtype in ['float32', 'float64']:
        chances = torch.linspace(0, 1, size, dtype=getattr(torch, dtype))
        record('random_bernoulli', 'float32', [], size, lambda t: t.bernoulli_(chances), chances)
    record('random_integers', 'int64', [-7, 5, 3], size, lambda t: t.random_(-7, -2 + 3 * 2**32))
    record('random_integers', 'int64', [-2**63, 0, 0], size, lambda t: t.random_(-2**63, None))
    record('random_permutation', 'int64', [], size, lambda t: torch.randperm(size))

# One generator from draw to draw: a kept half of a pair, then single numbers, then groups of 16.
torch.manual_seed(5)
stream = [torch.randn(3), torch.rand(2), torch.randn(2), torch.randn(20), torch.rand(700)]
state = bytes(torch.get_rng_state().tolist())
weights = [[0.5, 0.0, 2.0, 1.5, 3.0], [1.0, 1.0, 0.25, 0.0, 0.0]]
multinomial = {}
for dtype in ['float32', 'float64']:
    torch.manual_seed(5)
    drawn = torch.multinomial(torch.tensor(weights, dtype=getattr(torch, dtype)), 30, replacement=True)
    multinomial[dtype] = drawn.flatten().tolist()

text = dict(
    cases='[\n' + ',\n'.join(json.dumps(case, separators=(',', ':')) for case in cases) + '\n]',
    stream=json.dumps([drawn.tolist() for drawn in stream]),
    weights=json.dumps(weights),
    multinomial=json.dumps(multinomial),
    state=json.dumps(base64.b64encode(state).decode()),
)
members = ',\n'.join(f'"{name}": {value}' for name, value in text.items())
pathlib.Path(__file__).with_suffix('.json').write_text(f'{{\n{members}\n}}\n')
