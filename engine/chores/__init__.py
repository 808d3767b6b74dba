"""Tasks beside training; `CHORES` says who does which kind."""

from collections.abc import Callable
from typing import Any

from engine.build import Reporting
from engine.chores.export import export_run
from engine.chores.look import held_out_images, inspect_dataset
from engine.chores.predict import predict
from engine.chores.probe import probe
from engine.store.connect import Store

CHORES: dict[str, Callable[[Store, dict[str, Any], Reporting], dict[str, Any]]] = {
    "export": export_run,
    "images": held_out_images,
    "inspect": inspect_dataset,
    "predict": predict,
    "probe": probe,
}
