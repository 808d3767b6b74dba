"""Finding the network that teaches: a stored run, a library's network, an exported bundle.

The teacher that a run began with is copied into the run's folder, so that resuming and exporting
the run do not depend on what becomes of where it came from.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.backbones.pretrained import DEFAULT, load_pretrained
from engine.build import make_backbone
from engine.registry import lookup
from engine.spec.errors import DataError, SpecError
from engine.spec.options import parse
from engine.spec.rows import RunRow
from engine.spec.run_spec import BackboneSpec, RunSpec
from engine.spec.run_state import RunState
from engine.spec.teaching import (
    BUNDLED_WEIGHTS,
    TEACHING_RUN,
    check_dataset,
    check_run,
    other_classes,
    read_certificate,
    unknown,
)
from engine.store import artifacts, runs
from engine.store.connect import Store
from engine.training.weights import file_sha256, load_weights, save_weights, stored_weights

TEACHER = "teacher.safetensors"
SHIP = "peers.0."
"""With this begin the names of what ships in the weights of a training system."""


class Teachers:
    """Finds the teacher of one run, and keeps a copy of it with the run.

    Args:
        store: the workspace's store.
        run: number of the run that is taught.

    Attributes:
        backbone: what the teacher is that was asked for last; None before.
    """

    def __init__(self, store: Store, run: int) -> None:
        self._store, self._run = store, runs.get_run(store, run)
        self._file = store.workspace.run_folder(run) / TEACHER
        self._found: tuple[Backbone, dict[str, str]] | None = None
        self.backbone: BackboneSpec | None = None

    def __call__(self, source: str, num_classes: int, in_channels: int) -> Backbone:
        """Return the network that `source` names, in eval mode and without gradients.

        It is the copy that was kept of it, if there is one.

        Args:
            source: "run:12" (its weights best by validation) or "run:12/last"; a backbone with
                weights of its own, such as "tv_resnet50"; or the whole path of a bundle's folder.
            num_classes: K of the run that is taught.
            in_channels: of its images.

        Raises:
            SpecError: there is no such teacher, or it is not for these classes and channels.
            StoreError: there is no run of that number.
            DataError: its weights are missing or damaged.
        """
        kept = self._kept(source)
        if kept is not None:
            self.backbone = kept
            return _network(kept, load_weights(self._file), source, num_classes, in_channels)
        own = runs.get_spec(self._store, self._run.id)
        backbone, network = find_teacher(self._store, own, source, num_classes, in_channels)
        said = {"run": self._identity, "source": source, "backbone": backbone.model_dump_json()}
        self._found, self.backbone = (network, said), backbone
        return network

    def keep(self) -> None:
        """Write the copy of a teacher that was found elsewhere; else do nothing."""
        if self._found is None:
            return
        network, said = self._found
        save_weights(self._file, network, said)
        artifacts.record(
            self._store, self._run.id, "teacher", self._file, sha256=file_sha256(self._file),
            num_bytes=self._file.stat().st_size, facts={"source": said["source"]},
        )
        self._found = None

    @property
    def _identity(self) -> str:
        """A folder may hold the files of another run, of a database that is gone."""
        return f"{self._run.id} {self._run.digest} {self._run.created_at}"

    def _kept(self, source: str) -> BackboneSpec | None:
        """What the kept copy is of, or None where there is none."""
        if not self._file.exists():
            return None
        try:
            with safe_open(self._file, framework="pt") as file:
                said = file.metadata() or {}
        except (SafetensorError, OSError) as error:
            raise DataError(f"the teacher {self._file} is damaged ({error})") from None
        if (said.get("run"), said.get("source")) != (self._identity, source):
            return None
        return parse(BackboneSpec, json.loads(said["backbone"]), "backbone")


def find_teacher(
    store: Store, own: RunSpec, source: str, num_classes: int, in_channels: int
) -> tuple[BackboneSpec, Backbone]:
    """What `source` names now; see `Teachers`.

    Args:
        store: where runs are looked for.
        own: what is to be taught.
        source: see `Teachers.__call__`.
        num_classes: K of what is taught.
        in_channels: of its images.

    Raises:
        SpecError, StoreError, DataError: as `Teachers.__call__`.
    """
    if match := TEACHING_RUN.fullmatch(source):
        backbone, state = _of_run(store, own, int(match[1]), match[2] or "best")
    elif (folder := Path(source).expanduser()).is_absolute():
        backbone, state = _of_bundle(own, folder, num_classes)
    else:
        return _of_library(source, num_classes, in_channels)
    return backbone, _network(backbone, state, source, num_classes, in_channels)


def _of_run(
    store: Store, own: RunSpec, number: int, weights: str
) -> tuple[BackboneSpec, dict[str, Tensor]]:
    """The network that ships of a completed run."""
    row, theirs = runs.get_run(store, number), runs.get_spec(store, number)
    check_run(number, theirs, own)
    if row.state is not RunState.COMPLETED:
        raise SpecError(
            f"teacher 'run:{number}': the run is {row.state}; only a completed run can teach"
        )
    return theirs.backbone, shipped_state(store, row, weights)


def shipped_state(store: Store, row: RunRow, weights: str) -> dict[str, Tensor]:
    """The state dict of the network that the method of a completed run ships.

    Args:
        store: where the run is.
        row: the run.
        weights: "best" or "last".

    Raises:
        DataError: its weights are missing or damaged.
    """
    path, _ = stored_weights(store.workspace.run_folder(row.id), row, weights)
    held = load_weights(path, artifacts.sha256_of(store, row.id, path))
    return {
        name.removeprefix(SHIP): tensor for name, tensor in held.items() if name.startswith(SHIP)
    }


def _of_bundle(
    own: RunSpec, folder: Path, num_classes: int
) -> tuple[BackboneSpec, dict[str, Tensor]]:
    """The network of a bundle with safetensors."""
    certificate = read_certificate(folder)
    dataset = str(certificate.get("dataset", own.dataset.name))
    check_dataset(str(folder), dataset, own.dataset)
    _check_labels(folder, num_classes)
    state = load_weights(folder / BUNDLED_WEIGHTS)
    named = {"name": certificate["backbone"], "options": certificate.get("backbone_options", {})}
    return parse(BackboneSpec, named, "backbone"), state


def _check_labels(folder: Path, num_classes: int) -> None:
    """Raise SpecError where a bundle says that it knows another number of classes."""
    try:
        labels = (folder / "labels.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    except (OSError, ValueError):
        return
    if len(labels) != num_classes:
        raise SpecError(
            f"teacher '{folder}' knows {len(labels)} classes, but this run has {num_classes}: name "
            "a run on the same dataset"
        )


def _of_library(
    name: str, num_classes: int, in_channels: int
) -> tuple[BackboneSpec, Backbone]:
    """A library's network with the weights that the library offers."""
    options = {"weights": DEFAULT}
    try:
        entry = lookup("backbone", name)
    except SpecError:
        entry = None
    if entry is None or "weights" not in entry.card.option_defaults:
        raise unknown(name)
    with torch.random.fork_rng(devices=[]):
        network = entry.make(num_classes, in_channels, entry.parse_options(options))
    if len(load_pretrained(network, entry.parse_options(options))) > 1:
        raise other_classes(name, num_classes)
    return BackboneSpec(name=name, options=options), network.requires_grad_(False).eval()


def _network(
    backbone: BackboneSpec, state: Mapping[str, Tensor], source: str, num_classes: int,
    in_channels: int,
) -> Backbone:
    """The network with these weights, in eval mode and without gradients."""
    with torch.random.fork_rng(devices=[]):
        network = make_backbone(backbone, num_classes, in_channels)
    own = network.state_dict()
    if state.keys() != own.keys():
        odd = min(state.keys() ^ own.keys())
        raise SpecError(f"teacher '{source}' is no {backbone.name} of this version: see {odd}")
    for name, tensor in own.items():
        if state[name].shape != tensor.shape:
            raise SpecError(
                f"teacher '{source}' does not fit {num_classes} classes and {in_channels} "
                f"channels: its {name} is {_size(state[name])}, not {_size(tensor)}"
            )
    network.load_state_dict(state)
    return network.requires_grad_(False).eval()


def _size(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape))
