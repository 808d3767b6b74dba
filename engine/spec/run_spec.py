"""What a run is: the whole of what decides its numbers, and nothing else."""

import hashlib
import json
import math
import os
import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from engine.spec.naming import with_options
from engine.spec.options import Options, option

MAX_SEED = 2**32 - 1

OF_NO_MATTER = (
    "device", "threads", "deterministic", "gradients_every", "checkpoint_minutes", "keep_every"
)
"""Settings of the training that are not to change its numbers."""

COST_NOTHING = (
    "epochs", "lr", "momentum", "nesterov", "weight_decay", "schedule", "warmup_epochs",
    "milestones", "gamma", "sam_rho", "asam_rho", "checkpoint_minutes", "keep_every",
)
"""Settings of the training that leave an epoch as long as it is."""


class DatasetSpec(Options):
    """Which images, and how they are split and augmented."""

    name: str = option("digits", "Name of the dataset.")
    root: str | None = option(
        None, "Folder that holds the files; empty searches the usual places.", title="Folder"
    )
    validation: float = option(
        0.1,
        "Part of the training images held out, stratified, to choose by; test is never chosen by.",
        title="Validation part", ge=0.0, le=0.5,
    )
    split_seed: int = option(
        0, "Seed of the held-out part; equal seeds hold out the same images.",
        title="Split seed", ge=0, le=MAX_SEED,
    )
    train_images: int | None = option(
        None, "Train on so many images only (stratified); empty uses all.", ge=2
    )
    augmentation: Literal["standard", "none", "flip", "crop", "crop_flip"] = option(
        "standard",
        "Random shifts by an eighth of the size and horizontal flips; standard is what suits "
        "the dataset.",
    )
    options: dict[str, Any] = Field(default_factory=dict, description="The dataset's own options.")

    @field_validator("root")
    @classmethod
    def _absolute(cls, root: str | None) -> str | None:
        """The engine works elsewhere: a relative folder is meant from where the spec was read."""
        return root and _absolute_path(root)


class BackboneSpec(Options):
    """The network that is trained and shipped."""

    name: str = option("resnet8", "Name of the backbone.")
    options: dict[str, Any] = Field(default_factory=dict, description="The backbone's own options.")

    @field_validator("options")
    @classmethod
    def _absolute(cls, options: dict[str, Any]) -> dict[str, Any]:
        """A file of weights is meant from where the spec was read, like a dataset's folder."""
        weights = options.get("weights")
        if isinstance(weights, str) and weights != "default":
            return {**options, "weights": _absolute_path(weights) if weights.strip() else None}
        return options


class MethodSpec(Options):
    """How it is trained."""

    name: str = option("plain", "Name of the training method.")
    options: dict[str, Any] = Field(default_factory=dict, description="The method's own options.")


class TrainingSpec(Options):
    """Recipe: the same for every method, so that methods can be compared."""

    epochs: int = option(30, "Passes over the training images.", ge=1, le=100_000)
    batch_size: int = option(128, "Images a step.", unit="images", ge=2, le=65_536)
    optimizer: Literal["sgd", "adamw"] = option("sgd", "SGD with Nesterov momentum, or AdamW.")
    lr: float = option(
        0.1, "Peak learning rate (about 0.1 for SGD, 0.001 for AdamW).",
        title="Learning rate", gt=0.0, le=100.0,
    )
    momentum: float = option(
        0.9, "Momentum of SGD.", ge=0.0, lt=1.0, visible_when={"optimizer": ["sgd"]}
    )
    nesterov: bool = option(
        True, "Nesterov's momentum.", title="Nesterov momentum", visible_when={"optimizer": ["sgd"]}
    )
    weight_decay: float = option(5e-4, "Weight decay on all parameters.", ge=0.0, le=10.0)
    schedule: Literal["cosine", "multistep", "one_cycle", "constant"] = option(
        "cosine", "How the learning rate falls."
    )
    warmup_epochs: float = option(
        0.0, "Linear warm-up before the schedule.", unit="epochs", ge=0.0,
        visible_when={"schedule": ["cosine", "multistep", "constant"]},
    )
    milestones: tuple[float, ...] = option(
        (0.5, 0.75), "Where the rate drops, as parts of the training.",
        visible_when={"schedule": ["multistep"]},
    )
    gamma: float = option(
        0.1, "Factor of each drop.", gt=0.0, le=1.0, visible_when={"schedule": ["multistep"]}
    )
    sharpness: Literal["none", "sam", "asam"] = option(
        "none", "Sharpness-aware minimisation: takes the gradient where the loss is worst nearby; "
        "a step costs twice as much.",
        title="Sharpness-aware", source="SAM: arXiv 2010.01412, ASAM: arXiv 2102.11600",
    )
    sam_rho: float = option(
        0.05, "How far SAM looks around.", title="SAM ρ", source="Foret et al. 2021",
        gt=0.0, le=100.0, visible_when={"sharpness": ["sam"]},
    )
    asam_rho: float = option(
        2.0, "How far ASAM looks around, in units of each weight.", title="ASAM ρ",
        source="davda54/sam on CIFAR-10", gt=0.0, le=100.0, visible_when={"sharpness": ["asam"]},
    )
    ema_decay: float = option(
        0.0, "Average the weights over the steps beside training them (exponentially, with this "
        "decay, such as 0.999). The average is evaluated and can be exported; the training does "
        "not change. 0: no average.",
        title="Averaged weights (EMA)", source="Polyak & Juditsky 1992", ge=0.0, lt=1.0,
    )
    device: str = option(
        "auto", "auto, cpu, cuda, cuda:1, mps …",
    )
    precision: Literal["auto", "float32", "bfloat16"] = option(
        "auto", "bfloat16 autocast where the device gains from it, or as said."
    )
    compile: Literal["off", "default", "cuda_graphs"] = option(
        "off", "Compile the network for training (torch.compile): some steps are quicker, and the "
        "first takes up to minutes. cuda_graphs also replays whole passes on a GPU, for small "
        "networks.",
    )
    deterministic: bool = option(
        True, "On a GPU, algorithms that give the same bits every time; off is quicker there. On a "
        "CPU they always do.",
    )
    threads: int = option(
        0, "CPU threads; 0: as many as pay, within the run's cores. The last digits depend on it.",
        title="CPU threads", ge=0, le=1024,
    )
    gradients_every: int = option(
        200, "Every so many steps, cosine and ratio of the gradients of the task and of the "
        "auxiliary terms, by stage; a look takes about a step and a half. 0: never.",
        title="Look at gradients every", ge=0, unit="steps",
    )
    checkpoint_minutes: float = option(
        10.0, "Within an epoch, a checkpoint every so many minutes; 0 writes them at the ends of "
        "epochs only.",
        title="Checkpoint every", unit="min", ge=0.0, le=100_000.0,
    )
    keep_every: int = option(
        0, "Keep the checkpoints of every so many epochs besides the newest; 0 keeps none.",
        title="Keep checkpoints every", unit="epochs", ge=0, le=100_000,
    )

    @field_validator("milestones")
    @classmethod
    def _parts(cls, milestones: tuple[float, ...]) -> tuple[float, ...]:
        if not all(0 < part < 1 for part in milestones):
            raise ValueError("each must be a part of the training, above 0 and below 1")
        return milestones

    @field_validator("device")
    @classmethod
    def _known_device(cls, device: str) -> str:
        if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", device):
            raise ValueError("a device is auto, cpu, cuda, cuda:1 (another number) or mps")
        return device

    @field_validator("warmup_epochs")
    @classmethod
    def _shorter_than_the_training(cls, warmup: float, info: ValidationInfo) -> float:
        if warmup > 0 and warmup >= info.data.get("epochs", math.inf):
            raise ValueError("must be shorter than the training")
        return warmup


