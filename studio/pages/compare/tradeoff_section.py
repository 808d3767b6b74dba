"""The part of the comparison that sets what variants reach against what they cost."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtWidgets import QCheckBox, QWidget

from engine.analysis.wording import MIN_SEEDS
from studio.pages.compare.prices import PRICES, Price, Spot, spots
from studio.pages.compare.study import Study
from studio.pages.compare.tradeoff_plot import TradeoffPlot
from studio.plots.zoom_box import zoom_hint
from studio.report.price_text import price_table
from studio.report.text import Tell
from studio.state.settings import Settings
from studio.widgets.calm import CalmComboBox
from studio.widgets.labels import label
from studio.widgets.section import Section

_PRICE, _LOG = "compare/price", "compare/price_log"


class TradeoffSection(Section):
    """The figure, which price it shows, and what to do where a price is not known."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.set_title(self.tr("Accuracy against price"))
        self._settings = settings
        self._study: Study | None = None
        self._spots: Sequence[Spot] = ()
        self._names: Mapping[str, str] = {}
        self._seen: Sequence[Spot] = ()
        self._hidden: frozenset[str] = frozenset()
        self.plot = TradeoffPlot()
        self._said = label("", "caption", wrap=True)
        self._said.setObjectName("compare_front")
        self._price = CalmComboBox()
        self._price.setObjectName("compare_price")
        self._price.setAccessibleName(self.tr("Price"))
        for price, text in self._texts().items():
            self._price.addItem(text, price)
        self._price.setCurrentIndex(max(self._price.findData(settings.get(_PRICE, "params")), 0))
        self._price.activated.connect(self._on_choice)
        self._log = QCheckBox(self.tr("log price"))
        self._log.setObjectName("compare_price_log")
        self._log.setChecked(bool(settings.get(_LOG, True)))
        self._log.clicked.connect(self._on_choice)
        for control in (self._log, self._price):
            self.add_control(control)
        self._hint = label(zoom_hint(), "caption", wrap=True)  # beside the heading is no room
        self._hint.setObjectName("hint")
        for widget in (self.plot, self._hint, self._said):
            self.body.addWidget(widget)

    def _texts(self) -> dict[Price, str]:
        texts = (
            self.tr("parameters that ship"), self.tr("multiply-adds per image"),
            self.tr("latency (ms, batch 1)"), self.tr("training time (s)"),
        )
        return dict(zip(PRICES, texts, strict=True))

    def show_study(self, study: Study) -> Iterator[None]:
        """Show what the variants of a study reach, and at what price, a step at each turn."""
        self._study, self._names = study, study.names()
        price: Price = self._price.currentData()
        comparison, prices = study.comparison, study.prices
        self._spots = spots(comparison, prices, price)
        self._seen = spots(replace(comparison, groups=tuple(
            group for group in comparison.groups if group.digest not in self._hidden
        )), prices, price)
        yield
        unit = f" ({comparison.unit})" if comparison.unit else ""
        colours = {variant.digest: variant.colour for variant in study.variants}
        titles = self._title(study, price), f"{comparison.metric}{unit}"
        yield from self.plot.show_spots(
            self._seen, self._names, colours, titles, log=self._log.isChecked()
        )
        for widget in (self.plot, self._hint):
            widget.setVisible(bool(self._seen))
        self._log.setVisible(bool(self._spots))
        self._said.setText("\n".join(filter(
            None, (*self._fronts(study), self._missing(price))
        )))

    def set_hidden(self, digests: Iterable[str]) -> None:
        """Draw some variants not, as if they were not there; the table has them all."""
        self._hidden = frozenset(digests)
        if self._study is not None:
            self._show_again(self._study)

    def _show_again(self, study: Study) -> None:
        for _ in self.show_study(study):
            pass

    def table(self) -> Tell | None:
        """The table of all prices that are known; None where none is."""
        if self._study is None or not self._spots:
            return None
        comparison = self._study.comparison
        return partial(
            price_table, comparison.metric, comparison.unit, self._price.currentData(),
            [(spot.group, spot.price, spot.standing) for spot in self._spots],
        )

    def _title(self, study: Study, price: Price) -> str:
        sizes = study.prices.image_sizes
        if price != "multiply_adds" or len(sizes) != 1:
            return self._price.currentText()
        return self.tr("multiply-adds per image of {0} × {0} pixels").format(sizes[0])

    def _fronts(self, study: Study) -> list[str]:
        """Who is on the front of the same images, and who may be."""
        parts: dict[str, list[Spot]] = {}
        for spot in self._seen:
            parts.setdefault(spot.group.data, []).append(spot)
        if len({group.data for group in study.comparison.groups}) == 1:
            return [said for part in parts.values() for said in self._said_of(part, self._names)]
        names, of = study.names(("backbone",)), self.tr("{0}: {1}")
        return [
            of.format(data, said)
            for data, part in parts.items() for said in self._said_of(part, names)
        ]

    def _said_of(self, spots: Sequence[Spot], names: Mapping[str, str]) -> list[str]:
        return [*filter(None, (self._front(spots, names), self._unclear(spots, names)))]

    def _front(self, spots: Sequence[Spot], names: Mapping[str, str]) -> str:
        """Who is on the front beyond chance; empty where that is shown of nobody."""
        shown = [
            names[spot.group.digest] for spot in spots
            if spot.standing.on_front and spot.standing.is_shown
        ]
        if not shown:
            return ""
        return self.tr("Pareto front (none beats these in both): {0}").format(", ".join(shown))

    def _unclear(self, spots: Sequence[Spot], names: Mapping[str, str]) -> str:
        """Who stands where it stands by mean alone; empty where there are none."""
        on, off = self.tr("{0} on the front"), self.tr("{0} off it")
        unclear = [spot for spot in spots if not spot.standing.is_shown]
        unclear.sort(key=lambda spot: not spot.standing.on_front)
        if not unclear:
            return ""
        text = self.tr(
            "By mean only, which names no winner (fewer than {0} seeds, no spread between them, or "
            "no difference shown): {1}"
        )
        return text.format(MIN_SEEDS, ", ".join(
            (on if spot.standing.on_front else off).format(names[spot.group.digest])
            for spot in unclear
        ))

    def _missing(self, price: Price) -> str:
        """What to do about variants whose price is not known; empty where there are none."""
        assert self._study is not None
        drawn = {spot.group.digest for spot in self._spots}
        missing = [
            self._names[group.digest] for group in self._study.comparison.groups
            if group.digest not in drawn | self._hidden
        ]
        if not missing:
            return ""
        why = {
            "params": self.tr("the parameters of {0} were not counted."),
            "multiply_adds": self.tr(
                "the multiply-adds of {0} are not known: they are counted in the background, of "
                "networks without options of their own."
            ),
            "latency": self.tr(
                "the latency of {0} is not known: export a run of each variant as ONNX, which "
                "measures it."
            ),
            "seconds": self.tr("the training time of {0} is not known."),
        }[price]
        return self.tr("Not drawn: {0}").format(why.format(", ".join(missing)))

    def _on_choice(self) -> None:
        self._settings.put(_PRICE, self._price.currentData())
        self._settings.put(_LOG, self._log.isChecked())
        if self._study is not None:
            self._show_again(self._study)
