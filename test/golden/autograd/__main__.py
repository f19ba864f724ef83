"""Records how PyTorch's autograd behaves: writes autograd.json beside this folder.

Each program is written twice under one name, here and in a test of its group in unit/, and answers with truth values,
names of nodes and texts of errors. Tensors in an answer become nested lists.
"""
import importlib
import json
import pathlib
import warnings

from program import GROUPS, plain

warnings.simplefilter("ignore")
folder = pathlib.Path(__file__).parent
for file in sorted(folder.glob("[a-z]*.py")):
    importlib.import_module(file.stem)
answers = {group: {name: plain(body()) for name, body in programs.items()} for group, programs in GROUPS.items()}
folder.with_suffix(".json").write_text(json.dumps(answers, indent=1, sort_keys=True) + "\n")
