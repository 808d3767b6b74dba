import pytest

from engine.analysis.compare import compare
from studio.pages.compare.study import Question, Study, Variant


def variant(label, backbone, dataset):
    return Variant(f"{label} {backbone} {dataset}", label, backbone, dataset, label, 0, 1, 1)


@pytest.mark.parametrize(("variants", "names"), [
    ([("plain", "a", "d"), ("dml+mixup", "b", "d")], ["plain, a", "dml + mixup, b"]),
    ([("plain", "a", "d"), ("dml+mixup", "a", "d")], ["plain", "dml + mixup"]),
    ([("plain", "a", "d"), ("plain", "b", "d")], ["plain, a", "plain, b"]),
    ([("plain", "a", "d"), ("plain", "a", "e"), ("dml", "a", "e")],
     ["plain, d", "plain, e", "dml, e"]),
    ([("plain", "a", "d"), ("plain", "b", "e")], ["plain, a · d", "plain, b · e"]),
])
def test_that_a_legend_says_what_tells_variants_apart(variants, names):
    question = Question(())
    made = tuple(variant(*one) for one in variants)
    study = Study(question, compare([], None, question.metric), made, ())
    assert list(study.names().values()) == names
