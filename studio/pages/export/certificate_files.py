"""The files of a bundle as a certificate tells of them, and all of it as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication

from studio.item_models.wording import NOTHING, file_size
from studio.pages.export.certificate_text import Certificate, Line, fact_lines

_translate = QCoreApplication.translate
_FLOAT32, _INT8 = "onnx", "onnx_int8"
TIMES = 3
"""The first of the columns that tell how long a file takes."""


@dataclass(frozen=True)
class FormatRow:
    """One file, as a row of the table.

    Attributes:
        cells: texts, by columns but the last; the first is what the file is.
        size: of the file, in words.
        likeness: how its answers were set against the trained network's, in a sentence.
        sha256: of the file, empty for the trained network itself.
        tone: good where it names the trained network's class every time, warn where the
            certificate warns of it.
        times: how long it takes for one image and for many, a sentence each.
    """

    cells: tuple[str, ...]
    size: str = ""
    likeness: str = ""
    sha256: str = ""
    tone: str = ""
    times: tuple[str, ...] = ()


def format_titles() -> tuple[str, ...]:
    """Return the titles of the table's columns."""
    return (
        _translate("Certificate", "File"), _translate("Certificate", "Test top-1"),
        _translate("Certificate", "As trained"), _translate("Certificate", "1 image"),
        _translate("Certificate", "32 images"), _translate("Certificate", "Size"),
    )


def format_rows(certificate: Certificate, titles: Mapping[str, str]) -> list[FormatRow]:
    """Return the trained network and the files beside each other.

    Args:
        certificate: of the bundle.
        titles: what people call each format, by name.
    """
    rows: list[FormatRow] = []
    if reference := certificate.get("reference"):
        rows.append(FormatRow((
            _translate("Certificate", "trained network"), _top1(reference),
            "", "", "",
        )))
    formats: Mapping[str, Mapping[str, Any]] = certificate.get("formats", {})
    rows += [_format_row(titles.get(name, name), facts) for name, facts in formats.items()]
    return rows


def _format_row(title: str, facts: Mapping[str, Any]) -> FormatRow:
    agrees, apart = 100 * float(facts["top1_agreement"]), facts["max_abs_logit_diff"]
    like = _translate("Certificate", "{percent:.4g} %\n± {apart:.2g}").format(
        percent=agrees, apart=apart
    )
    cells = (
        f"{title}\n{facts['file']}", _top1(facts), like, *_latencies(facts),
    )
    tone = "warn" if facts.get("warnings") else "good" if agrees == 100 else "info"
    return FormatRow(
        cells, file_size(facts["bytes"]), _likeness(facts), str(facts["sha256"]), tone,
        tuple(map(_timed, facts.get("latency", ())[:2])),
    )


def _likeness(facts: Mapping[str, Any]) -> str:
    said = _translate(
        "Certificate", "The same class as the trained network for {percent:.4g} % of {images:,} "
        "test images; logits are {apart:.2g} apart at most."
    ).format(
        percent=100 * facts["top1_agreement"], images=facts["num_images"],
        apart=facts["max_abs_logit_diff"],
    )
    if "max_rel_logit_diff" not in facts:  # of an older bundle
        return said
    return said + "\n" + _translate("Certificate", "{part:.2g} of the largest logit").format(
        part=facts["max_rel_logit_diff"]
    )


def _top1(facts: Mapping[str, Any]) -> str:
    if "test_top1" not in facts:
        return NOTHING
    return _translate("Certificate", "{top1:.2f} %\nECE {ece:.2f} %").format(
        top1=facts["test_top1"], ece=facts["test_ece"]
    )


def _latencies(facts: Mapping[str, Any]) -> list[str]:
    """For 1 and for 32 images."""
    if timed := facts.get("latency"):
        return [
            _translate("Certificate", "{ms:.2f} ms\n{ratio:.2f} × plain").format(
                ms=each["ms"], ratio=_ratio(each)
            )
            for each in timed[:2]
        ]
    alone = facts.get("latency_ms_batch1")
    text = NOTHING if alone is None else _translate("Certificate", "{ms:.2f} ms").format(ms=alone)
    return [text, NOTHING]


def warnings_of(certificate: Certificate, titles: Mapping[str, str]) -> list[str]:
    """Return what the certificate warns of, a line each."""
    formats: Mapping[str, Mapping[str, Any]] = certificate.get("formats", {})
    return [
        _translate("Certificate", "Warning: {title}: {text}.").format(
            title=titles.get(name, name), text=text
        )
        for name, facts in formats.items() for text in facts.get("warnings", ())
    ] + [
        _translate("Certificate", "{title} was not written: {text}.").format(
            title=titles.get(name, name), text=text
        )
        for name, text in certificate.get("not_written", {}).items()
    ]


def notes_of(certificate: Certificate) -> list[str]:
    """Return what is no fault and might surprise: disagreements, and integers that are slower."""
    formats: Mapping[str, Mapping[str, Any]] = certificate.get("formats", {})
    apart = [
        _apart(facts["file"], told) for facts in formats.values()
        if (told := facts.get("disagreeing", {})).get("num_images")
    ]
    return [*apart, *_slower(formats)]


