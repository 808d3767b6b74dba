"""The network as a Python file that needs PyTorch and safetensors, and nothing of this project.

It is written from the traced graph: one line an operator, weights by the names they have in
`model.safetensors`. Reading it is like reading the forward pass with all its branches taken.
"""

import operator
from collections.abc import Container, Iterable, Mapping
from typing import Any

from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind
from torch.fx import Node
from torch.fx.node import map_arg

from engine.exports.content import Content
from engine.spec.errors import ExportError

_HEAD = '''"""{title}

    from network import load, network
    weights = load()  # of model.safetensors, beside this file
    logits = network(images, weights)  # images: float32 (B, {channels}, {height}, {width})

Straight ATen calls, for inference; gradients flow through, batch norms stay as they were trained.
It needs torch and safetensors, and no other code.
"""

from math import inf, nan
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import device

aten = torch.ops.aten
MEAN, STD = {mean}, {std}  # of pixels in 0..1, by channel


def load(path=Path(__file__).with_name("model.safetensors")):
    """The weights by name."""
    return load_file(path)


def normalise(pixels):
    """uint8 pixels (B, H, W, C) as the network takes them."""
    return ((pixels.float() / 255 - torch.tensor(MEAN)) / torch.tensor(STD)).permute(0, 3, 1, 2)


def network(image, w):
    """Logits (B, {num_classes}) of normalised images."""
'''


class _Code(str):
    """Text that stands for itself where the arguments of a call are written down."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def network_code(content: Content, names: Container[str], title: str) -> str:
    """The Python file.

    Args:
        content: what ships.
        names: of the weights, as they are in `model.safetensors`.
        title: what the network is, in a sentence.

    Raises:
        ExportError: an operator is none of ATen's.
    """
    program, told = content.program, content.preprocessing
    places = _inputs(program, names)
    lines: list[str] = []
    done_with = _last_uses(program.graph.nodes)
    for node in program.graph.nodes:
        if node.op == "call_function":
            free = "".join(f"; del {name}" for name in done_with.get(node, []))
            lines.append(f"{node.name} = {_call(node, places)}{free}")
        elif node.op == "output":
            (outputs,) = node.args
            lines.append(f"return {', '.join(map(repr, _written(outputs, places)))}")
    head = _HEAD.format(title=title, num_classes=len(content.classes), **told)
    return head + "".join(f"    {line}\n" for line in lines)


def _inputs(program: ExportedProgram, names: Container[str]) -> dict[str, _Code]:
    """What stands for each input of the graph."""
    places: dict[str, _Code] = {}
    for spec in program.graph_signature.input_specs:
        if spec.kind is InputKind.USER_INPUT:
            places[spec.arg.name] = _Code("image")
            continue
        name = spec.target or ""
        while name and name not in names:  # wrappers add their own names in front
            name = name.partition(".")[2]
        if not name:
            raise ExportError(f"the network's {spec.target} is not among its weights")
        places[spec.arg.name] = _Code(f'w["{name}"]')
    return places


def _last_uses(nodes: Iterable[Node]) -> dict[Node, list[str]]:
    """Which values each operator is the last to read: kept, they would fill the memory."""
    last: dict[Node, Node] = {}
    for node in nodes:
        last.update((read, node) for read in node.all_input_nodes if read.op == "call_function")
    uses: dict[Node, list[str]] = {}
    for read, node in last.items():
        uses.setdefault(node, []).append(read.name)
    return uses


def _call(node: Node, places: Mapping[str, _Code]) -> str:
    args = [repr(arg) for arg in _written(node.args, places)]
    args += [f"{key}={value!r}" for key, value in _written(node.kwargs, places).items()]
    target, inside = node.target, ", ".join(args)
    if target is operator.getitem:
        return f"{args[0]}[{args[1]}]"
    if getattr(target, "namespace", "") == "aten":
        return f"{target}({inside})"
    infix = {operator.add: "+", operator.sub: "-", operator.mul: "*", operator.floordiv: "//"}
    if target in infix:
        return f"{args[0]} {infix[target]} {args[1]}"
    *_, (place, kind) = node.meta["nn_module_stack"].values()
    raise ExportError(
        f"the network cannot be written as Python: {target} is none of ATen's, in module "
        f"{place} ({kind.rpartition('.')[2]})"
    )


def _written(values: Any, places: Mapping[str, _Code]) -> Any:
    return map_arg(values, lambda node: places.get(node.name, _Code(node.name)))
