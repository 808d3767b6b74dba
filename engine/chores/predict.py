"""The "predict" task: the exported file itself, tried on images."""

from pathlib import Path
from typing import Any

from engine.build import Reporting
from engine.exports.serve import predict_all
from engine.store.connect import Store


def predict(store: Store, arguments: dict[str, Any], progress: Reporting) -> dict[str, Any]:
    """Predict with a bundle.

    Args:
        store: not used; bundles may lie anywhere.
        arguments: `bundle`, its folder; `images`, paths.
        progress: told how far it is.

    Returns:
        `{predictions: [{file, top, ms} or {file, error}]}`.

    Raises:
        ExportError: the bundle cannot be used.
    """
    del store
    images = [Path(image) for image in arguments["images"]]
    progress(0, len(images), "opening the exported file")
    return {"predictions": predict_all(Path(arguments["bundle"]), images)}
