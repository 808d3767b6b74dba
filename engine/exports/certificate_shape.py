"""The shape of a certificate: what must hold of it before anything in it is used.

A seal can be forged, so a certificate is a stranger's text: every name and number that a
verification follows has its bounds here. What only describes is not listed, and may be more.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from engine.spec.errors import ExportError

MAX_CLASSES, MAX_SIDE, MAX_IMAGES, MAX_PEERS = 65_536, 4096, 100_000_000, 64
_SHOWN = 80


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
Positive = Annotated[float, Field(ge=0)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)


class _Split(_Told):
    training: Images
    validation: Count
    test: Images


class _Data(_Told):
    options: dict[str, Any]
    digest: str
    title: str
    summary: str
    images: _Split
    test_part: float | None = Field(None, gt=0, lt=1)


class _Input(_Told):
    height: int = Field(ge=1, le=MAX_SIDE)
    width: int = Field(ge=1, le=MAX_SIDE)
    channels: Literal[1, 3]


class _Part(_Told):
    name: str
    params_left_out: Count
    exit: int | None = Field(None, ge=1, le=MAX_CLASSES)
    path: str | None = Field(None, pattern=r"^[01]{1,4096}$")
    multiply_adds: Count | list[Count]
    folded_batch_norms: dict[str, str] | None = Field(None, min_length=1, max_length=65_536)
    params_before_folding: Count | None = None


class _Reference(_Told):
    num_images: Images
    of: Images
    test_top1: Percent
    test_ece: Percent
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
    ratio_interval: list[Positive] = Field(min_length=2, max_length=2)
    calls: Images


class _Leaving(_Told):
    thresholds: list[float] = Field(min_length=1, max_length=MAX_CLASSES)
    ms: Positive
    exit_shares: list[Part]
    test_top1: Percent
    num_images: Images


class _Disagreeing(_Told):
    num_images: Count
    largest_margin: Positive
    median_margin: Positive


class _Proof(_Told):
    file: PlainName
    sha256: Hash
    bytes: Count
    options: dict[str, Any]
    takes_pixels: bool
    top1_agreement: Part
    max_abs_logit_diff: Positive
    max_rel_logit_diff: Positive
    tolerance: Positive
    disagreeing: _Disagreeing
    num_images: Images
    test_top1: Percent
    test_ece: Percent
    graph: _Graph
    latency: list[_Latency] = Field(min_length=1, max_length=16)
    latency_ms_batch1: Positive
    warnings: list[str]
    leave_early: list[_Leaving] | None = Field(None, min_length=1, max_length=64)


class _File(_Told):
    sha256: Hash
    bytes: Count


class _Backbone(_Told):
    name: str
    options: dict[str, Any]


class _Metric(_Told):
    title: str
    unit: str


class _Peer(_Told):
    number: int = Field(ge=1, le=MAX_PEERS)
    of: int = Field(ge=2, le=MAX_PEERS)
    chosen: str


class _Temperature(_Told):
    values: list[Annotated[float, Field(gt=0, le=1e6)]] = Field(min_length=1, max_length=4096)
    num_images: Images
    test_ece_before: Percent


class _Certificate(_Told):
    run: Count
    name: str
    seed: Count
    digest: str
    method: str
    backbone: str
    backbone_options: dict[str, Any]
    dataset: str
    spec: dict[str, Any]
    data: _Data
    license: str
    weights: str
    step: Count
    num_classes: int = Field(ge=1, le=MAX_CLASSES)
    input: _Input
    params_training: Count
    params_deployed: Count
    params_plain: Count
    params_removed: Count
    removed_modules: dict[str, Count]
    part: _Part
    results: dict[str, float]
    metrics: dict[str, _Metric]
    reference: _Reference
    formats: dict[str, _Proof] = Field(min_length=1, max_length=64)
    files: dict[PlainName, _File] = Field(max_length=256)
    versions: dict[str, str]
    machine: str
    threads: Count
    created_at: str
    not_written: dict[str, str] = {}
    teacher: _Backbone | None = None
    peer: _Peer | None = None
    ensemble: list[_Backbone] | None = Field(None, min_length=2, max_length=MAX_PEERS)
    temperature: _Temperature | None = None


def check_shape(certificate: Mapping[str, Any]) -> None:
    """Check that a certificate says what certificates say, within what is possible.

    Raises:
        ExportError: it does not; one line that names the place.
    """
    try:
        _Certificate.model_validate(certificate)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"] if part != "[key]")
        said = problem["msg"].removeprefix("Value error, ")
        told = repr(problem["input"])
        if problem["type"] == "missing":
            told = "nothing"
        raise ExportError(
            f"the certificate says {_short(told)} of {_short(where)}: "
            f"{_short(said[0].lower() + said[1:])}"
        ) from None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"
