"""From a certificate back to networks: what was trained, and what ships of the plain backbone."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from torch import nn

from engine.backbones.backbone import Backbone, count_parameters
from engine.build import make_backbone, make_system
from engine.chores.export_choice import AS_ASKED, best_peer, peer_specs
from engine.exports.certificate import portable, portable_backbone
from engine.exports.ensemble import Ensemble, ensembled
from engine.exports.failure import first_line
from engine.exports.folded import BEFORE, FOLDED, folded_again
from engine.exports.part import Part, part_again
from engine.exports.shipment import removed_modules
from engine.exports.tempered import tempered
from engine.methods.method import Method, no_teacher
from engine.registry import lookup
from engine.spec.errors import ExportError, SpecError
from engine.spec.options import parse
from engine.spec.run_spec import BackboneSpec, RunSpec
from engine.training.streams import Streams

if TYPE_CHECKING:
    from engine.spec.card import Kind

Certificate = Mapping[str, Any]
_TOLD = "leave_early", BEFORE
"""What is told of a part, in files too, and does not follow from the network alone."""


def unknown_here(certificate: Certificate) -> list[str]:
    """What a certificate names that this installation does not know: plug-ins have their own."""
    named: list[tuple[Kind, str]] = [
        *(("backbone", each["name"]) for each in _shipped(certificate)),
        ("method", certificate["method"]),
    ]
    missing: list[str] = []
    for kind, name in named:
        try:
            lookup(kind, name)
        except SpecError:
            missing.append(f"{kind} {name}")
    return missing


def blank_of(certificate: Certificate) -> nn.Module:
    """What ships of the plain backbone, untrained, in eval mode.

    Raises:
        ExportError: there is no such backbone or part.
    """
    with _in_one_line("what ships"):
        network, part = _plain(certificate)
        return part.cut(network).eval()


def part_of(certificate: Certificate) -> Part:
    """The part that ships, with what is known of it.

    Raises:
        ExportError: the network has no such part.
    """
    with _in_one_line("what ships"):
        return _plain(certificate)[1]


def spec_of(certificate: Certificate) -> RunSpec:
    """The run's spec.

    Raises:
        ExportError: it is none, or the certificate says otherwise elsewhere.
    """
    try:
        spec = parse(RunSpec, certificate["spec"], "spec")
    except SpecError as error:
        raise ExportError(f"the certificate's spec is none: {error}") from None
    said = {
        "spec": certificate["spec"], "seed": certificate["seed"], "method": certificate["method"],
        "dataset": certificate["dataset"], "options": certificate["data"]["options"],
    }
    found = {
        "spec": portable(spec), "seed": spec.seed, "method": spec.method.name,
        "dataset": spec.dataset.name, "options": spec.dataset.options,
    }
    if odd := [key for key in said if said[key] != found[key]]:
        raise ExportError(f"the certificate's {odd[0]} is not that of its spec")
    if "forked_from" in certificate and certificate["digest"] == spec.digest():
        raise ExportError("the certificate tells of a fork, whose variant is that of no fork")
    return spec


def check_training(certificate: Certificate) -> None:
    """Build the training system again, and count what of it ships and what does not.

    Raises:
        ExportError: modules or parameters are others than the certificate says.
    """
    spec, data = spec_of(certificate), certificate["data"]["images"]
    taught: list[str] = []

    def teacher(source: str, *size: int) -> Backbone:
        taught.append(source)
        return _teacher(certificate, source, *size)

    with _in_one_line("the training system"):
        system = make_system(
            spec.method, spec.backbone, *_size(certificate), Streams(spec.seed), data["training"],
            teacher,
        )
        networks = [peer for peer in system.peers if isinstance(peer, Backbone)]
        _check_others(certificate, bool(taught), len(networks))
        ships, specs = _ships(certificate), peer_specs(spec, len(system.peers))
        network = _network(system, ships)
        removed = removed_modules(system, ships)
        shipped = [portable_backbone(specs[p]) for p in ships or (0,)]
    if shipped != _shipped(certificate):
        raise ExportError("the network that ships is not the one that the spec trains")
    trained, own = count_parameters(system), count_parameters(network)
    counted = {
        "params_training": trained, "params_removed": trained - own, "removed_modules": removed,
        "params_left_out": own - certificate["part"].get(BEFORE, certificate["params_deployed"]),
    }
    said = {**certificate, "params_left_out": certificate["part"]["params_left_out"]}
    for key, value in counted.items():
        if said[key] != value:
            raise ExportError(
                f"the training system, built again, has {key} = {value}, and the certificate says "
                f"{said[key]}"
            )


def _check_others(certificate: Certificate, is_taught: bool, num_peers: int) -> None:
    """Check that those are told of that a network learned from and with, and no others.

    Raises:
        ExportError: they are not.
    """
    if ("teacher" in certificate) != is_taught:
        raise ExportError(f"the certificate tells of {'no' if is_taught else 'a'} teacher")
    if len(certificate.get("ensemble", range(num_peers))) != num_peers:
        raise ExportError(f"the certificate's ensemble is not of {num_peers} networks")
    if not (told := certificate.get("peer")):
        return
    number, reached = told["number"], told.get("val_top1")
    if num_peers == 1 or told["of"] != num_peers or number > num_peers:
        raise ExportError(f"the certificate tells of a peer that is none of {num_peers} networks")
    expected = (number, AS_ASKED) if reached is None else best_peer(reached)
    if len(reached or range(num_peers)) != num_peers or (number, told["chosen"]) != expected:
        raise ExportError("the certificate's peer is another than is chosen in the way it says")


def _plain(certificate: Certificate) -> tuple[Backbone, Part]:
    """The plain network, untrained, and the part of it that ships."""
    size, members = _size(certificate), certificate.get("ensemble")
    if members:
        network = Ensemble([make_backbone(_backbone(member), *size) for member in members])
        part = ensembled(network)
    else:
        network = make_backbone(_backbone(*_shipped(certificate)), *size)
        height, width = (certificate["input"][side] for side in ("height", "width"))
        part = part_again(certificate["part"], network, (height, width))
    if pairs := certificate["part"].get(FOLDED):
        part = folded_again(part, pairs)
    kept = {key: certificate["part"][key] for key in _TOLD if key in certificate["part"]}
    part = replace(part, facts={**part.facts, **kept})
    told = certificate.get("temperature")
    if told is None:
        return network, part
    if len(told["values"]) != len(part.outputs):
        raise ExportError(f"{len(told['values'])} temperatures of {len(part.outputs)} outputs")
    return network, tempered(part, told["values"])


def _shipped(certificate: Certificate) -> Sequence[Mapping[str, Any]]:
    """What ships, network by network."""
    return certificate.get("ensemble") or [
        {"name": certificate["backbone"], "options": certificate["backbone_options"]}
    ]


def _backbone(told: Mapping[str, Any]) -> BackboneSpec:
    return parse(BackboneSpec, told, "backbone")


def _size(certificate: Certificate) -> tuple[int, int]:
    return certificate["num_classes"], certificate["input"]["channels"]


def _teacher(certificate: Certificate, source: str, *size: int) -> Backbone:
    told = certificate.get("teacher")
    if told is None:
        return no_teacher(source)
    return make_backbone(_backbone(told), *size).eval().requires_grad_(False)


def _ships(certificate: Certificate) -> tuple[int, ...] | None:
    """Which peers ship, from 0; None: what the method says."""
    if members := certificate.get("ensemble"):
        return tuple(range(len(members)))
    peer = certificate.get("peer")
    return (peer["number"] - 1,) if peer else None


def _network(system: Method, ships: Sequence[int] | None) -> nn.Module:
    """The network inside a training system that ships."""
    if ships is None:
        return system.deployable()
    return nn.ModuleList([system.peers[p] for p in ships])


@contextmanager
def _in_one_line(what: str) -> Iterator[None]:
    """Say in a line what goes wrong while something is built as a certificate says.

    Raises:
        ExportError: something did.
    """
    try:
        yield
    except ExportError:
        raise
    except Exception as error:  # options of a stranger can make a network raise anything
        raise ExportError(
            f"{what} cannot be built as the certificate says: {first_line(error)}"
        ) from error