class RunSpec(Options):
    """One run: a variant with its seed.

    Attributes:
        name: experiment that the run belongs to.
        seed: the number all of the run's random streams are derived from.
    """

    name: str = option("experiment", "Experiment that groups the runs.", min_length=1)
    seed: int = option(0, "Seed of every random stream.", ge=0, le=MAX_SEED)
    dataset: DatasetSpec = DatasetSpec()
    backbone: BackboneSpec = BackboneSpec()
    method: MethodSpec = MethodSpec()
    regularizers: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Regularizers below the method, each with its options."
    )
    training: TrainingSpec = TrainingSpec()

    def digest(self) -> str:
        """Identity of the variant: 12 hex digits over the non-default fields.

        Name, seed, device, threads, determinism and how checkpoints are kept are left out: runs
        that differ only in those are the same variant. New options with defaults leave old digests
        as they are.
        """
        return _hash(self._identity())

    def pace_digest(self) -> str:
        """Identity of what takes time: runs that share it take equally long an epoch there.

        Left out is what costs nothing: name, seeds, and `COST_NOTHING`. Options of parts count,
        all of them, and so does the device that is asked for.
        """
        return _hash(self._identity(COST_NOTHING, ("split_seed",)))

    def context_digest(self) -> str:
        """Identity of all but what is compared: method, regularizers, sharpness-awareness."""
        identity = self._identity()
        for compared in ("method", "regularizers"):
            identity.pop(compared, None)
        for compared in ("sharpness", "sam_rho", "asam_rho"):
            identity.get("training", {}).pop(compared, None)
        return _hash(identity)

    def arm(self) -> str:
        """What is compared, by name: the method with the regularizers and SAM, if there are any."""
        sharpness = [] if self.training.sharpness == "none" else [self.training.sharpness]
        return "+".join([self.method.name, *sorted(self.regularizers), *sharpness])

    def variant(self) -> str:
        """What is compared, with the method's options: "sila (alpha = 0, beta = 1)"."""
        return with_options(self.arm(), self.method.options)

    def _identity(
        self, but: Sequence[str] = OF_NO_MATTER, but_of_dataset: Sequence[str] = ()
    ) -> dict[str, Any]:
        identity = self.model_dump(
            mode="json",
            exclude_defaults=True,
            exclude={
                "name": True, "seed": True, "dataset": dict.fromkeys(but_of_dataset, True),
                "training": dict.fromkeys(but, True),
            },
        )
        for options in identity.get("regularizers", {}).values():
            options["on"] = True  # one without options of its own counts too
        return identity


def _absolute_path(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111


def _hash(identity: dict[str, Any]) -> str:
    text = json.dumps(_pruned(identity), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _pruned(value: Any) -> Any:
    """Drop empty tables, so that an excluded field leaves no trace."""
    if isinstance(value, dict):
        inner = {k: _pruned(v) for k, v in value.items()}  # pyright: ignore[reportUnknownVariableType]
        return {k: v for k, v in inner.items() if v != {}}  # pyright: ignore[reportUnknownVariableType]
    return value
