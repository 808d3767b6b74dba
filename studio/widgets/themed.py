"""Widgets that draw something of their own in the theme's colours."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent

from studio.theme.tokens import Tokens, current

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget as _Widget
else:
    _Widget = object


class Themed(_Widget):
    """To inherit from before the widget's own class: follows the theme with `_dress`."""

    _worn: Tokens | None = None

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        # Dressing may change the widget's own palette, and would be heard of here again.
        if event.type() == QEvent.Type.PaletteChange and current() is not self._worn:
            self.dress()
        super().changeEvent(event)

    def dress(self) -> None:
        """Wear the present theme."""
        self._worn = current()
        self._dress()

    def _dress(self) -> None:
        """Draw what is the widget's own in the colours of the theme."""
        raise NotImplementedError
