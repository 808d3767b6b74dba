"""The packages that the program stands on, with their licences. No Qt here."""

import importlib.metadata
import re

PACKAGE = "sila-studio"


def own_version() -> str:
    """The program's version; empty where it runs from a checkout that was never installed."""
    try:
        return importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return ""


def licences() -> list[tuple[str, str, str]]:
    """Name, version and licence of each package required, as far as it is installed."""
    try:
        requirements = importlib.metadata.requires(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    names = [re.split(r"[^\w.-]", line)[0] for line in requirements if "extra ==" not in line]
    return [row for row in map(_row, sorted(names, key=str.casefold)) if row is not None]


def _row(name: str) -> tuple[str, str, str] | None:
    try:
        found = importlib.metadata.metadata(name).json
    except importlib.metadata.PackageNotFoundError:
        return None
    licence = str(found.get("license_expression") or found.get("license") or "")
    if not licence or "\n" in licence:
        named = [line for line in found.get("classifier", []) if line.startswith("License")]
        licence = ", ".join(line.rpartition(" :: ")[2] for line in named)
    return str(found["name"]).replace("_", "-"), str(found["version"]), licence
