"""Tasks beside training; `CHORES` says who does which kind."""

from collections.abc import Callable
from typing import Any

from engine.build import Reporting
from engine.chores.export import export_run
from engine.chores.look import add_dataset, held_out_images, inspect_dataset
from engine.chores.predict import predict
from engine.chores.probe import probe
from engine.chores.verify import verify
from engine.store.connect import Store

CHORES: dict[str, Callable[[Store, dict[str, Any], Reporting], dict[str, Any]]] = {
    "add": add_dataset,
    "export": export_run,
    "images": held_out_images,
    "inspect": inspect_dataset,
    "predict": predict,
    "probe": probe,
    "verify": verify,
}
