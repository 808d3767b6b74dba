"""How the curves of a run are looked at: their x, smoothing, and the scale of y."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from engine.analysis.smoothing import ema, moving_mean
from studio.plots.curves import EPOCH, STEP, TIME
from studio.plots.zoom_box import zoom_hint
from studio.state.context import Context
from studio.widgets.calm import CalmComboBox, CalmSlider
from studio.widgets.labels import label
from studio.widgets.layout import row

Floats = NDArray[np.float64]
_EMA, _WINDOW = "ema", "window"
_FEW = 20
"""A curve of fewer points is never smoothed: its mean over the past says another thing."""


class CurveBar(QWidget):
    """Controls above panels of curves; what is chosen is remembered.

    Signals:
        axis_changed: x is another.
        smoothing_changed: curves are to be smoothed otherwise.
        scale_changed: y is to be logarithmic or not, or outliers to be seen or not.
    """

    axis_changed = Signal()
    smoothing_changed = Signal()
    scale_changed = Signal()

    def __init__(
        self, context: Context, name: str, first_axis: str, parent: QWidget | None = None
    ) -> None:
        """Make the controls as they were left.

        Args:
            context: has the settings, and what runs beside the GUI thread.
            name: begins the names of the controls and of their settings.
            first_axis: what x is until the user chooses.
            parent: owns it.
        """
        super().__init__(parent)
        self._context, self._name = context, name
        self._can_smooth = False
        self._axis, self._smoother = CalmComboBox(), CalmComboBox()
        self._amount = CalmSlider(Qt.Orientation.Horizontal)
        self._said = label("", "muted")
        self._log = QCheckBox(self.tr("Log y"))
        self._outliers = QCheckBox(self.tr("Hide outliers"))
        self._build()
        self._read_settings(first_axis)
        self._axis.currentIndexChanged.connect(self._on_axis)
        self._smoother.currentIndexChanged.connect(self._on_smoothing)
        self._amount.valueChanged.connect(self._on_smoothing)
        for box in (self._log, self._outliers):
            box.toggled.connect(self._on_scale)

    def _build(self) -> None:
        for text, data in ((self.tr("Step"), STEP), (self.tr("Epoch"), EPOCH),
                           (self.tr("Time"), TIME)):
            self._axis.addItem(text, data)
        self._axis.setAccessibleName(self.tr("x axis"))
        for text, data, told in (
            (self.tr("EMA"), _EMA, self.tr("Exponential moving average: looks back only")),
            (self.tr("Window"), _WINDOW, self.tr("Mean of so many points around each")),
        ):
            self._smoother.addItem(text, data)
            at = self._smoother.count() - 1
            self._smoother.setItemData(at, told, Qt.ItemDataRole.ToolTipRole)
        self._smoother.setAccessibleName(self.tr("How curves are smoothed"))
        self._amount.setAccessibleName(self.tr("Smoothing"))
        self._amount.setRange(0, 99)
        self._amount.setFixedWidth(120)
        self._said.setFixedWidth(36)
        self._outliers.setToolTip(self.tr(
            "Scale y to the middle 90 % of the points that are in sight"
        ))
        for widget, ending in (
            (self._axis, "x"), (self._smoother, "smoother"), (self._amount, "smoothing"),
            (self._log, "log"), (self._outliers, "outliers"),
        ):
            widget.setObjectName(f"{self._name}.{ending}")
        bar = row(self)
        for widget in (
            label("x", "muted"), self._axis, label(self.tr("Smoothing"), "muted"), self._smoother,
            self._amount, self._said, self._log, self._outliers,
        ):
            bar.addWidget(widget)
        hint = label(zoom_hint(), "caption", wrap=True)
        hint.setObjectName("zoom_hint")
        hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        bar.addWidget(hint, 1)

    def _read_settings(self, first_axis: str) -> None:
        get, name = self._context.settings.get, self._name
        for box, key, first in (
            (self._axis, "x", first_axis), (self._smoother, "smoother", _EMA),
        ):
            box.setCurrentIndex(max(box.findData(get(f"{name}/{key}", first)), 0))
        self._log.setChecked(bool(get(f"{name}/log", False)))
        self._outliers.setChecked(bool(get(f"{name}/outliers", False)))
        amount = get(f"{name}/smoothing", 0)
        self._amount.setValue(amount if isinstance(amount, int) else 0)
        self._say_amount()
        if self._amount.value():
            self._learn_to_smooth()

    # ---- what is chosen

    @property
    def axis(self) -> str:
        """What x is: `step`, `epoch` or `time`."""
        return self._axis.currentData()

    @property
    def axis_title(self) -> str:
        """The same, as the axis says it."""
        return self._axis.currentText()

    @property
    def is_log(self) -> bool:
        """Whether y is logarithmic."""
        return self._log.isChecked()

    @property
    def hides_outliers(self) -> bool:
        """Whether y is scaled to the bulk of the points."""
        return self._outliers.isChecked()

    def smoothed(self, values: Floats) -> Floats | None:
        """A curve as it is to be drawn; None as it is."""
        amount = self._amount.value()
        if not amount or not self._can_smooth or len(values) < _FEW:
            return None
        if self._smoother.currentData() == _WINDOW:
            return moving_mean(values, amount)
        return ema(values, amount / 100)

    # ---- what is heard

    def _on_axis(self) -> None:
        self._context.settings.put(f"{self._name}/x", self.axis)
        self.axis_changed.emit()

    def _on_scale(self) -> None:
        self._context.settings.put(f"{self._name}/log", self.is_log)
        self._context.settings.put(f"{self._name}/outliers", self.hides_outliers)
        self.scale_changed.emit()

    def _on_smoothing(self) -> None:
        self._context.settings.put(f"{self._name}/smoothing", self._amount.value())
        self._context.settings.put(f"{self._name}/smoother", self._smoother.currentData())
        self._say_amount()
        if self._can_smooth:
            self.smoothing_changed.emit()
        else:
            self._learn_to_smooth()

    def _learn_to_smooth(self) -> None:
        # The first call imports scipy.signal, most of a second: not on the GUI thread.
        self._context.jobs.run(lambda: ema([0.0, 1.0], 0.5), self._on_can_smooth, owner=self)

    def _on_can_smooth(self, _: object) -> None:
        self._can_smooth = True
        self.smoothing_changed.emit()

    def _say_amount(self) -> None:
        amount = self._amount.value()
        is_window = self._smoother.currentData() == _WINDOW
        self._said.setText(str(amount) if is_window else f"{amount / 100:.2f}")
