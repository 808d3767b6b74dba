"""The bundle: a folder with the deployable network, how to feed it, and the proof of both.

It is written beside its final place and renamed, so there is never half a bundle.
"""

import glob
import os
import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import psutil

from engine.exports.certificate import certificate_of, write_sealed
from engine.exports.consistent import results_faults
from engine.exports.content import LABELS, PREPROCESS
from engine.exports.format import Format
from engine.exports.lines import MAX_REASON, as_a_line
from engine.exports.loading import READER, reader_code
from engine.exports.model_card import CARD, model_card
from engine.exports.proof import IMAGES, HeldOut, Prover, accuracy, held_out
from engine.exports.reference import keep_reference
from engine.exports.shipment import Shipment, strip
from engine.spec.errors import ExportError
from engine.training.weights import file_sha256

Reporting = Callable[[int, int, str], None]
_Told = dict[str, dict[str, Any]]
_NONE: Mapping[str, str] = MappingProxyType({})


def write_bundle(
    shipment: Shipment, formats: Mapping[str, Format], folder: Path, progress: Reporting,
    images: int = IMAGES, missing: Mapping[str, str] = _NONE,
) -> dict[str, Any]:
    """Strip, write every format, prove, and put the bundle at `folder`; returns the certificate.

    Args:
        shipment: what is exported.
        formats: by name; of those that cannot be written the certificate says why.
        folder: a new or an empty one.
        progress: told how far it is.
        images: on how many test images, at most, every file is proved.
        missing: formats that were asked for and are not here, and why.

    Raises:
        ExportError: no format could be written and proved, or there is no room; there is no bundle
            then.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder} exists already: name an empty or a new folder")
    temporary = partial_of(folder)
    shutil.rmtree(temporary, ignore_errors=True)
    sweep(folder.parent, folder.name)
    try:
        temporary.mkdir(parents=True)
        certificate = _fill(shipment, formats, temporary, progress, images, missing)
        if folder.exists():
            folder.rmdir()
        temporary.rename(folder)
    except OSError as error:
        raise ExportError(
            f"cannot write the bundle {folder}: {error.strerror or error}; nothing of it was left"
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return certificate


def partial_of(folder: Path) -> Path:
    """Where this process writes the bundle that will be at `folder`."""
    return folder.with_name(f".{folder.name}.{os.getpid()}.partial")


def sweep(parent: Path, name: str = "") -> None:
    """Remove what exports that were killed left in a folder, of one bundle or (none) of all."""
    for left in parent.glob(f".{glob.escape(name) or '*'}.*.partial"):
        bundle, pid = left.name[1:].removesuffix(".partial").rsplit(".", 1)
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
            with suppress(OSError):  # it holds a bundle, or is not there
                parent.joinpath(bundle).rmdir()


def _fill(
    shipment: Shipment, formats: Mapping[str, Format], folder: Path, progress: Reporting,
    images: int, missing: Mapping[str, str],
) -> dict[str, Any]:
    progress(0, len(formats), "asking the trained network about test images")
    held = held_out(shipment, images)
    stripped = strip(shipment, held.rows_N)
    content = shipment.content(stripped)
    prover, written, not_written = Prover(shipment, content, held), _Told(), dict(missing)
    for done, (name, form) in enumerate(formats.items()):
        progress(done, len(formats), f"writing {name}")
        try:
            with _moved_if_whole(folder) as beside:
                path = beside / form.file_name
                form.write(content, path)
                progress(done, len(formats), f"proving {name} on {len(held.rows_N):,} images")
                written[name] = _told_of(form, path, prover)
        except ExportError as error:
            not_written[name] = str(error)
    if not written:
        raise ExportError("; ".join(dict.fromkeys(not_written.values())))
    certificate = certificate_of(shipment, stripped, written)
    certificate["not_written"] = {
        name: as_a_line(reason, MAX_REASON) for name, reason in not_written.items()
    }
    certificate["reference"] = _reference(folder, held)
    if faults := results_faults(certificate):
        raise ExportError(f"the run's stored {faults[0]} on the same images: not exported")
    (folder / LABELS).write_text("\n".join(shipment.classes) + "\n", encoding="utf-8")
    (folder / PREPROCESS).write_text(content.preprocessing_text, encoding="utf-8")
    (folder / READER).write_text(reader_code(), encoding="utf-8")
    card = model_card(certificate, shipment.classes, content.preprocessing, formats)
    (folder / CARD).write_text(card, encoding="utf-8")
    write_sealed(folder, certificate)
    progress(len(formats), len(formats), "done")
    return certificate


@contextmanager
def _moved_if_whole(folder: Path) -> Generator[Path]:
    """A folder inside, whose files are put into `folder` unless something fails."""
    with TemporaryDirectory(dir=folder) as beside:
        yield Path(beside)
        for file in Path(beside).iterdir():
            file.rename(folder / file.name)


def _told_of(form: Format, path: Path, prover: Prover) -> dict[str, Any]:
    """What the certificate tells of a file, once it is proved."""
    parts = path, *(path.with_name(other) for other in form.beside)
    return {
        "file": path.name, "sha256": file_sha256(path),
        "bytes": sum(part.stat().st_size for part in parts),
        "options": form.options.model_dump(), "takes_pixels": form.takes_pixels,
        **prover.prove(form, path),
    }


def _reference(folder: Path, held: HeldOut) -> dict[str, Any]:
    """What the trained network itself says of the images that every file is proved on."""
    return {
        "num_images": len(held.rows_N), "of": len(held.images),
        **accuracy(held.logits_ONK, held.labels),
        "images_sha256": keep_reference(folder, held),
    }
