"""The bundles that were written of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from engine.spec.rows import ArtifactRow
from studio.item_models.wording import file_size, moment
from studio.pages.export.certificate_text import summary
from studio.theme.icons import icon
from studio.theme.theme import caption_font
from studio.theme.tokens import sizes

_SHIPS, _FORMATS, _SIZE, _FOLDER = range(1, 5)
_MOST_ROWS, _FRAME = 4, 4
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Bundle:
    """One bundle of a run.

    Attributes:
        row: what the store has of it.
        folder: where it was written.
        is_there: whether it still lies there.
    """

    row: ArtifactRow
    folder: Path
    is_there: bool

    @property
    def certificate(self) -> Mapping[str, Any]:
        """Its certificate, as it was when it was written."""
        return self.row.facts["certificate"]

    @property
    def size(self) -> int:
        """Bytes of its files, as far as they are known."""
        return self.row.bytes


def find_bundles(rows: Sequence[ArtifactRow], root: Path) -> list[Bundle]:
    """Look which of a run's bundles are still there; reads the disk.

    Args:
        rows: of the store.
        root: folder of the workspace.
    """
    folders = [root / row.path for row in rows]
    return [
        Bundle(row, folder, (folder / "certificate.json").is_file())
        for row, folder in zip(rows, folders, strict=True)
    ]


class BundleList(QTreeWidget):
    """When, what, formats, size, and whether the folder is still there.

    Signals:
        chosen: the user looks at another bundle.
    """

    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bundles: Sequence[Bundle] = ()
        self.setObjectName("export_bundles")
        self.setAccessibleName(self.tr("Bundles"))
        self.setProperty("role", "card")
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setHeaderLabels([
            self.tr("Written"), self.tr("Ships"), self.tr("Formats"), self.tr("Size"),
            self.tr("Folder"),
        ])
        header = self.header()
        header.setFont(caption_font(header.font()))
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column in (_SHIPS, _FORMATS):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.currentItemChanged.connect(self._on_current)

    def show_bundles(self, bundles: Sequence[Bundle], titles: Mapping[str, str]) -> None:
        """List bundles, and look at the first.

        Args:
            bundles: newest first.
            titles: what people call each format, by name.
        """
        self.blockSignals(True)
        self._bundles = bundles
        self.clear()
        for bundle in bundles:
            self.addTopLevelItem(self._item(bundle, titles))
        if (first := self.topLevelItem(0)) is not None:
            self.setCurrentItem(first)
        self.blockSignals(False)
        rows = min(len(bundles), _MOST_ROWS) * max(self.sizeHintForRow(0), sizes().row)
        self.setFixedHeight(self.header().sizeHint().height() + rows + _FRAME)
        self.chosen.emit()

    def current(self) -> Bundle | None:
        """The bundle looked at."""
        at = self.currentIndex().row()
        return self._bundles[at] if 0 <= at < len(self._bundles) else None

    def _item(self, bundle: Bundle, titles: Mapping[str, str]) -> QTreeWidgetItem:
        certificate = bundle.certificate
        formats = [titles.get(name, name) for name in certificate.get("formats", {})]
        there = self.tr("there") if bundle.is_there else self.tr("moved or deleted")
        item = QTreeWidgetItem([
            moment(bundle.row.created_at), summary(certificate), ", ".join(formats),
            file_size(bundle.size), there,
        ])
        for column in range(self.columnCount()):
            item.setToolTip(column, item.text(column))
        item.setToolTip(_FOLDER, str(bundle.folder))
        item.setTextAlignment(_SIZE, _RIGHT)
        if not bundle.is_there:
            item.setIcon(_FOLDER, icon("warn", "warn"))
        return item

    def _on_current(self) -> None:
        self.chosen.emit()
