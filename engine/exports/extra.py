"""Formats that need a package which is not always there."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from engine.exports.format import Format
from engine.registry import lookup
from engine.spec.errors import ExportError


def needs(package: str) -> dict[str, str]:
    """Facts of the card of a format; nothing is imported for them.

    Args:
        package: that the format cannot do without; the extra of that name brings it.

    Returns:
        `needs`, the package, and `pip`, the line that installs it, while it is not there.
    """
    facts = {"needs": package}
    if find_spec(package) is None:
        facts["pip"] = f"pip install 'sila-studio[{package}]'"
    return facts


def make_format(name: str, options: Mapping[str, Any]) -> Format:
    """The format of a name, to write or to open files.

    Args:
        name: as it is registered.
        options: of its own.

    Raises:
        SpecError: there is no such format, or an option is not as it must be.
        ExportError: the package that it needs is not installed; the line says how to.
    """
    entry = lookup("export", name)
    parsed = entry.parse_options(options)
    if entry.card.install_line:
        raise ExportError(
            f"{name} files need a package that is not installed: {entry.card.install_line}"
        )
    return entry.make(parsed)
