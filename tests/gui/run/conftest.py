import pytest

from studio.pages.run.page import RunPage


@pytest.fixture
def page(qtbot, context):
    page = RunPage(context)
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    return page
