"""Rows and columns with the window's distances."""

from typing import TypeVar

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

L = TypeVar("L", bound=QBoxLayout)


def row(parent: QWidget | None = None, spacing: int = 8, margin: int = 0) -> QHBoxLayout:
    """Return a layout from left to right; with a parent, it becomes the parent's layout."""
    return _spaced(QHBoxLayout(), parent, spacing, margin)


def column(parent: QWidget | None = None, spacing: int = 8, margin: int = 0) -> QVBoxLayout:
    """Return a layout from top to bottom; with a parent, it becomes the parent's layout."""
    return _spaced(QVBoxLayout(), parent, spacing, margin)


def _spaced(layout: L, parent: QWidget | None, spacing: int, margin: int) -> L:
    layout.setSpacing(spacing)
    layout.setContentsMargins(margin, margin, margin, margin)
    if parent is not None:
        parent.setLayout(layout)
    return layout
