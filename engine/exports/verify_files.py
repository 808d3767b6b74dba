"""The files of a bundle: those that its certificate tells of, byte for byte, and no others."""

import marshal
from collections.abc import Container, Mapping
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from engine.exports.certificate import CERTIFICATE, read_sealed
from engine.exports.content import LABELS, PREPROCESS
from engine.exports.format import Format
from engine.exports.loading import READER
from engine.exports.model_card import CARD
from engine.exports.reference import REFERENCE
from engine.registry import lookup
from engine.spec.errors import ExportError, SpecError
from engine.training.weights import file_sha256

ALWAYS = (CARD, LABELS, PREPROCESS, READER, REFERENCE)
"""Files of every bundle beside the certificate."""
COMPILED = "__pycache__"
"""Where Python keeps what it compiled of the bundle's code."""
_HEADER = 16
"""Bytes of a compiled file that say of which source it is."""


def verify_files(folder: Path) -> dict[str, Any]:
    """Check that every byte is as it was written, and that nothing else lies there.

    Returns:
        The certificate; what it says of files is such that they can be opened.

    Raises:
        ExportError: a file, or the certificate itself, was changed, is missing, is a link, or was
            put there later, but for what Python keeps of code that was run; or the certificate
            makes no sense.
    """
    certificate = read_sealed(folder)
    _check_list(certificate)
    for name in (CERTIFICATE, *certificate["files"]):
        if (folder / name).is_symlink():
            raise ExportError(f"{name} is a link to another place, and no file of the bundle")
    for name, told in certificate["files"].items():
        _check_bytes(folder / name, told)
    known = {CERTIFICATE, *certificate["files"]}
    later = sorted(
        path.name for path in folder.iterdir()
        if path.name not in known and not _is_compiled(path, certificate["files"])
    )
    if later:
        raise ExportError(
            f"{', '.join(later[:5])}{' …' if len(later) > 5 else ''} was put there later: remove "
            "what is not in the certificate, or keep it in another folder, since a file beside a "
            "program can replace its parts"
        )
    return certificate


def _is_compiled(path: Path, files: Container[str]) -> bool:
    """Whether this is what Python keeps of the bundle's own code, once that was run."""
    if path.name != COMPILED or path.is_symlink() or not path.is_dir():
        return False
    return all(
        file.is_file() and not file.is_symlink() and file.suffix == ".pyc"
        and f"{file.name.partition('.')[0]}.py" in files
        for file in path.iterdir()
    )


def foreign_compiled(folder: Path) -> list[str]:
    """What Python would run in place of the bundle's code, and is not known to be that code.

    What this Python makes of the code, in the folder where it lies now, is known. Nothing of a
    compiled file is read as such: a forged one may do anything to whoever does.
    """
    kept = folder / COMPILED
    return sorted(
        f"{COMPILED}/{file.name}" for file in (kept.iterdir() if kept.is_dir() else ())
        if not _is_of_its_source(file, folder / f"{file.name.partition('.')[0]}.py")
    )


def _is_of_its_source(file: Path, source: Path) -> bool:
    if file.name != Path(cache_from_source(source)).name:  # of another Python, or optimised
        return False
    places = {str(source.absolute()), str(source.resolve())}
    try:
        made = [compile(source.read_bytes(), at, "exec", dont_inherit=True) for at in places]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return file.read_bytes()[_HEADER:] in map(marshal.dumps, made)


def formats_here(certificate: Mapping[str, Any]) -> dict[str, Format]:
    """The bundle's formats that this installation can open, with the options they have.

    Raises:
        ExportError: a format has no such options, or no such file.
    """
    return {
        name: form for name, form in formats_known(certificate).items()
        if not lookup("export", name).card.install_line
    }


def formats_known(certificate: Mapping[str, Any]) -> dict[str, Format]:
    """The bundle's formats that this installation knows, be the package they need here or not.

    Raises:
        ExportError: a format has no such options, or no such file.
    """
    found: dict[str, Format] = {}
    for name, proof in certificate["formats"].items():
        try:
            entry = lookup("export", name)
        except SpecError:  # of a plug-in that is not installed here
            continue
        try:
            form = entry.make(entry.parse_options(proof["options"]))
        except SpecError as error:
            raise ExportError(f"the certificate's options of {name} are none: {error}") from None
        if proof["file"] != form.file_name:
            raise ExportError(
                f"the certificate says that {name} is in {proof['file']}; it is in {form.file_name}"
            )
        found[name] = form
    return found


def _check_bytes(file: Path, told: Mapping[str, Any]) -> None:
    if not file.is_file():
        raise ExportError(f"{file.name} is missing; the certificate has it")
    if file.stat().st_size != told["bytes"]:
        raise ExportError(
            f"{file.name} was changed since the export: it has {file.stat().st_size:,} bytes, not "
            f"{told['bytes']:,}"
        )
    if (found := file_sha256(file)) != told["sha256"]:
        raise ExportError(
            f"{file.name} was changed since the export: its SHA-256 is {found[:12]}…, not "
            f"{told['sha256'][:12]}…"
        )


def _check_list(certificate: Mapping[str, Any]) -> None:
    """Check that the files listed are those that belong to a bundle of these formats."""
    files, formats = certificate["files"], certificate["formats"]
    known = formats_known(certificate)
    belong = {
        *ALWAYS, *(proof["file"] for proof in formats.values()),
        *(name for form in known.values() for name in (*form.beside, *form.helpers)),
    }
    if missing := sorted(belong - files.keys()):
        raise ExportError(f"the certificate lists no {missing[0]}, which belongs to the bundle")
    if odd := sorted(files.keys() - belong):
        raise ExportError(f"the certificate lists {odd[0]}, which belongs to no format known here")
    for name, form in known.items():
        told, proof = files[form.file_name], formats[name]
        total = sum(files[part]["bytes"] for part in (form.file_name, *form.beside))
        if (told["sha256"], total) != (proof["sha256"], proof["bytes"]):
            raise ExportError(f"the certificate says two things of {form.file_name}")
