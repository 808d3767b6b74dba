"""The "verify" task: is a bundle what was exported?"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

from engine.build import Reporting, load_data
from engine.chores.verification import Load, Verification
from engine.datasets.dataset import ImageData
from engine.spec.errors import DataError, ExportError
from engine.spec.run_spec import DatasetSpec
from engine.spec.workspace import Workspace
from engine.store import runs
from engine.store.connect import Store


def verify(store: Store, arguments: dict[str, Any], progress: Reporting) -> dict[str, Any]:
    """Verify a bundle.

    Args:
        store: the workspace's store; bundles may lie anywhere.
        arguments: `bundle`, its folder; `data`, the folder of the images it was proved on; or
            `run`, the run that it is of, whose own data are taken, if they are still there.
        progress: told how far it is.

    Returns:
        What `verify_bundle` returns; `not_asked`, why no image was looked at, where the run's data
        cannot be used any more.
    """
    folder, data, run = (arguments.get(name) for name in ("bundle", "data", "run"))
    if run is None:
        return verify_bundle(Path(str(folder)), Path(data) if data else None, progress)
    spec = runs.get_spec(store, int(run)).dataset
    try:
        return _verified(
            Path(str(folder)), lambda _, tell: load_data(spec, store.workspace, tell), progress
        )
    except DataError as error:
        found = _verified(Path(str(folder)), None, progress)
        return {
            **found, "not_asked": str(error),
            "not_checked": [f"any image: {error}", *found["not_checked"]],
        }


def verify_bundle(folder: Path, data: Path | None, progress: Reporting) -> dict[str, Any]:
    """Check all of a bundle that can be checked here.

    Args:
        folder: the bundle's.
        data: the folder of the images it was proved on; None: no image is looked at.
        progress: told how far it is.

    Returns:
        `{folder, verified, complete, asked, fault, checks, formats, not_opened, not_checked}`:
        `fault` is the first thing that is not as the certificate says, as a line, or empty;
        `verified` says that there is none, and `complete` that every file was opened as well and
        set against the plain backbone's, operator by operator, and every text and code is what is
        written here; `asked`, that they answered images;
        `checks` what was found right; `formats` what each file said of the images; `not_opened`
        the formats whose runtime is not installed here; `not_checked` what was not looked at, and
        why.

    Raises:
        ExportError: there is no such folder, or what is needed beside it cannot be written or read.
        DataError: the images cannot be read, or are others.
    """
    if data is None:
        return _verified(folder, None, progress)
    if not data.exists():
        raise DataError(f"there is no {data}: name the folder of the images")
    # What is packed to be read quickly is of no use later.
    with TemporaryDirectory(ignore_cleanup_errors=True) as packed:
        return _verified(folder, partial(_in_folder, data, Workspace(Path(packed))), progress)


def _verified(folder: Path, load: Load | None, progress: Reporting) -> dict[str, Any]:
    if not folder.is_dir():
        raise ExportError(f"there is no folder {folder}")
    verification = Verification(folder, progress)
    fault = ""
    try:
        verification.verify(load)
    except ExportError as error:
        fault = str(error)
    except OSError as error:  # no fault of the bundle's
        at = error.filename or gettempdir()
        raise ExportError(f"cannot verify {folder}: {at}: {error.strerror or error}") from None
    return {
        "folder": str(folder), "verified": not fault,
        "complete": not fault and verification.is_complete, "fault": fault,
        "asked": bool(verification.formats),
        "checks": verification.checks, "formats": verification.formats,
        "not_opened": verification.not_opened, "not_checked": verification.not_checked,
    }


def _in_folder(
    data: Path, workspace: Workspace, certificate: Mapping[str, Any], progress: Reporting
) -> ImageData:
    spec = DatasetSpec(
        name=certificate["dataset"], root=str(data), options=certificate["data"]["options"]
    )
    return load_data(spec, workspace, progress)
