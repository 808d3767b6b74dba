"""The "predict" task: the exported file itself, tried on images; where another run disagrees."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from engine.build import Reporting, make_backbone
from engine.chores.rebuild import blank_of
from engine.exports.extra import make_format
from engine.exports.format import predictor
from engine.exports.serve import (
    LEAVE_FROM,
    Bundle,
    Opened,
    choose_file,
    open_file,
    predict_all,
    silent,
)
from engine.exports.verify_files import verify_files
from engine.spec.errors import ExportError, StudioError
from engine.spec.rows import RunRow
from engine.spec.run_state import RunState
from engine.spec.teaching import WHOLE
from engine.store import artifacts, runs
from engine.store.connect import Store
from engine.teachers import shipped_state

_BEST = "best"
_NO_FILE = f"{_BEST} weights"
"""What answers for a run that has no bundle."""


def predict(store: Store, arguments: dict[str, Any], progress: Reporting) -> dict[str, Any]:
    """Predict with a bundle.

    Args:
        store: where the other run is looked for; bundles may lie anywhere.
        arguments: `bundle`, its folder; `images`, paths; `format`, of the file that answers
            (default: an ONNX file); `leave_from`, the confidence from which images leave a file
            with early exits (default 0.9); `against`, number of a run on the same data whose
            network is asked too.
        progress: told how far it is.

    Returns:
        `{model, predictions: [{file, top, ms, model} or {file, error}]}`, `model` the name of the
        file that answered; predictions of files with early exits have `exit` and `num_exits`. With
        `against`, predictions have `against`, `{run, label, probability}` of the other network's
        first choice, and beside them stands `against`, `{run, name, model}` of what was asked; or
        `{run, error}` where it cannot be.

    Raises:
        ExportError: the bundle cannot be used.
    """
    images = [Path(image) for image in arguments["images"]]
    progress(0, len(images), "opening the exported file")
    leave_from = float(arguments.get("leave_from", LEAVE_FROM))
    bundle = open_bundle(Path(arguments["bundle"]), arguments.get("format") or "", leave_from)
    found = predict_all(bundle, images, progress)
    result = {"model": bundle.file, "predictions": found}
    if arguments.get("against") is not None:
        number = int(arguments["against"])
        try:
            result["against"] = set_against(store, bundle, number, found, progress)
        except StudioError as error:
            result["against"] = {"run": number, "error": str(error)}
    return result


def open_bundle(folder: Path, name: str = "", leave_from: float = LEAVE_FROM) -> Bundle:
    """Open a bundle with one of its files, in the runtime of its format.

    Args:
        folder: the bundle's.
        name: of the format; empty: an ONNX file where there is one.
        leave_from: confidence from which images leave a file with early exits.

    Raises:
        ExportError: it holds no such file, is damaged, or the runtime is not installed.
        SpecError: the format is of a plug-in that is not there.
    """
    chosen = choose_file(folder, name)
    if chosen.is_onnx:
        return Bundle(folder, partial(open_file, folder / chosen.file, leave_from))
    form, path = make_format(chosen.format, chosen.options), folder / chosen.file
    certificate = verify_files(folder)  # what is opened may be a program
    ask = form.open(path, partial(blank_of, certificate)).predict
    return Bundle(folder, lambda: Opened(chosen.file, form.takes_pixels, ask))


def set_against(
    store: Store, bundle: Bundle, number: int, answers: Sequence[dict[str, Any]],
    progress: Reporting = silent,
) -> dict[str, Any]:
    """Add to predictions what another run's network says first of the same images.

    Args:
        store: where the run is.
        bundle: that made the predictions.
        number: the run.
        answers: predictions; those of images that could be read gain `against`.
        progress: told how far it is.

    Returns:
        What was asked: `{run, name, model}`, the last a file of the run's bundle, or None for
        its best weights.

    Raises:
        StoreError: there is no such run.
        ExportError: it is not completed, or of other data.
        DataError: its weights are missing or damaged.
    """
    row = runs.get_run(store, number)
    progress(0, len(answers), f"opening run {number}")
    rival = _rival(store, row, bundle)
    read = [answer for answer in answers if "error" not in answer]
    theirs = predict_all(rival, [Path(answer["file"]) for answer in read], progress)
    for answer, their in zip(read, theirs, strict=True):
        if "error" not in their:
            answer["against"] = {"run": number, **their["top"][0]}
    model = rival.file if rival.file != _NO_FILE else None
    return {"run": number, "name": row.name, "model": model}


def _rival(store: Store, row: RunRow, bundle: Bundle) -> Bundle:
    """The newest bundle of a run that ships its whole network, else the network of its weights."""
    if row.state is not RunState.COMPLETED:
        raise ExportError(f"run {row.id} is {row.state}: only a completed run can be set against")
    digest = runs.data_digest(store, row.id)
    if bundle.data_digest != digest:
        raise ExportError(f"run {row.id} was trained on other data than the bundle")
    for written in artifacts.list_artifacts(store, row.id, "bundle"):
        told = written.facts["certificate"]
        if "peer" not in told and told.get("part", {}).get("name", WHOLE) == WHOLE:
            with suppress(StudioError):  # it was moved, or is damaged
                return open_bundle(artifacts.locate(store, written))
    spec = runs.get_spec(store, row.id)
    network = make_backbone(spec.backbone, len(bundle.labels), bundle.channels)
    try:
        network.load_state_dict(shipped_state(store, row, _BEST))
    except RuntimeError as error:
        raise ExportError(f"the weights of run {row.id} do not fit: {error}") from None
    ask = predictor(network.eval())
    # Of the same data, hence the same classes and the same preprocessing.
    return Bundle(bundle.folder, lambda: Opened(_NO_FILE, takes_pixels=False, ask=ask))
