"""The shape of a certificate: what must hold of it before anything in it is used.

A seal can be forged, so a certificate is a stranger's text: every name, number and text has its
bounds here, and there is nothing else.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from engine.exports.latency import TIMED_BATCHES
from engine.exports.lines import MAX_REASON, MAX_TEXT, as_a_line, texts_of
from engine.spec.errors import ExportError

MAX_CLASSES, MAX_SIDE, MAX_IMAGES, MAX_PEERS = 65_536, 4096, 100_000_000, 64
_SHOWN = 80
_APART = 3.0
"""So many times the ratio of two medians may lie outside the interval of the median of ratios.

Of pairs of times of which every fourth is ten times as long, as on a busy machine, 2 in 60,000 do.
"""
_ABSENT: Any = None  # what an entry is that may be left out; it is never said to be that


def _plain_name(name: str) -> str:
    paths = PurePosixPath(name), PureWindowsPath(name)
    if name in ("", ".", "..") or "\0" in name or any(path.name != name for path in paths):
        raise ValueError("a file of a bundle has a plain name, without any folder")
    return name


PlainName = Annotated[str, AfterValidator(_plain_name)]
Count = Annotated[int, Field(ge=0, le=10**15)]
Images = Annotated[int, Field(ge=1, le=MAX_IMAGES)]
Percent = Annotated[float, Field(ge=0, le=100)]
Part = Annotated[float, Field(ge=0, le=1)]
NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Line = Annotated[str, Field(max_length=200)]
Reason = Annotated[str, Field(max_length=MAX_REASON)]
Version = Annotated[str, Field(pattern=r"^[\w.+!-]{1,60}$")]
Package = Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,40}$")]
Result = Annotated[str, Field(pattern=r"^test/[\w./-]{1,80}$")]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class _Split(_Told):
    training: Images
    validation: Count
    test: Images


class _Data(_Told):
    options: dict[str, Any]
    digest: Line
    title: Line
    summary: str
    images: _Split
    test_part: float = Field(_ABSENT, gt=0, lt=1)


class _Input(_Told):
    height: int = Field(ge=1, le=MAX_SIDE)
    width: int = Field(ge=1, le=MAX_SIDE)
    channels: Literal[1, 3]


class _Reference(_Told):
    num_images: Images
    of: Images
    test_top1: Percent
    test_ece: Percent
    test_top1_of_outputs: list[Percent] = Field(_ABSENT, min_length=2, max_length=MAX_CLASSES)
    images_sha256: Hash


class _Graph(_Told):
    nodes: Count
    tensors: Count
    numbers: Count
    sha256: Hash
    beyond_plain: Literal[0]


class _Latency(_Told):
    batch: Images
    ms: Positive
    plain_ms: Positive
    ratio: Positive
    ratio_interval: tuple[Positive, Positive] = Field(strict=False)
    calls: Images

    @model_validator(mode="after")
    def _lies_in_its_interval(self) -> Self:
        low, high = self.ratio_interval
        if not low <= self.ratio <= high:
            raise ValueError("a ratio lies in its interval")
        if not low / _APART <= self.ms / self.plain_ms <= high * _APART:
            raise ValueError("a ratio is about that of the two times")
        return self


def _of_the_timed_batches(rows: list[_Latency]) -> list[_Latency]:
    if tuple(row.batch for row in rows) != TIMED_BATCHES:
        raise ValueError(f"there is a row for batches of {' and '.join(map(str, TIMED_BATCHES))}")
    return rows


class _Budget(_Told):
    thresholds: list[float] = Field(min_length=2, max_length=MAX_CLASSES)
    exit_shares: list[Part]
    test_top1: Percent

    @model_validator(mode="after")
    def _is_of_every_exit(self) -> Self:
        if len(self.thresholds) != len(self.exit_shares):
            raise ValueError("every exit has a threshold and a share of the images")
        return self


class _Expected(_Budget):
    expected_multiply_adds: NotNegative


class _Leaving(_Budget):
    ms: Positive
    num_images: Images
    timed_images: Images
    expected_multiply_adds: NotNegative = Field(_ABSENT)


class _Part(_Told):
    name: Line
    recipe: str
    params_left_out: Count
    exit: int = Field(_ABSENT, ge=1, le=MAX_CLASSES)
    path: str = Field(_ABSENT, pattern=r"^[01]{1,4096}$")
    reparameterized: Literal[True] = Field(_ABSENT)
    multiply_adds: Count | list[Count]
    leave_early: list[_Expected] = Field(_ABSENT, min_length=1, max_length=MAX_CLASSES)
    folded_batch_norms: dict[str, str] = Field(_ABSENT, min_length=1, max_length=65_536)
    params_before_folding: Count = Field(_ABSENT)

    @model_validator(mode="after")
    def _says_both_of_folding(self) -> Self:
        if (self.folded_batch_norms is None) != (self.params_before_folding is None):
            raise ValueError("folded batch norms and the parameters before go together")
        return self


class _Disagreeing(_Told):
    num_images: Count
    largest_margin: NotNegative
    median_margin: NotNegative


class _Proof(_Told):
    file: PlainName
    sha256: Hash
    bytes: Count
    options: dict[str, Any]
    takes_pixels: bool
    top1_agreement: Part
    max_abs_logit_diff: NotNegative
    max_rel_logit_diff: NotNegative
    tolerance: NotNegative
    disagreeing: _Disagreeing
    num_images: Images
    test_top1: Percent
    test_ece: Percent
    test_top1_of_outputs: list[Percent] = Field(_ABSENT, min_length=2, max_length=MAX_CLASSES)
    graph: _Graph
    latency: Annotated[list[_Latency], AfterValidator(_of_the_timed_batches)]
    latency_ms_batch1: Positive
    warnings: list[Line] = Field(max_length=1)
    leave_early: list[_Leaving] = Field(_ABSENT, min_length=1, max_length=64)


class _File(_Told):
    sha256: Hash
    bytes: Count


class _Backbone(_Told):
    name: Line
    options: dict[str, Any]


class _Metric(_Told):
    title: Line
    unit: Line


class _Peer(_Told):
    number: int = Field(ge=1, le=MAX_PEERS)
    of: int = Field(ge=2, le=MAX_PEERS)
    chosen: str
    val_top1: list[Percent] = Field(_ABSENT, min_length=2, max_length=MAX_PEERS)


class _Temperature(_Told):
    values: list[Annotated[float, Field(gt=0, le=1e6)]] = Field(min_length=1, max_length=4096)
    num_images: Images
    test_ece_before: Percent


class _Averaged(_Told):
    steps: list[Count] = Field(min_length=2, max_length=65_536)


class _Ema(_Told):
    decay: float = Field(gt=0, lt=1)


class _Certificate(_Told):
    version: Count
    seal: Hash
    run: Count
    name: str
    seed: Count
    digest: str = Field(pattern=r"^[0-9a-f]{1,64}$")
    method: Line
    backbone: Line
    backbone_options: dict[str, Any]
    dataset: Line
    spec: dict[str, Any]
    data: _Data
    license: Line
    weights: Literal["best", "last", "average", "ema"]
    step: Count
    num_classes: int = Field(ge=1, le=MAX_CLASSES)
    input: _Input
    params_training: Count
    params_deployed: Count
    params_plain: Count
    params_removed: Count
    removed_modules: dict[str, Count] = Field(max_length=65_536)
    part: _Part
    results: dict[Result, float] = Field(max_length=256)
    metrics: dict[Result, _Metric] = Field(max_length=256)
    reference: _Reference
    formats: dict[Line, _Proof] = Field(min_length=1, max_length=64)
    files: dict[PlainName, _File] = Field(max_length=256)
    versions: dict[Package, Version] = Field(max_length=64)
    machine: str = Field(pattern=r"^[\w .-]{1,100}$")
    threads: Count
    created_at: str = Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
    not_written: dict[Line, Reason] = Field(max_length=64)
    teacher: _Backbone = Field(_ABSENT)
    peer: _Peer = Field(_ABSENT)
    ensemble: list[_Backbone] = Field(_ABSENT, min_length=2, max_length=MAX_PEERS)
    temperature: _Temperature = Field(_ABSENT)
    averaged: _Averaged = Field(_ABSENT)
    ema: _Ema = Field(_ABSENT)
    forked_from: Count = Field(_ABSENT)
    forked_at: Count = Field(_ABSENT)

    @model_validator(mode="after")
    def _says_what_belongs_together(self) -> Self:
        if (self.forked_from is None) != (self.forked_at is None):
            raise ValueError("a fork has the run that it goes on from, and an epoch")
        if self.temperature is not None and "test/ece" not in self.results:
            raise ValueError("with a temperature there is a calibration error, test/ece")
        for weights, told in (("average", self.averaged), ("ema", self.ema)):
            if (self.weights == weights) != (told is not None):
                raise ValueError(f"{weights} weights are told of where they ship, and nowhere else")
        if self.peer is not None and self.ensemble is not None:
            raise ValueError("one peer ships, or all as an ensemble")
        return self


def check_shape(certificate: Mapping[str, Any]) -> None:
    """Check that a certificate says what certificates say, within what is possible.

    Raises:
        ExportError: it does not; one line that names the place.
    """
    for text in texts_of(certificate):
        if len(text) > MAX_TEXT or as_a_line(text) != text:
            raise ExportError(
                f"the certificate says {_short(repr(text))}, which is no line of {MAX_TEXT:,} "
                "letters at most"
            )
    try:
        _Certificate.model_validate(certificate)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"] if part != "[key]")
        said = problem["msg"].removeprefix("Value error, ")
        told = repr(problem["input"])
        if problem["type"] == "missing":
            told = "nothing"
        if not where:
            raise ExportError(f"the certificate contradicts itself: {said}") from None
        raise ExportError(
            f"the certificate says {_short(told)} of {_short(where)}: "
            f"{_short(said[0].lower() + said[1:])}"
        ) from None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"
