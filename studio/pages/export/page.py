"""Export: the stripped network as a bundle, with the certificate, and a place to try it."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget

from engine.spec.catalog import Catalog
from engine.spec.rows import RunRow
from studio.pages.export.bundle_list import Bundle
from studio.pages.export.bundles import Bundles
from studio.pages.export.export_section import ExportSection
from studio.pages.export.run_list import RunList
from studio.pages.export.try_it import TryIt
from studio.state.commands import Command
from studio.state.context import Context
from studio.widgets.buttons import ActionButton
from studio.widgets.empty_state import EmptyState
from studio.widgets.layout import column, row
from studio.widgets.page_header import PageHeader
from studio.widgets.section import Section

_SIDE = 240, 300  # least, in which a run's accuracy has room in every language, and most
_SHARES = 24, 76
_ABOVE = 12


class ExportPage(QWidget):
    """Choose a completed run, press Export, read the certificate, try the file."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._is_awaited = False
        self._build()
        QTimer.singleShot(0, self, self._fill)

    def _fill(self) -> None:
        """Make the rest once the page is painted, and say what is in it after that."""
        self._beside.addWidget(self._make_main(), _SHARES[1])
        QTimer.singleShot(0, self, self._follow)

    def _follow(self) -> None:
        context = self._context
        self.setAcceptDrops(True)
        context.feed.runs_changed.connect(self._on_runs)
        context.feed.catalog_changed.connect(self._on_catalog)
        context.selection.current_changed.connect(self._runs.choose)
        self._runs.chosen.connect(self._on_run)
        if context.feed.catalog is not None:
            self._on_catalog(context.feed.catalog)
        self._on_run(None)
        self._on_runs(context.feed.runs)
        self._runs.choose(context.selection.current)

    def _build(self) -> None:
        self._empty = EmptyState(
            "export", self.tr("A run can be exported once it is completed."),
            self.tr("New experiment"),
        )
        self._empty.lead(self._context.commands.action("go.compose"))
        body = QWidget()
        layout = column(body, spacing=12, margin=16)
        layout.addWidget(PageHeader(
            self.tr("Export"),
            self.tr("What ships is the backbone alone; everything that only helped in training "
                    "is stripped, and that is proved."),
        ))
        self._beside = row(spacing=12)
        self._beside.addWidget(self._make_side(), _SHARES[0])
        layout.addLayout(self._beside, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(body)
        self._stack.setCurrentIndex(1 if self._context.feed.runs else 0)
        column(self).addWidget(self._stack)

    def _make_side(self) -> QWidget:
        """What is looked at."""
        side = QWidget()
        side.setMinimumWidth(_SIDE[0])
        side.setMaximumWidth(_SIDE[1])
        self._runs = RunList()
        runs = Section(self.tr("Completed runs"))
        runs.body.addWidget(self._runs)
        column(side).addWidget(runs)
        return side

    def _make_main(self) -> QScrollArea:
        page = QWidget()
        page.setProperty("role", "page")
        self._export = ExportSection(self._context)
        self._export.exported.connect(self._on_exported)
        self._export.exported.connect(self._context.selection.exported)
        self._bundles = Bundles(self._context)
        self._try = TryIt(self._context)
        self._try.given.connect(self._show_trial)
        self._try.given.connect(self._context.selection.bundle_tried)
        self._bundles.chosen.connect(self._try.set_bundle)
        self._bundles.chosen.connect(self._on_bundle)
        self._bundles.add_control(ActionButton(self._context.commands.add(Command(
            "export.try", self.tr("Try the exported file"), "", self._on_try, self._try.why_not
        )), "image"))
        below = column(page, spacing=12)
        below.setContentsMargins(0, 0, 4, 0)
        below.addWidget(self._export)
        below.addWidget(self._bundles)
        below.addWidget(self._try)
        below.addStretch(1)
        self._scroll = scroll = QScrollArea()
        scroll.setObjectName("export_scroll")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        scroll.setWidget(page)
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self)
        paste.setAutoRepeat(False)
        paste.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        paste.activated.connect(self._context.commands.action("export.try_paste").trigger)
        return scroll

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take images to be tried, wherever on the page."""
        self._try.dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Try what was dropped."""
        self._try.dropEvent(event)

    def _on_try(self) -> None:
        self._context.selection.show_page("export")  # it may have been asked for elsewhere
        self._show_trial()

    def _show_trial(self) -> None:
        self._scroll_to(self._try)

    def _scroll_to(self, section: QWidget) -> None:
        """Let it be seen from its heading on, once it has its height."""
        bar, sight = self._scroll.verticalScrollBar(), self._scroll.viewport()
        QTimer.singleShot(0, section, lambda: bar.setValue(
            bar.value() + section.mapTo(sight, QPoint()).y() - _ABOVE
        ))

    def _on_runs(self, rows: Sequence[RunRow]) -> None:
        self._runs.show_runs(rows)
        self._stack.setCurrentIndex(1 if self._runs.count() else 0)

    def _on_catalog(self, catalog: Catalog) -> None:
        self._export.set_catalog(catalog)
        self._bundles.set_titles(self._export.options.titles())

    def _on_run(self, run: int | None) -> None:
        self._is_awaited = False
        self._bundles.say_none(
            self.tr("This run has not been exported yet.") if run is not None
            else self.tr("Only a completed run can be exported: choose one from the list.")
        )
        self._bundles.show_run(run)
        rows = self._context.feed.runs
        self._export.show_run(next((each for each in rows if each.id == run), None))

    def _on_exported(self, run: int) -> None:
        if run == self._runs.current():
            self._bundles.show_run(run)
            self._is_awaited = True

    def _on_bundle(self, bundle: Bundle | None) -> None:
        """Let the certificate of what was just exported be seen."""
        if bundle is not None and self._is_awaited:
            self._is_awaited = False
            self._scroll_to(self._bundles.certificate)
