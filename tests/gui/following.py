"""A run that is looked at on its page."""

from PySide6.QtWidgets import QTabWidget


def child(page, kind, name):
    found = page.findChild(kind, name)
    assert found is not None, name
    return found


def panels(page):
    return page._curves.panels


def curve(page, panel, name):
    return next(one for one in panels(page)[panel]._curves if one.name == name)


def plain(text):
    """A text whose lines can break anywhere."""
    return text.replace("&nbsp;", " ").replace("\u00a0", " ")


def shown_x(page):
    """What the panels show of x; all show the same."""
    [extent] = {tuple(one._view.viewRange()[0]) for one in panels(page).values()}
    return extent


def show_tab(page, title):
    tabs = child(page, QTabWidget, "run.tabs")
    tabs.setCurrentIndex([tabs.tabText(at) for at in range(tabs.count())].index(title))
