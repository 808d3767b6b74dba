"""The experiment as TOML, to be edited and put back into the form."""

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from engine.spec.errors import SpecError
from engine.spec.spec_file import parse_table
from studio.item_models.wording import brief
from studio.pages.compose.draft import Draft, draft_of
from studio.widgets.labels import label
from studio.widgets.text_dialog import monospace

_CHECK_AFTER_MS = 150


class TomlDialog(QDialog):
    """A text editor that says, while one types, what is not understood.

    Signals:
        applied: the Draft that the user wants in the form.
    """

    applied = Signal(object)

    def __init__(
        self, text: str, check: Callable[[Draft], None], parent: QWidget | None = None
    ) -> None:
        """Show `text`.

        Args:
            text: a spec file.
            check: raises SpecError on a draft that the form cannot show.
            parent: owner.
        """
        super().__init__(parent)
        self._check = check
        self.setWindowTitle(self.tr("Edit as TOML"))
        self.setObjectName("toml_dialog")
        self.resize(640, 560)
        self.text = QPlainTextEdit(text)
        self.text.setObjectName("toml_text")
        self.text.setAccessibleName(self.tr("The experiment as TOML"))
        self.text.setFont(monospace())
        self.text.setTabStopDistance(4 * QFontMetricsF(self.text.font()).horizontalAdvance(" "))
        self.reason = label("", "error", wrap=True)
        self.reason.setObjectName("toml_reason")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.apply = buttons.addButton(self.tr("Use"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.apply.setObjectName("toml_apply")
        self.apply.setProperty("role", "primary")
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        hint = self.tr("The same file works with the command line: sila run FILE")
        layout.addWidget(label(hint, "muted"))
        layout.addWidget(self.text, 1)
        layout.addWidget(self.reason)
        layout.addWidget(buttons)
        self._timer = QTimer(self, singleShot=True, interval=_CHECK_AFTER_MS)
        self._timer.timeout.connect(self._refresh)
        self.text.textChanged.connect(self._timer.start)
        self._refresh()

    def draft(self) -> Draft:
        """What the text says.

        Raises:
            SpecError: something in it is not understood.
        """
        draft = draft_of(parse_table(self.text.toPlainText()))
        self._check(draft)
        return draft

    def _refresh(self) -> None:
        try:
            self.draft()
        except SpecError as error:
            self.reason.setText(brief(str(error)))
            self.reason.setToolTip(str(error))
            self.apply.setEnabled(False)
        else:
            self.reason.clear()
            self.apply.setEnabled(True)

    def _on_accepted(self) -> None:
        self._refresh()
        if self.apply.isEnabled():
            self.applied.emit(self.draft())
            self.accept()
