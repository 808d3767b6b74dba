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
    """A few of the stored budgets from the cheapest to the dearest, a line each."""

    def __init__(self, budgets: Sequence[Mapping[str, Any]], parent: QWidget | None = None) -> None:
        """Show budgets as the certificate has them: thresholds, cost, shares and accuracy."""
        super().__init__(parent)
        self.setObjectName("leave_early")
        grid = cells(self, (12, 4), stretched=2)
        titles = (
            self.tr("multiply-adds"), self.tr("test top-1"), self.tr("leave at exit"),
        )
        for at, title in enumerate(titles):
            grid.addWidget(label(title, "caption"), 0, at)
        shown = some_budgets(budgets)
        for at, budget in enumerate(shown, start=1):
            cost = label(count(float(budget["expected_multiply_adds"])))
            top1 = label(self.tr("{0:.2f} %").format(float(budget["test_top1"])))
            for column, widget in enumerate((cost, top1, SharesBar(budget))):
                grid.addWidget(widget, at, column)
        note = self.tr("{0} of {1} budgets; the file and certificate.json have all.").format(
            len(shown), len(budgets)
        )
        grid.addWidget(label(note, "caption", wrap=True), len(shown) + 1, 0, 1, 3)


class SharesBar(QWidget):
    """The part of the images that leaves at each exit, beside each other, the first at the left."""

    def __init__(self, budget: Mapping[str, Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares = [float(share) for share in budget["exit_shares"]]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        said = [
            self.tr("exit {0}: {1:.0%} of the images, from confidence {2:.3f}").format(k, share, at)
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
