"""What a network with several exits costs and reaches if images may leave early."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.item_models.wording import count
from studio.theme.theme import caption_font
from studio.theme.tokens import current
from studio.widgets.labels import label
from studio.widgets.layout import cells

_HEIGHT, _MOST_ROWS = 16, 6
_LEAST_ROOM = 14


class LeaveEarly(QWidget):
    """A few budgets from the cheapest to the dearest, a line each.

    What an image takes is shown where it was measured with the file itself, else the multiply-adds
    that were counted.
    """

    def __init__(self, budgets: Sequence[Mapping[str, Any]], parent: QWidget | None = None) -> None:
        """Show budgets as the certificate has them: thresholds, cost, shares and accuracy."""
        super().__init__(parent)
        self.setObjectName("leave_early")
        grid = cells(self, (12, 4), stretched=2)
        is_timed = "ms" in budgets[0]
        titles = (
            self.tr("an image takes") if is_timed else self.tr("multiply-adds"),
            self.tr("test top-1"), self.tr("leave at exit"),
        )
        for at, title in enumerate(titles):
            grid.addWidget(label(title, "caption"), 0, at)
        shown = list(budgets) if is_timed else some_budgets(budgets)
        for at, budget in enumerate(shown, start=1):
            cost = (
                self.tr("{ms:.2f} ms").format(ms=budget["ms"]) if is_timed
                else count(float(budget["expected_multiply_adds"]))
            )
            top1 = self.tr("{top1:.2f} %").format(top1=budget["test_top1"])
            for place, widget in enumerate((label(cost), label(top1), SharesBar(budget))):
                grid.addWidget(widget, at, place)
        note = self.tr(
            "Measured with the file that leaves early on {images:,} test images, the time on "
            "{timed:,} of them, one by one; certificate.json has the thresholds."
        ).format(
            images=budgets[0]["num_images"],
            timed=budgets[0].get("timed_images", budgets[0]["num_images"]),
        ) if is_timed else self.tr(
            "{shown} of {total} budgets, counted; the file and certificate.json have all. What "
            "images take is measured where the format “ONNX early exit” is ticked."
        ).format(shown=len(shown), total=len(budgets))
        grid.addWidget(label(note, "caption", wrap=True), len(shown) + 1, 0, 1, 3)


def budgets_of(certificate: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return what was measured with a file that leaves early, else what was counted, if any."""
    for facts in certificate.get("formats", {}).values():
        if facts.get("leave_early"):
            return facts["leave_early"]
    return certificate.get("part", {}).get("leave_early", ())


class SharesBar(QWidget):
    """The part of the images that leaves at each exit, beside each other, the first at the left."""

    def __init__(self, budget: Mapping[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares = [float(share) for share in budget["exit_shares"]]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        said = [
            self.tr("exit {exit}: {share:.0%} of the images, from confidence {least:.3f}").format(
                exit=k, share=share, least=at
            )
            for k, (share, at) in enumerate(
                zip(self._shares, budget["thresholds"], strict=True), start=1
            ) if share
        ]
        self.setAccessibleName("; ".join(said))
        self.setToolTip("\n".join(said))

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(120, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a box for each exit, with its number where there is room."""
        colours = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(caption_font(self.font()))
        left = 0.0
        for k, share in enumerate(self._shares, start=1):
            width = share * self.width()
            box = QRectF(left, 0, max(width - 1, 0), self.height())
            left += width
            if not share:
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.color("accent_soft" if k % 2 else "border"))
            painter.drawRoundedRect(box, 2, 2)
            if width >= _LEAST_ROOM:
                painter.setPen(colours.color("text"))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(k))


def some_budgets(budgets: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return a few budgets, evenly apart in cost, the cheapest and the dearest among them."""
    by_cost = {float(budget["expected_multiply_adds"]): budget for budget in budgets}
    costs = sorted(by_cost)
    if len(costs) <= _MOST_ROWS:
        return [by_cost[cost] for cost in costs]
    step = (costs[-1] - costs[0]) / (_MOST_ROWS - 1)
    wanted = [costs[0] + at * step for at in range(_MOST_ROWS)]
    nearest = [min(costs, key=lambda cost: abs(cost - target)) for target in wanted]
    return [by_cost[cost] for cost in dict.fromkeys(nearest)]
