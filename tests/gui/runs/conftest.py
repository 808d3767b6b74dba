from dataclasses import replace

import pytest

from studio.pages.runs.page import RunsPage
from studio.state.commands import Commands


@pytest.fixture
def resting(client, monkeypatch):
    """No engine is started: what is queued stays queued."""
    monkeypatch.setattr(client, "start_engine", lambda: None)


@pytest.fixture
def page(qtbot, context):
    page = RunsPage(context)
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    context.commands.refresh()  # as the window does
    return page


@pytest.fixture
def again(qtbot, context):
    """A function: the page as a later window shows it, with what is remembered."""

    def make():
        commands = Commands()
        for command in context.commands.all():
            if command.id.startswith(("run.", "go.", "demo.")):
                commands.add(command)
        page = RunsPage(replace(context, commands=commands))
        qtbot.addWidget(page)
        page.resize(1200, 700)
        page.show()
        return page

    return make
