import pytest

from engine.spec.card import Card
from studio.pages.compose.search import searched, words_of


def card(name, title, **rest):
    return Card(kind="method", name=name, title=title, **{"summary": "", **rest})


KD = searched(
    card("kd", "Knowledge distillation", summary="It learns the same from it.",
         parts=("label-informed teacher",), paper="Hinton, Vinyals, Dean: Distilling. 2015"),
    "", ["+40 % time"],
)
WIDE = searched(card("wrn_28_10", "WRN-28-10"), "Wide ResNet", ["36.5 M params"])
RESNET = searched(card("resnet20", "ResNet-20"), "ResNet (CIFAR)", [])
SLIM = searched(card("slimmable_resnet20", "Slimmable ResNet-20"), "Slimmable", ["widths"])


@pytest.mark.parametrize(("text", "words"), [
    ("Multi-exit  ResNet_20", ("multi", "exit", "resnet", "20")), (" +3 % ", ("3",)), ("?", ()),
])
def test_that_words_are_read_without_signs_between_them(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("of", "text", "rank"),
    [
        (RESNET, "resnet20", 0), (RESNET, "ResNet-20", 0), (SLIM, "resnet20", 3),
        (WIDE, "wide resnet", 1), (RESNET, "wide resnet", None), (WIDE, "wrn28", 2),
        (RESNET, "net20", 3), (SLIM, "width", 4), (KD, "kd", 0), (KD, "knowledge", 2),
        (KD, "hinton", 4), (KD, "teacher", 4), (KD, "distillation hinton", 4), (KD, "40", 4),
        (KD, "sam", None), (KD, "same", 4), (KD, "eacher", None), (KD, "kd wide", None),
    ],
)
def test_that_names_come_before_what_is_said_elsewhere(of, text, rank):
    assert of.rank(words_of(text)) == rank
