"""Settings: workspace, appearance, engine, storage, about."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QMessageBox,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.spec.rows import EngineRow, RunRow
from engine.spec.run_state import RunState
from studio.bridge.jobs import as_line
from studio.item_models.wording import file_size, look, moment
from studio.pages.settings.licences import licences, own_version
from studio.pages.settings.storage import Usage, usage_by_run
from studio.state.context import Context
from studio.state.settings import DARK, LIGHT, SYSTEM, THEME
from studio.widgets.buttons import IconButton, PushButton
from studio.widgets.labels import Badge, label
from studio.widgets.page_header import PageHeader
from studio.widgets.section import Section

_RUN = Qt.ItemDataRole.UserRole
_TABLE_HEIGHT = 240


class SettingsPage(QWidget):
    """What is the same for all experiments."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._measuring = False
        self._build()
        context.feed.engine_changed.connect(self._on_engine)
        context.settings.changed.connect(self._on_setting)
        self._on_engine(context.feed.engine)
        context.jobs.run(licences, self._on_licences, owner=self)

    def showEvent(self, event: QShowEvent) -> None:
        """Measure anew each time the page is looked at."""
        super().showEvent(event)
        self._measure()

    # ---- building

    def _build(self) -> None:
        page = QWidget()
        page.setProperty("role", "page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(12)
        for section in (
            self._make_workspace(), self._make_engine(), self._make_storage(), self._make_about()
        ):
            column.addWidget(section)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(PageHeader(self.tr("Settings")))
        layout.addWidget(scroll, 1)

    def _make_workspace(self) -> Section:
        section = Section(self.tr("Workspace and appearance"))
        folder = str(self._context.client.workspace.root)
        path = label(folder)
        path.setObjectName("settings_workspace")
        path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        path.setToolTip(self.tr("Another is opened with sila-studio --workspace DIR"))
        reveal = IconButton("folder", self.tr("Open the workspace's folder"))
        reveal.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(folder)))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(path)
        row.addWidget(reveal)
        row.addStretch()
        self._theme = QComboBox()
        self._theme.setObjectName("settings_theme")
        self._theme.setAccessibleName(self.tr("Theme"))
        self._theme.setMaximumWidth(240)
        for theme, text in (
            (SYSTEM, self.tr("as the system")), (LIGHT, self.tr("light")), (DARK, self.tr("dark")),
        ):
            self._theme.addItem(text, theme)
        self._theme.setCurrentIndex(self._theme.findData(self._context.settings.theme))
        self._theme.activated.connect(self._on_theme)
        form = _form()
        form.addRow(label(self.tr("Folder"), "muted"), row)
        form.addRow(label(self.tr("Theme"), "muted"), self._theme)
        section.body.addLayout(form)
        return section

    def _make_engine(self) -> Section:
        section = Section(self.tr("Engine"))
        self._engine_state = Badge("")
        self._engine_facts = label("", "muted", wrap=True)
        self._engine_facts.setObjectName("settings_engine")
        self._engine_button = PushButton("")
        self._engine_button.setObjectName("settings_engine_button")
        self._engine_button.clicked.connect(self._on_engine_button)
        section.add_control(self._engine_state)
        section.add_control(self._engine_button)
        section.body.addWidget(self._engine_facts)
        return section

    def _make_storage(self) -> Section:
        section = Section(self.tr("Storage by run"))
        self._total = label("", "muted")
        self._total.setObjectName("settings_total")
        self._delete = PushButton(self.tr("Delete…"), "trash", "danger")
        self._delete.setObjectName("settings_delete")
        self._delete.clicked.connect(self._on_delete)
        section.add_control(self._delete)
        self._runs = _table(
            "settings_storage", [self.tr("run"), self.tr("state"), self.tr("on disk")]
        )
        self._runs.setAccessibleName(self.tr("Storage by run"))
        self._runs.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self._runs.itemSelectionChanged.connect(self._on_selection)
        self._runs.setMaximumHeight(_TABLE_HEIGHT)
        section.body.addWidget(self._total)
        section.body.addWidget(self._runs)
        self._on_selection()
        return section

    def _make_about(self) -> Section:
        section = Section(self.tr("About"))
        text = self.tr("SiLa Studio {0}, Apache License 2.0. It works offline and sends nothing.")
        section.body.addWidget(label(text.format(own_version()).replace("  ", " ")))
        self._packages = _table(
            "settings_licences", [self.tr("package"), self.tr("version"), self.tr("licence")]
        )
        self._packages.setAccessibleName(self.tr("Licences"))
        self._packages.setMaximumHeight(_TABLE_HEIGHT)
        section.body.addWidget(self._packages)
        return section

    # ---- appearance

    def _on_theme(self, _: int) -> None:
        self._context.settings.put(THEME, self._theme.currentData())

    def _on_setting(self, key: str) -> None:
        if key == THEME:
            self._theme.setCurrentIndex(self._theme.findData(self._context.settings.theme))

    # ---- engine

    def _on_engine(self, engine: EngineRow | None) -> None:
        self._engine_button.setEnabled(True)
        if engine is None:
            self._engine_state.say(self.tr("stopped"), "neutral")
            self._engine_button.setText(self.tr("Start"))
            self._engine_facts.setText(self.tr(
                "It starts by itself when something is queued. Queued runs wait until then."
            ))
            return
        self._engine_state.say(self.tr("running"), "good")
        self._engine_button.setText(self.tr("Stop"))
        names = ", ".join(str(device.get("name", "")) for device in engine.devices)
        self._engine_facts.setText(self.tr(
            "Since {0} on {1}: {2}. It goes on when this window closes; stopping it lets a "
            "running training finish."
        ).format(moment(engine.started_at), engine.host, names or self.tr("no device known")))

    def _on_engine_button(self) -> None:
        client = self._context.client
        running = self._context.feed.engine is not None
        self._engine_button.setEnabled(False)
        self._context.jobs.run(
            client.stop_engine if running else client.start_engine,
            None, self._on_engine_failed, owner=self,
        )

    def _on_engine_failed(self, error: Exception) -> None:
        self._engine_button.setEnabled(True)
        self._context.messages.say(as_line(error), "bad")

    # ---- storage

    def _measure(self) -> None:
        if self._measuring:
            return
        self._measuring = True
        client = self._context.client
        self._total.setText(self.tr("Measuring…"))
        self._context.jobs.run(
            lambda: usage_by_run(client.workspace, client.runs()),
            self._on_measured, self._on_not_measured, owner=self,
        )

    def _on_measured(self, usages: Sequence[Usage]) -> None:
        self._measuring = False
        total = file_size(sum(usage.num_bytes for usage in usages))
        self._total.setText(
            self.tr("{0} in {1} runs.").format(total, len(usages)) if usages
            else self.tr("No run has files yet.")
        )
        self._runs.setVisible(bool(usages))
        self._runs.setRowCount(len(usages))
        for at, usage in enumerate(usages):
            run = usage.run
            texts = (f"{run.id}   {run.name}", look(run.state).word, file_size(usage.num_bytes))
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setData(_RUN, run)
                self._runs.setItem(at, column, item)

    def _on_not_measured(self, error: Exception) -> None:
        self._measuring = False
        self._total.setText(as_line(error))

    def _selected(self) -> list[RunRow]:
        return [index.data(_RUN) for index in self._runs.selectionModel().selectedRows()]

    def _on_selection(self) -> None:
        selected = self._selected()
        running = any(run.state is RunState.RUNNING for run in selected)
        self._delete.setEnabled(bool(selected) and not running)
        reason = self.tr("A run that is running must be stopped first.") if running else ""
        self._delete.setToolTip(reason or (
            self.tr("Delete the selected runs with all their files") if selected
            else self.tr("Select runs in the table first.")
        ))

    def _on_delete(self) -> None:
        runs = [run.id for run in self._selected()]
        text = self.tr(
            "Delete {0} runs with their curves, checkpoints, weights and bundles in the "
            "workspace? This cannot be undone."
        ).format(len(runs))
        box = QMessageBox(QMessageBox.Icon.Warning, self.tr("Delete runs"), text, parent=self)
        box.setObjectName("settings_confirm")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        delete = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        delete.setObjectName("settings_confirm_delete")
        box.addButton(QMessageBox.StandardButton.Cancel)
        delete.clicked.connect(lambda: self._delete_runs(runs))
        box.open()

    def _delete_runs(self, runs: Sequence[int]) -> None:
        client = self._context.client
        self._context.jobs.run(
            lambda: client.delete(runs), self._on_deleted, owner=self
        )

    def _on_deleted(self, num_bytes: int) -> None:
        self._context.messages.say(self.tr("Freed {0}.").format(file_size(num_bytes)))
        self._measure()

    # ---- about

    def _on_licences(self, rows: Sequence[tuple[str, str, str]]) -> None:
        self._packages.setRowCount(len(rows))
        self._packages.setVisible(bool(rows))
        for at, row in enumerate(rows):
            for column, text in enumerate(row):
                self._packages.setItem(at, column, QTableWidgetItem(text))


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(16)
    form.setVerticalSpacing(8)
    return form


def _table(name: str, titles: list[str]) -> QTableWidget:
    table = QTableWidget(0, len(titles))
    table.setObjectName(name)
    table.setHorizontalHeaderLabels(titles)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setStretchLastSection(True)
    table.horizontalHeader().setHighlightSections(False)
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    return table
