"""What is said where an exporter fails: why, in one line, and in which module of the network.

Legend: B batch, C channels, H height, W width.
"""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from engine.exports.quiet import quietly
from engine.spec.errors import ExportError

Attempt = Callable[[nn.Module, tuple[Tensor, ...]], object]
"""Exports a module that takes these inputs, to see whether that can be done."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_OVERLOAD = re.compile(r"<OpOverload\(op='([^']+)', overload='[^']*'\)>")
_INTERPRETER = "RuntimeError: "
"""Where TorchScript says what its long text is about."""
_SENTENCE = re.compile(r"""(.*?[.!?]["'”’»)\]]*)\s""")
_FULL_STOP = re.compile(r"""\.(["'”’»)\]]*)$""")


@contextmanager
def exporting(
    what: str, network: nn.Module, x_BCHW: Tensor, attempt: Attempt
) -> Generator[None]:
    """Let an exporter work quietly, and say which module it failed at.

    Faults of the disk pass: they are none of the network's.

    Args:
        what: of the network was to be done, such as "written as ONNX".
        network: what is exported.
        x_BCHW: images as it takes them.
        attempt: exports one of its modules alone.

    Raises:
        ExportError: the exporter failed, in whatever way.
    """
    try:
        with quietly(), torch.no_grad():
            yield
    except (OSError, ExportError):
        raise
    except Exception as error:  # exporters raise whatever their passes raise
        if isinstance(_root(error), ImportError):  # no module of the network's is to blame
            raise ExportError(
                f"the network cannot be {what}: the exporter lacks a package ({reason(error)})"
            ) from error
        place, module = failing_module(network, x_BCHW, attempt)
        at = f"module {place} ({type(module).__name__})" if place else type(module).__name__
        raise ExportError(f"the network cannot be {what}: {reason(error)}, in {at}") from error


def reason(error: BaseException) -> str:
    """What an error goes back to, in one line."""
    return first_line(_root(error))


def _root(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def first_line(error: BaseException) -> str:
    """The first sentence of what an error says, in one line."""
    lines = [line.strip() for line in _COLOUR.sub("", str(error)).strip().splitlines()]
    said = next((line for line in lines if line.startswith(_INTERPRETER)), "")
    if not said:
        said = " ".join(lines[: lines.index("")] if "" in lines else lines)
    said = _OVERLOAD.sub(r"\1", said)
    first = _SENTENCE.match(said)
    sentence = _FULL_STOP.sub(r"\1", first[1] if first else said)
    if sentence.count('"') % 2:  # of a quotation that ends here and began nowhere
        sentence = sentence.removesuffix('"')
    return sentence or type(error).__name__


def failing_module(
    network: nn.Module, x_BCHW: Tensor, attempt: Attempt
) -> tuple[str, nn.Module]:
    """The innermost module that cannot be exported alone, by its name in the trained network.

    Returns:
        Name and module; the network itself, with an empty name, where all of its modules can be.
    """
    calls, place = _calls(network, x_BCHW), ""
    while (inside := next(_failing(calls, place, attempt), None)) is not None:
        place = inside
    name = place
    while name.startswith(_WRAPPED):
        name = name.removeprefix(_WRAPPED)
    return name, network.get_submodule(place)


_WRAPPED = "network."
"""How the wrappers of `engine.exports` call what they wrap."""


class _Call(NamedTuple):
    """The first call of a module.

    Attributes:
        caller: name of the module that called it.
        module: that was called.
        inputs: with which; none where they were not tensors alone.
    """

    caller: str
    module: nn.Module
    inputs: tuple[Tensor, ...]


def _failing(calls: dict[str, _Call], caller: str, attempt: Attempt) -> Iterator[str]:
    for name, call in calls.items():
        if call.caller != caller or name == caller or not call.inputs:
            continue
        try:
            with quietly(), torch.no_grad():
                attempt(call.module, call.inputs)
        except Exception:  # as above
            yield name


def _calls(network: nn.Module, x_BCHW: Tensor) -> dict[str, _Call]:
    """The modules that are called for these images, by name, in the order of their calls."""
    names = {module: name for name, module in network.named_modules()}
    calls: dict[str, _Call] = {}
    running: list[str] = []

    def enter(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        plain = not kwargs and all(isinstance(arg, Tensor) and arg.dim() for arg in args)
        caller = running[-1] if running else ""
        calls.setdefault(names[module], _Call(caller, module, args if plain else ()))
        running.append(names[module])

    def leave(module: nn.Module, args: object, output: object) -> None:
        del module, args, output
        running.pop()

    hooks = [
        hook for module in names for hook in (
            module.register_forward_pre_hook(enter, with_kwargs=True),
            module.register_forward_hook(leave),
        )
    ]
    try:
        with torch.no_grad():
            network(x_BCHW)
    finally:
        for hook in hooks:
            hook.remove()
    return calls
