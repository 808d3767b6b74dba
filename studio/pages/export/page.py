"""Export: the stripped network as a bundle, with the certificate, and a place to try it."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.spec.card import Card
from engine.spec.catalog import Catalog
from engine.spec.errors import SpecError
from engine.spec.rows import ArtifactRow, RunRow, TaskRow
from studio.bridge.task_watch import TaskWatch
from studio.item_models.wording import moment
from studio.pages.export.certificate import CertificateView
from studio.pages.export.options import ExportOptions
from studio.pages.export.part_choice import PartChoice
from studio.pages.export.parts import anytime_curve, choices
from studio.pages.export.run_list import RunList
from studio.pages.export.try_it import TryIt
from studio.state.context import Context
from studio.widgets.buttons import IconButton, PushButton
from studio.widgets.empty_state import EmptyState
from studio.widgets.labels import label
from studio.widgets.page_header import PageHeader
from studio.widgets.section import Section
from studio.widgets.task_bar import TaskBar

_SIDE, _TRY = (180, 260), (220, 320)  # least and most
_SHARES = 26, 56, 32


class ExportPage(QWidget):
    """Choose a completed run, press Export, read the certificate, try the file."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._exporting: int | None = None
        self._curves: Sequence[Mapping[str, Any]] = ()
        self._watch = TaskWatch(context.client, context.jobs, self)
        self._watch.progressed.connect(self._on_progress)
        self._watch.succeeded.connect(self._on_exported)
        self._watch.failed.connect(self._on_failed)
        self._watch.cancelled.connect(self._on_cancelled)
        self._build()
        context.feed.runs_changed.connect(self._on_runs)
        context.feed.catalog_changed.connect(self._on_catalog)
        context.selection.current_changed.connect(self._runs.choose)
        if context.feed.catalog is not None:
            self._on_catalog(context.feed.catalog)
        self._on_runs(context.feed.runs)
        self._runs.choose(context.selection.current)

    # ---- building

    def _build(self) -> None:
        self._empty = EmptyState(
            "export", self.tr("A run can be exported once it is completed."),
            self.tr("New experiment"),
        )
        self._empty.clicked.connect(lambda: self._context.selection.show_page("compose"))
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(PageHeader(
            self.tr("Export"),
            self.tr("What ships is the backbone alone; everything that only helped in training "
                    "is stripped, and that is proved."),
        ))
        columns = QHBoxLayout()
        columns.setSpacing(12)
        self._runs = RunList()
        self._runs.chosen.connect(self._on_run)
        runs = Section(self.tr("Completed runs"))
        runs.body.addWidget(self._runs)
        self._try = TryIt(self._context)
        for side, (least, most) in ((runs, _SIDE), (self._try, _TRY)):
            side.setMinimumWidth(least)
            side.setMaximumWidth(most)
        for widget, share in zip((runs, self._make_middle(), self._try), _SHARES, strict=True):
            columns.addWidget(widget, share)
        layout.addLayout(columns, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self._on_run(None)

    def _make_middle(self) -> QScrollArea:
        page = QWidget()
        page.setProperty("role", "page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(12)
        column.addWidget(self._make_action())
        column.addWidget(self._make_bundles())
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(page)
        return scroll

    def _make_action(self) -> Section:
        self._action = Section(" ")
        self._more = PushButton(self.tr("Options"))
        self._more.setObjectName("export_more")
        self._more.setCheckable(True)
        self._export = PushButton(self.tr("Export"), "export", "primary")
        self._export.setObjectName("export_start")
        self._export.clicked.connect(self._on_export)
        self._action.add_control(self._more)
        self._action.add_control(self._export)
        self._part = PartChoice()
        self._options = ExportOptions()
        self._options.hide()
        self._options.weights_changed.connect(self._show_parts)
        self._more.toggled.connect(self._options.setVisible)
        self._task = TaskBar()
        self._task.cancelled.connect(self._watch.cancel)
        self._said = label("", "error", wrap=True)
        self._said.setObjectName("export_said")
        self._said.hide()
        for widget in (self._part, self._options, self._task, self._said):
            self._action.body.addWidget(widget)
        return self._action

    def _make_bundles(self) -> Section:
        section = Section(self.tr("Certificate"))
        self._bundles = QComboBox()
        self._bundles.setObjectName("export_bundles")
        self._bundles.setAccessibleName(self.tr("Bundle"))
        self._bundles.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._bundles.setMinimumContentsLength(20)
        self._bundles.currentIndexChanged.connect(self._on_bundle)
        self._reveal = IconButton("folder", self.tr("Open the bundle's folder"))
        self._reveal.setObjectName("export_reveal")
        self._reveal.clicked.connect(self._on_reveal)
        section.add_control(self._bundles)
        section.add_control(self._reveal)
        self._none = label("", "muted")
        self._none.setObjectName("export_none")
        self._certificate = CertificateView()
        section.body.addWidget(self._none)
        section.body.addWidget(self._certificate)
        return section

    # ---- what is shown

    def _on_runs(self, rows: Sequence[RunRow]) -> None:
        self._runs.show_runs(rows)
        self._stack.setCurrentIndex(1 if self._runs.count() else 0)

    def _on_catalog(self, catalog: Catalog) -> None:
        self._options.set_formats(catalog.all("export"))
        self._show_parts()

    def _on_run(self, run: int | None) -> None:
        is_listed = run is not None
        self._action.set_title(
            self.tr("Run {0}").format(run) if is_listed else self.tr("No completed run chosen")
        )
        self._none.setText(
            self.tr("This run has not been exported yet.") if is_listed
            else self.tr("Only a completed run can be exported: choose one from the list.")
        )
        if self._exporting is None:
            self._said.hide()
        self._refresh_button()
        self._curves = ()
        self._show_parts(anew=True)
        self._read_curves(run)
        self._read_bundles(run)

    def _card(self) -> Card | None:
        """The card of the run's backbone."""
        run, catalog = self._runs.current(), self._context.feed.catalog
        name = next((row.backbone for row in self._context.feed.runs if row.id == run), None)
        try:
            return catalog.card("backbone", name) if catalog is not None and name else None
        except SpecError:  # of a plug-in that is gone
            return None

    def _show_parts(self, *, anew: bool = False) -> None:
        """Offer what can ship of the run's network."""
        card = self._card()
        curve = anytime_curve(self._curves, self._options.weights())
        self._part.show_choices(choices(card, curve) if card is not None else [], anew=anew)

    def _read_curves(self, run: int | None) -> None:
        if run is not None:
            client = self._context.client
            self._context.jobs.run(
                lambda: [facts for _, facts in client.facts([run], "curve")],
                lambda curves: self._on_curves(curves) if run == self._runs.current() else None,
                owner=self,
            )

    def _on_curves(self, curves: Sequence[Mapping[str, Any]]) -> None:
        self._curves = curves
        self._show_parts()

    def _read_bundles(self, run: int | None) -> None:
        self._show_bundles([])
        if run is not None:
            client = self._context.client
            self._context.jobs.run(
                lambda: client.artifacts(run, "bundle"),
                lambda rows: self._show_bundles(rows) if run == self._runs.current() else None,
                owner=self,
            )

    def _show_bundles(self, rows: Sequence[ArtifactRow]) -> None:
        self._bundles.blockSignals(True)
        self._bundles.clear()
        root = self._context.client.workspace.root
        for row in rows:
            folder = root / row.path
            said: dict[str, Any] = row.facts["certificate"]
            what = said.get("part", {}).get("name", self.tr("the whole network"))
            text = self.tr("{0}, {1}, {2}").format(
                what, said["weights"], moment(row.created_at)
            )
            self._bundles.addItem(text, (str(folder), row))
            self._bundles.setItemData(
                self._bundles.count() - 1, str(folder), Qt.ItemDataRole.ToolTipRole
            )
        self._bundles.blockSignals(False)
        self._on_bundle(self._bundles.currentIndex())

    def _on_bundle(self, at: int) -> None:
        found: tuple[str, ArtifactRow] | None = self._bundles.itemData(at) if at >= 0 else None
        self._none.setVisible(found is None)
        for widget in (self._certificate, self._bundles, self._reveal):
            widget.setVisible(found is not None)
        self._try.set_bundle(found[0] if found else "")
        if found is not None:
            self._certificate.show_certificate(found[1].facts["certificate"])

    def _on_reveal(self) -> None:
        found: tuple[str, ArtifactRow] | None = self._bundles.currentData()
        if found is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(found[0]))

    # ---- exporting

    def _on_export(self) -> None:
        run = self._runs.current()
        if run is None:
            return
        if not self._options.formats():
            self._say(self.tr("Tick at least one format."))
            return
        self._exporting = run
        self._said.hide()
        self._task.begin()
        self._refresh_button()
        arguments = self._options.arguments() | self._part.arguments()
        self._watch.start("export", run=run, **arguments)

    def _refresh_button(self) -> None:
        reason = ""
        if self._exporting is not None:
            reason = self.tr("An export is under way.")
        elif self._runs.current() is None:
            reason = self.tr("Only a completed run can be exported.")
        self._export.setEnabled(not reason)
        self._export.setToolTip(reason)

    def _say(self, line: str) -> None:
        self._said.setText(line)
        self._said.show()

    def _on_progress(self, task: TaskRow) -> None:
        name = self.tr("Run {0}: {1}").format(self._exporting, task.doing)
        self._task.show_progress(task.done, task.total, name if task.doing else "")

    def _on_exported(self, result: dict[str, Any]) -> None:
        run = self._exporting
        self._end()
        if run == self._runs.current():
            self._read_bundles(run)

    def _on_failed(self, line: str) -> None:
        self._end()
        self._say(line)

    def _on_cancelled(self) -> None:
        self._end()
        self._say(self.tr("The export was cancelled; no bundle was written."))

    def _end(self) -> None:
        self._exporting = None
        self._task.hide()
        self._refresh_button()

