"""Rows, columns and grids with the window's distances."""

from typing import TypeVar

from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

L = TypeVar("L", bound=QBoxLayout)


def row(parent: QWidget | None = None, spacing: int = 8, margin: int = 0) -> QHBoxLayout:
    """Return a layout from left to right; with a parent, it becomes the parent's layout."""
    return _spaced(QHBoxLayout(), parent, spacing, margin)


def column(parent: QWidget | None = None, spacing: int = 8, margin: int = 0) -> QVBoxLayout:
    """Return a layout from top to bottom; with a parent, it becomes the parent's layout."""
    return _spaced(QVBoxLayout(), parent, spacing, margin)


def cells(parent: QWidget, spacing: tuple[int, int], stretched: int) -> QGridLayout:
    """Return a layout of rows and columns, which becomes the parent's.

    Args:
        parent: the widget that is laid out.
        spacing: pixels between columns, and between rows.
        stretched: the column that takes the room that is left.
    """
    layout = QGridLayout(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setHorizontalSpacing(spacing[0])
    layout.setVerticalSpacing(spacing[1])
    layout.setColumnStretch(stretched, 1)
    return layout


def _spaced(layout: L, parent: QWidget | None, spacing: int, margin: int) -> L:
    layout.setSpacing(spacing)
    layout.setContentsMargins(margin, margin, margin, margin)
    if parent is not None:
        parent.setLayout(layout)
    return layout