def _apart(file: str, told: Mapping[str, Any]) -> str:
    return _translate(
        "Certificate", "{file} names another class for {images:,} of the images; the trained "
        "network's two highest logits are {largest:.2g} apart there at most, {median:.2g} in the "
        "median."
    ).format(
        file=file, images=told["num_images"], largest=told["largest_margin"],
        median=told["median_margin"],
    )


def _slower(formats: Mapping[str, Mapping[str, Any]]) -> list[str]:
    exact, small = formats.get(_FLOAT32, {}), formats.get(_INT8, {})
    slower = [
        _translate("Certificate", "{ours:.2f} ms instead of {theirs:.2f} for a batch of {batch}")
        .format(ours=own["ms"], theirs=other["ms"], batch=own["batch"])
        for own, other in zip(small.get("latency", ()), exact.get("latency", ()), strict=False)
        if own["ms"] > other["ms"]
    ]
    if not slower:
        return []
    return [_translate(
        "Certificate", "{small} is slower than {exact} on the computer that wrote it ({times}): "
        "8-bit integers are quicker only where the processor has instructions for them."
    ).format(small=small["file"], exact=exact["file"], times=", ".join(slower))]


def proof_line(certificate: Certificate) -> str:
    """Return what the files hold, where that was looked at; else empty."""
    formats: Mapping[str, Mapping[str, Any]] = certificate.get("formats", {})
    each = [
        _translate("Certificate", "{file} {nodes:,} and {tensors:,}").format(
            file=facts["file"], nodes=facts["graph"]["nodes"], tensors=facts["graph"]["tensors"]
        )
        for facts in formats.values() if "graph" in facts
    ]
    if not each:
        return ""
    return _translate(
        "Certificate", "As trained: for how many test images a file names the same class as the "
        "trained network, and how far its logits are apart at most. No file holds an operator or "
        "a tensor beyond those of the plain backbone, written in the same way. Operators and "
        "tensors: {files}."
    ).format(files=", ".join(each))


def times_line(certificate: Certificate) -> str:
    """Return how files were timed, where that was told; else empty."""
    formats: Mapping[str, Mapping[str, Any]] = certificate.get("formats", {})
    calls = [each["calls"] for facts in formats.values() for each in facts.get("latency", ())]
    if not calls:
        return ""
    least, most = min(calls), max(calls)
    count = f"{least:,}" if least == most else _translate(
        "Certificate", "{least:,} to {most:,}").format(least=least, most=most)
    return _translate(
        "Certificate", "Times are medians of {count} calls, in turns with the plain backbone's, "
        "written in the same way."
    ).format(count=count)


def _timed(timed: Mapping[str, Any]) -> str:
    """How long calls took, in a sentence."""
    said = _translate(
        "Certificate", "{ms:.3f} ms, the plain backbone {plain:.3f} ms: medians of {calls:,} calls"
    ).format(ms=timed["ms"], plain=timed["plain_ms"], calls=timed["calls"])
    if "ratio_interval" not in timed:  # of an older bundle
        return said
    low, high = timed["ratio_interval"]
    return _translate(
        "Certificate", "{said}, {ratio:.3f} times as long (95 % interval {low:.3f} to {high:.3f})"
    ).format(said=said, ratio=_ratio(timed), low=low, high=high)


def _ratio(timed: Mapping[str, Any]) -> float:
    """How many times as long as the plain backbone it takes."""
    return float(timed.get("ratio", timed["ms"] / timed["plain_ms"]))


# ---- Markdown


def as_markdown(certificate: Certificate, titles: Mapping[str, str]) -> str:
    """Return the certificate as Markdown: facts as a list, files as a table."""
    heading = _translate("Certificate", "Certificate of run {run}: {name}").format(
        run=certificate.get("run", NOTHING), name=certificate.get("name", NOTHING)
    )
    facts = [
        f"- **{title}**: {text}" for title, text in _flat(fact_lines(certificate))
    ]
    header = (*format_titles(), "SHA-256")
    rows = format_rows(certificate, titles)
    table = [
        _table_row(header), _table_row(["---"] * len(header)),
        *(_table_row([*row.cells, row.size, row.sha256]) for row in rows),
    ]
    said = [
        *warnings_of(certificate, titles), *notes_of(certificate), proof_line(certificate),
        times_line(certificate), "\n".join(_time_lines(rows)),
    ]
    lines = [f"# {heading}", "", *facts, "", *table]
    for line in filter(None, said):
        lines += ["", line]
    return "\n".join(lines) + "\n"


def _time_lines(rows: Iterable[FormatRow]) -> list[str]:
    """What the table has no room for."""
    return [
        f"- {row.cells[0].splitlines()[-1]}, {title}: {time}."
        for row in rows for title, time in zip(format_titles()[TIMES:], row.times, strict=False)
    ]


def _flat(lines: Iterable[Line]) -> list[Line]:
    return [(title, text.replace("\n", "; ")) for title, text in lines]


def _table_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("\n", ", ") for cell in cells) + " |"
