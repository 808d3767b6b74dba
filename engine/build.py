"""From names to objects: the only place where a spec becomes a network, a method, a job."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import torch

from engine.backbones.backbone import Backbone
from engine.backbones.pretrained import load_pretrained
from engine.datasets.dataset import DataPlaces, ImageData
from engine.methods.method import Method, Setting, no_teacher
from engine.registry import Entry, entries, lookup
from engine.regularizers.regularizer import Regularizer
from engine.spec.card import KINDS
from engine.spec.errors import DataError
from engine.spec.run_spec import BackboneSpec, DatasetSpec, MethodSpec, RunSpec
from engine.spec.workspace import Workspace
from engine.training.average import RunningAverage
from engine.training.data import Augment, Images, Normalise, TrainingBatches
from engine.training.device import choose_device
from engine.training.evaluate import Metric
from engine.training.job import Job
from engine.training.optim import make_optimizer
from engine.training.splits import Indices, hold_out, subset
from engine.training.streams import AUXILIARY, BACKBONE, Streams

Reporting = Callable[[int, int, str], None]
MakeTeacher = Callable[[str, int, int], Backbone]
"""Finds the trained network that is named, for so many classes and channels of the images."""

CROP_PART = 8  # random shifts of up to an eighth of the image: 4 pixels of 32, as is usual


def _quiet(done: int, total: int, doing: str) -> None:
    del done, total, doing


def load_data(
    spec: DatasetSpec, workspace: Workspace, progress: Reporting = _quiet
) -> ImageData:
    """Read a dataset.

    Raises:
        DataError: it is not there or cannot be read; the line says what was looked for.
        SpecError: an unknown name or option.
    """
    entry = lookup("dataset", spec.name)
    places = DataPlaces(
        root=Path(spec.root).expanduser() if spec.root else None,
        search=(workspace.downloads,),
        packed=workspace.packed_data,
        progress=progress,
    )
    return entry.make(places, entry.parse_options(spec.options))


def make_backbone(spec: BackboneSpec, num_classes: int, in_channels: int) -> Backbone:
    """A backbone, initialised from torch's global stream.

    Raises:
        SpecError: an unknown name or option.
    """
    entry = lookup("backbone", spec.name)
    return entry.make(num_classes, in_channels, entry.parse_options(spec.options))


def make_system(
    method: MethodSpec, backbone: BackboneSpec, num_classes: int, in_channels: int,
    streams: Streams, num_images: int = 0, make_teacher: MakeTeacher | None = None,
    notes: list[str] | None = None,
) -> Method:
    """A training system on the CPU, every part initialised from its own stream.

    Args:
        method: how is trained.
        backbone: what is trained.
        num_classes: K.
        in_channels: channels of the images.
        streams: of the run's seed.
        num_images: how many there are to train on.
        make_teacher: finds trained networks; without it there are none.
        notes: given a list, pretrained weights that the options name are loaded, and what is to
            be said of it is added; without it networks start from their random weights.

    Raises:
        SpecError: an unknown name or option, or a teacher that is not there or does not fit.
        DataError: weights of a teacher, or to start from, are missing or damaged.
    """

    def network(peer: int, name: str = "") -> Backbone:
        with streams.seeded(BACKBONE, peer):
            own = BackboneSpec(name=name) if name else backbone
            made = make_backbone(own, num_classes, in_channels)
        if notes is not None:
            options = lookup("backbone", own.name).parse_options(own.options)
            # Peers that were equal to the last layer would have nothing to tell each other.
            said = load_pretrained(made, options, own_classifier=peer > 0)
            notes.extend(line for line in said if line not in notes)
        return made

    def auxiliary(index: int) -> AbstractContextManager[None]:
        return streams.seeded(AUXILIARY, index)

    def teacher(source: str) -> Backbone:
        if make_teacher is None:
            return no_teacher(source)
        return make_teacher(source, num_classes, in_channels)

    entry = lookup("method", method.name)
    setting = Setting(num_classes, network, auxiliary, num_images, teacher)
    return entry.make(setting, entry.parse_options(method.options))


def make_regularizers(spec: RunSpec) -> list[Regularizer]:
    """What changes the batches of a run, in the order of their names.

    Raises:
        SpecError: an unknown name or option.
    """
    found = ((lookup("regularizer", name), spec.regularizers[name])
             for name in sorted(spec.regularizers))
    return [entry.make(entry.parse_options(options)) for entry, options in found]


def evaluation_metrics() -> dict[str, Metric]:
    """Every metric that is computed from logits and labels, by name."""
    return {entry.card.name: entry.make for entry in entries("metric")}


def make_augment(spec: DatasetSpec, data: ImageData) -> Augment:
    """What the spec's augmentation means for this dataset."""
    named = spec.augmentation
    if named == "standard":
        named = str(lookup("dataset", spec.name).card.facts.get("augmentation", "none"))
    height, width = data.train.images_NHWC.shape[1:3]
    shift = max(1, round(min(height, width) / CROP_PART)) if "crop" in named else 0
    return Augment(shift, flip="flip" in named)


def split(spec: DatasetSpec, data: ImageData) -> tuple[Indices, Indices]:
    """Which training images to train on, and which are held out for validation.

    Raises:
        DataError: fewer images are left than asked for.
    """
    labels = data.train.labels_N
    kept, held = hold_out(labels, spec.validation, spec.split_seed)
    if spec.train_images is not None:
        kept = subset(labels, kept, spec.train_images, spec.split_seed)
    if len(kept) < 2:
        raise DataError(f"dataset {spec.name} leaves {len(kept)} images to train on: give it more")
    return kept, held


def make_job(
    spec: RunSpec, workspace: Workspace, progress: Reporting = _quiet,
    make_teacher: MakeTeacher | None = None,
) -> Job:
    """Read the data, build the training system and put both on the device.

    Raises:
        DataError, SpecError: as `load_data` and `make_system`.
    """
    device = choose_device(spec.training.device)
    data = load_data(spec.dataset, workspace, progress)
    streams = Streams(spec.seed)
    channels = data.train.images_NHWC.shape[3]
    kept, held = split(spec.dataset, data)
    notes: list[str] = []
    system = make_system(
        spec.method, spec.backbone, len(data.classes), channels, streams, len(kept), make_teacher,
        notes,
    )
    system.to(device).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    normalise = Normalise(data.mean, data.std)
    batches = TrainingBatches(
        Images(data.train.images_NHWC, data.train.labels_N, kept, device), spec.training.batch_size,
        make_augment(spec.dataset, data), normalise, streams, system.num_views,
        partners=system.wants_partners,
    )
    decay = spec.training.ema_decay
    return Job(
        spec=spec, data=data, system=system,
        optimizer=make_optimizer(system, spec.training), batches=batches,
        validation=Images(data.train.images_NHWC, data.train.labels_N, held, device),
        test=Images(data.test.images_NHWC, data.test.labels_N, None, device),
        normalise=normalise, metrics=evaluation_metrics(), streams=streams,
        regularizers=make_regularizers(spec), notes=notes,
        average=RunningAverage(system.peers, decay) if decay else None,
    )


def catalogue_entries() -> list[Entry]:
    """Every entry of every kind, in the order in which the catalogue shows them."""
    return [entry for kind in KINDS for entry in entries(kind)]
