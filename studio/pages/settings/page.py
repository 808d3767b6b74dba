"""Settings: what is the same for all experiments."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from studio.pages.settings.about import AboutTab
from studio.pages.settings.engine import EngineTab
from studio.pages.settings.general import GeneralTab
from studio.pages.settings.shortcuts import ShortcutsTab
from studio.pages.settings.storage import StorageTab
from studio.state.context import Context
from studio.widgets.calm import CalmTabWidget
from studio.widgets.layout import column
from studio.widgets.page_header import PageHeader


class SettingsPage(QWidget):
    """Tabs; every setting is kept as soon as it is changed."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout, tabs = column(self, spacing=12, margin=16), CalmTabWidget()
        layout.addWidget(PageHeader(self.tr("Settings")))
        layout.addWidget(tabs, 1)
        self._engine = EngineTab(context)
        tabs.setObjectName("settings_tabs")
        tabs.setDocumentMode(True)
        tabs.tabBar().setDrawBase(False)
        for tab, text in (
            (GeneralTab(context), self.tr("General")), (self._engine, self.tr("Engine")),
            (ShortcutsTab(context), self.tr("Shortcuts")),
            (StorageTab(context), self.tr("Storage")), (AboutTab(context), self.tr("About")),
        ):
            tabs.addTab(tab, text)

    def showEvent(self, event: QShowEvent) -> None:
        """Look again at what may have changed elsewhere."""
        super().showEvent(event)
        self._engine.ask()
