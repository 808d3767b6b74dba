"""The part of the comparison that speaks of single images."""

from collections.abc import Hashable, Iterable
from contextlib import AbstractContextManager
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.bridge.jobs import as_line
from studio.pages.compare.calibration_view import CalibrationView, ReliabilityPlot
from studio.pages.compare.class_view import ClassView, class_names
from studio.pages.compare.flip_atlas import FlipAtlas
from studio.pages.compare.images import ImageStudy, read_images, rivalries
from studio.pages.compare.peers_view import PeersView
from studio.pages.compare.study import Study
from studio.pages.compare.tables import (
    calibration_table,
    classes_table,
    confusion_table,
    flips_table,
    peers_table,
)
from studio.report.text import Tell
from studio.state.context import Context
from studio.widgets.calm import CalmComboBox, CalmTabBar
from studio.widgets.labels import label
from studio.widgets.section import Section

_PART = "compare/images_part"
_OF_PAIRS = ("flips", "classes")
_TABLES = {"flips": flips_table, "classes": classes_table, "confusion": confusion_table}
"""Of a variant against its baseline."""


class ImagesSection(Section):
    """Flips, classes and calibration; read only once it is scrolled into sight, or asked for.

    Signals:
        was_read: what there is to say is known.
    """

    was_read = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.set_title(self.tr("Test images"))
        self.setObjectName("compare_images")
        self._context = context
        self._study: Study | None = None
        self._found: ImageStudy | None = None
        self._asked: Hashable = None
        self._names: list[str] = []
        self._names_of = ""
        self._hidden: frozenset[str] = frozenset()
        self._variant = CalmComboBox()
        self._variant.setObjectName("compare_images_variant")
        self._variant.setAccessibleName(self.tr("Variant that is set against its baseline"))
        self._variant.take_room()
        self._variant.activated.connect(self._on_variant)
        self.add_control(self._variant)
        self._none = label("", "muted", wrap=True)
        self._none.setObjectName("compare_no_images")
        self._problems = label("", "error", wrap=True)
        self._problems.setObjectName("compare_images_left_out")
        self._parts: dict[str, QWidget] = {}
        self._hidden: frozenset[str] = frozenset()
        self._tabs = self._make_tabs()
        for widget in (self._tabs, self._problems, self._none):
            self.body.addWidget(widget)
        self._show()

    def _build_parts(self) -> None:
        """Make what shows images, when there is something to show: it takes its time."""
        self._atlas = FlipAtlas(self._context)
        self._atlas.names_arrived.connect(self._on_names)
        self._classes, self._calibration = ClassView(), CalibrationView()
        self._peers = PeersView()
        for part in (self._calibration, self._peers):
            part.set_hidden(self._hidden)
        self._parts = {
            "flips": self._atlas, "classes": self._classes, "calibration": self._calibration,
            "peers": self._peers,
        }
        for part in self._parts.values():
            self.body.addWidget(part)

    @property
    def plot(self) -> ReliabilityPlot:
        """The reliability diagram, once images were read."""
        return self._calibration.plot

    def matrix_on_paper(self) -> AbstractContextManager[QWidget]:
        """The confusion difference as a figure, once images were read."""
        return self._classes.on_paper()

    def _make_tabs(self) -> CalmTabBar:
        tabs = CalmTabBar()
        tabs.setObjectName("compare_images_parts")
        tabs.setDrawBase(False)
        tabs.setExpanding(False)
        texts = {
            "flips": self.tr("Flips"), "classes": self.tr("Classes"),
            "calibration": self.tr("Calibration"), "peers": self.tr("Peers"),
        }
        for part, text in texts.items():
            tabs.setTabData(tabs.addTab(text), part)
        wanted = self._context.settings.get(_PART, "flips")
        tabs.setCurrentIndex(list(texts).index(wanted) if wanted in texts else 0)
        tabs.currentChanged.connect(self._on_part)
        return tabs

    def show_study(self, study: Study) -> None:
        """Speak of a study; what is new of it is read when this is seen."""
        self._study = study
        self._offer(study)

    def set_hidden(self, digests: Iterable[str]) -> None:
        """Leave some variants out of every part; what is known of them stays known."""
        self._hidden = frozenset(digests)
        if self._parts:
            for part in (self._calibration, self._peers):
                part.set_hidden(self._hidden)
        if self._study is not None:
            self._offer(self._study)

    def _offer(self, study: Study) -> None:
        """Offer the variants that are seen and stand against a baseline."""
        names, chosen = study.names(), self._variant.currentData()
        self._variant.clear()
        for group, rival in rivalries(study.comparison):
            if group.digest not in self._hidden:
                text = self.tr("{0} against {1}").format(names[group.digest], names[rival.digest])
                self._variant.addItem(text, group.digest)
        self._variant.setCurrentIndex(max(self._variant.findData(chosen), 0))
        self._show()
        self.update()

    def table(self, part: str) -> Tell | None:
        """The table of flips, classes, confusion, calibration or peers; None without one."""
        study, found = self._study, self._found
        if study is None or found is None:
            return None
        difference = found.difference
        if difference is not None and part in _TABLES:
            names = class_names(self._names, len(difference.confusion_KK))
            return partial(_TABLES[part], difference, names)
        if part == "calibration" and found.calibration:
            return partial(calibration_table, study, found.calibration)
        if part == "peers" and found.peers:
            return partial(peers_table, study, found.peers)
        return None

    def look(self) -> None:
        """Read what is to be shown, unless that has been asked for, or is hidden for now."""
        is_hidden = bool(self._hidden) and not self._variant.count()
        if self._question() != self._asked and not (is_hidden and self._found is not None):
            self._read()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Read what is to be shown: what is painted on the screen is in sight."""
        super().paintEvent(event)
        if not self.visibleRegion().isEmpty():
            self.look()

    # ---- reading

    def _question(self) -> Hashable:
        """What the answer depends on; None while there is no study."""
        if self._study is None:
            return None
        comparison = self._study.comparison
        return (
            comparison.which, self._variant.currentData(),
            tuple((group.digest, group.runs, group.verdict) for group in comparison.groups),
        )

    def _read(self) -> None:
        study, client = self._study, self._context.client
        assert study is not None
        asked = self._asked = self._question()
        digest = self._variant.currentData() or ""

        def answer(found: ImageStudy) -> None:
            if asked == self._question():
                self._on_found(study, found)

        def give_up(error: Exception) -> None:
            if asked == self._question():
                self._on_found(study, ImageStudy(problems=(as_line(error),)))

        self._context.jobs.run(
            lambda: read_images(client, study, digest), answer, give_up, owner=self
        )

    def _on_found(self, study: Study, found: ImageStudy) -> None:
        self._found = found
        if not self._parts:
            self._build_parts()
        self._calibration.show_calibration(study, found.calibration)
        self._peers.show_peers(study, found.peers)
        if found.difference is not None:
            source = self._context_of(study)
            if source != self._names_of:
                self._names_of, self._names = source, []
            self._classes.show_difference(found.difference, self._names)
            self._atlas.show_difference(found.difference, source)
        self._show()
        self.was_read.emit()

    def _context_of(self, study: Study) -> str:
        """Identity of all but the method, and so of the images."""
        digest = self._variant.currentData()
        return next(g.context for g in study.comparison.groups if g.digest == digest)

    # ---- showing

    def _show(self) -> None:
        found, part = self._found, self._tabs.tabData(self._tabs.currentIndex())
        nothing = self._nothing(part)
        self._tabs.setVisible(found is not None and bool(found.calibration))
        self._variant.setVisible(self._variant.count() > 0 and part in _OF_PAIRS)
        self._problems.setText("\n".join(found.problems) if found else "")
        self._problems.setVisible(bool(self._problems.text()))
        self._none.setText(nothing)
        self._none.setVisible(bool(nothing))
        for name, widget in self._parts.items():
            widget.setVisible(name == part and not nothing)

    def _nothing(self, part: str) -> str:
        """Why there is nothing to see; empty where there is something."""
        if self._found is None:
            return self.tr("Reading what the networks say…")
        if not self._found.calibration:
            return self.tr(
                "None of these runs has kept what its network says of each test image: runs "
                "trained with an earlier version keep none."
            )
        if part == "peers" and not self._found.peers:
            return self.tr(
                "None of these runs has kept what peers say: only methods that train several "
                "networks side by side have peers, and runs trained with an earlier version keep "
                "none."
            )
        if part not in _OF_PAIRS:
            return ""
        if not self._variant.count() and self._hidden:
            return self.tr("The eyes of all variants that stand against a baseline are closed.")
        if self._found.difference is not None:
            return ""
        if not self._variant.count():
            return self.tr("There is no baseline yet that a variant could be set against.")
        return self.tr(
            "The variant and its baseline have no seed in common of which both have kept what "
            "they say of each test image: runs trained with an earlier version keep none."
        )

    def _on_part(self, _: int) -> None:
        self._context.settings.put(_PART, self._tabs.tabData(self._tabs.currentIndex()))
        self._show()

    def _on_variant(self, _: int) -> None:
        self.update()  # what was shown stays until the other is read, so that nothing jumps

    def _on_names(self, names: list[str]) -> None:
        self._names = names
        if self._found is not None and self._found.difference is not None:
            self._classes.show_difference(self._found.difference, names)
