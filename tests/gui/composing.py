"""The compose page as a test meets it: a few cards, and how a user acts on them."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QListView, QPushButton

from engine.spec.card import Card
from engine.spec.options import Options, option
from studio.pages.compose.page import ComposePage
from studio.pages.compose.toml_dialog import TomlDialog


class SilaOptions(Options):
    alpha: float = option(0.5, "Weight.", title="Weight α", ge=0.0, le=100.0)


class MixupOptions(Options):
    alpha: float = option(1.0, "Shape.", title="Mixing α", gt=0.0)


class DmlOptions(Options):
    peer_backbones: tuple[str, ...] = option((), "Others.", title="Others", card="backbone")


def card(kind, name, title, **rest):
    return Card(kind=kind, name=name, title=title, summary=f"About {title}.", **rest)


ONE_MIXTURE = {"mixes_images": "images are mixed in one way at a time"}


CARDS = [
    card("backbone", "resnet20", "ResNet-20", facts={"params": {"10": 272474, "100": 278324}}),
    card("backbone", "resnet8", "ResNet-8", facts={"params": {"10": 78042, "100": 83892}}),
    card("backbone", "msdnet", "MSDNet", traits=("exits",), facts={"params": {"10": 2_000_000}}),
    card("method", "sila", "SiLa", options=SilaOptions.model_json_schema(),
         parts=("label encoder", "projector"), equation="L = CE + α C", paper="Our reading.",
         evidence="No difference shown.", facts={"num_peers": 1, "cost": 1.03}),
    card("method", "plain", "Plain", facts={"num_peers": 1, "cost": 1.0}),
    card("method", "dml", "Deep Mutual Learning", parts=("second peer",),
         options=DmlOptions.model_json_schema(), refuses={"exits": "its peers have one answer"},
         facts={"num_peers": 2, "cost": 2.0}),
    card("regularizer", "mixup", "Mixup", options=MixupOptions.model_json_schema(),
         traits=("mixes_images",), refuses=ONE_MIXTURE, equation="x̃ = λ x + (1 − λ) x′",
         paper="Zhang et al. 2018"),
    card("regularizer", "cutmix", "CutMix", traits=("mixes_images",), refuses=ONE_MIXTURE),
    card("regularizer", "smooth", "Label smoothing"),
    card("dataset", "digits", "Digits",
         facts={"num_classes": 10, "channels": 1, "bundled": True}),
    card("dataset", "cifar100", "CIFAR-100", facts={"num_classes": 100, "channels": 3}),
    card("dataset", "image_folder", "Image folder", facts={"needs_root": True}),
]


def opened(qtbot, context):
    page = ComposePage(context)
    qtbot.addWidget(page)
    page.resize(1208, 744)
    page.show()
    qtbot.waitUntil(lambda: start(page).isVisible() and said(page) == "")
    return page


def start(page):
    return page.findChild(QPushButton, "compose_start")


def said(page):
    return page.findChild(QLabel, "compose_reason").text()


def click_card(qtbot, page, part, title):
    view = page.findChild(QListView, f"compose_{part}")
    model = view.model()
    rows = [row for row in range(model.rowCount()) if model.index(row, 0).data() == title]
    index = model.index(rows[0], 0)
    view.scrollTo(index)
    at = view.visualRect(index).center() - QPoint(20, 0)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def wait_for_text(qtbot, page, text):
    qtbot.waitUntil(lambda: start(page).text() == text)


def wait_for_reason(qtbot, page, part):
    qtbot.waitUntil(lambda: part in said(page))


def type_into(qtbot, page, name, text):
    line = page.findChild(QLineEdit, name)
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    qtbot.keyClicks(line, text)


def row_of(page, part, title):
    model = page.editor.cards(part).view.model()
    rows = [model.index(row, 0) for row in range(model.rowCount())]
    return next(index for index in rows if index.data() == title)


def titles(page, part):
    model = page.editor.cards(part).view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def edit_as_toml(qtbot, page):
    button = page.findChild(QPushButton, "compose_toml")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    return page.findChild(TomlDialog)
