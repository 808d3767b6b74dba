"""The certificate of a bundle: what was stripped, what ships, and the proof of it."""

from collections.abc import Mapping
from typing import Any, cast

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLabel, QWidget

from studio.item_models.wording import count, file_size
from studio.pages.export.leave_early import LeaveEarly
from studio.pages.export.parts import cost_text
from studio.widgets.labels import Badge, label
from studio.widgets.layout import cells

_translate = QCoreApplication.translate


class CertificateView(QWidget):
    """A certificate as facts in two columns, then one block per format."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("certificate")
        self._grid = cells(self, (16, 8), stretched=1)

    def show_certificate(self, certificate: Mapping[str, Any]) -> None:
        """Show a certificate as the "export" task returns it."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for title, text in stripped_lines(certificate):
            self._add(title, text)
        budgets = certificate.get("part", {}).get("leave_early")
        if budgets:
            self._add_widget(self.tr("Leaving early"), LeaveEarly(budgets))
        for name, facts in certificate.get("formats", {}).items():
            at = self._grid.rowCount()
            heading = label(name, "heading")
            agrees = 100 * float(facts["top1_agreement"])
            said = self.tr("{0:.4g} % same top-1").format(agrees)
            badge = Badge(said, "good" if agrees == 100 else "warn")
            self._grid.addWidget(heading, at, 0)
            # Aligned, or the badge's width would be the column's.
            self._grid.addWidget(badge, at, 1, Qt.AlignmentFlag.AlignLeft)
            for title, text in format_lines(facts):
                self._add(title, text)

    def _add(self, title: str, text: str) -> None:
        value = label(text, wrap=True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._add_widget(title, value)

    def _add_widget(self, title: str, widget: QWidget) -> None:
        at = self._grid.rowCount()
        caption: QLabel = label(title, "muted")
        self._grid.addWidget(caption, at, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(widget, at, 1)


def part_text(part: Mapping[str, Any]) -> str:
    """Return what of the network ships, and what it costs."""
    name, costs = str(part["name"]), part.get("multiply_adds")
    if isinstance(costs, list):
        each = ", ".join(count(float(cost)) for cost in cast("list[float]", costs))
        return _translate("Certificate", "{0}\n{1} multiply-adds, exit by exit").format(name, each)
    return name if costs is None else f"{name}, {cost_text(float(costs))}"


def stripped_lines(certificate: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was stripped and what ships, title and text."""
    whole = {"name": _translate("Certificate", "the whole network")}
    part: Mapping[str, Any] = certificate.get("part", whole)  # bundles once had none
    modules: Mapping[str, int] = certificate.get("removed_modules", {})
    removed = int(certificate["params_removed"])
    if removed:
        names = "\n".join(f"{name}: {size:,}" for name, size in modules.items())
        stripped = _translate("Certificate", "{0:,} parameters").format(removed)
        stripped = f"{stripped}\n{names}" if names else stripped
    else:
        stripped = _translate("Certificate", "nothing: all that was trained ships") if (
            certificate.get("ensemble")
        ) else _translate("Certificate", "nothing: the method has no training-only parts")
    left_out = int(part.get("params_left_out", 0))
    if members := certificate.get("ensemble"):
        parameters = _translate(
            "Certificate", "{{0:,}} of {{1:,}}: {0} networks, each computed for every image"
        ).format(len(members))
    elif left_out:
        parameters = _translate(
            "Certificate", "{0:,} of {1:,}, exactly as many as this part of the plain backbone has"
        )
    else:
        parameters = _translate(
            "Certificate", "{0:,} of {1:,}, exactly as many as in the plain backbone"
        )
    lines = [
        (_translate("Certificate", "Ships"), part_text(part)),
        (_translate("Certificate", "Parameters"),
         parameters.format(certificate["params_deployed"], certificate["params_training"])),
        (_translate("Certificate", "Stripped"), stripped),
        *([(_translate("Certificate", "Left out"), _translate(
            "Certificate", "{0:,} parameters of the network that {1} does not need"
        ).format(left_out, part["name"]))] if left_out else []),
        (_translate("Certificate", "Weights"),
         _translate("Certificate", "{0}, step {1:,}").format(
             certificate["weights"], certificate.get("step", 0))),
    ]
    results: Mapping[str, float] = certificate.get("results", {})
    if results:
        text = "    ".join(f"{key}\u00a0{value:.4g}" for key, value in results.items())
        lines.append((_translate("Certificate", "Results"), text))
    return lines


def format_lines(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the proof of one exported file, title and text."""
    lines = [
        (_translate("Certificate", "File"), f"{facts['file']}, {file_size(facts['bytes'])}"),
        (_translate("Certificate", "Parity"), _parity(facts)),
    ]
    if facts.get("latency_ms_batch1") is not None:
        text = _translate("Certificate", "{0:.2f} ms for one image").format(
            facts["latency_ms_batch1"]
        )
        lines.append((_translate("Certificate", "Latency"), text))
    digest = str(facts["sha256"])
    lines.append(("SHA-256", "\n".join((digest[:32], digest[32:]))))
    return lines


def _parity(facts: Mapping[str, Any]) -> str:
    difference = f"{facts['max_abs_logit_diff']:.2g}"
    if "max_rel_logit_diff" in facts:  # not in older bundles
        difference = _translate("Certificate", "{0} ({1:.2g} of the largest logit)").format(
            difference, facts["max_rel_logit_diff"]
        )
    return _translate("Certificate", "largest logit difference {0} on {1:,} real images").format(
        difference, facts["num_images"]
    )
