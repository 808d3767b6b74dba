import pytest

from engine.spec.card import Card
from studio.pages.compose.badges import badges, deployed_parameters, size, size_lines


def backbone(name="net", traits=(), **facts):
    return Card(kind="backbone", name=name, title=name, summary="", traits=traits, facts=facts)


def test_that_a_backbone_tells_its_parameters_and_multiply_adds():
    card = backbone(params={"10": 272_474, "100": 278_324}, multiply_adds=[40_813_184])
    assert badges(card) == ["272 k params", "40.8 M MAdds"]


def test_that_of_several_exits_the_last_one_s_cost_is_told():
    card = backbone(multiply_adds=[13_000_000, 1_500_000_000], num_exits=2)
    assert badges(card) == ["1.5 G MAdds", "2 exits"]


def test_that_widths_and_skipped_blocks_are_not_called_exits():
    slimmable = backbone(traits=("widths",), num_exits=4, widths=[0.25, 0.5, 0.75, 1.0])
    assert badges(slimmable) == ["4 widths"]
    assert badges(backbone(traits=("paths",))) == ["skips blocks"]


def test_that_the_size_in_full_has_every_width_s_cost():
    card = backbone(
        traits=("widths",), params={"10": 1234, "100": 12340}, multiply_adds=[1e6, 2.5e6],
        input_size=32, num_exits=2, widths=[0.5, 1.0],
    )
    assert size_lines(card) == [
        "1,234 parameters for 10 classes",
        "widths 0.5, 1: 1 M, 2.5 M multiply-adds at 32 × 32 pixels",
    ]


@pytest.mark.parametrize("facts", [{}, {"multiply_adds": []}])
def test_that_what_is_not_counted_is_not_told(facts):
    assert badges(backbone(**facts)) == []


def test_that_the_smallest_backbone_comes_first_and_those_not_counted_last():
    small = backbone("small", params={"10": 10, "100": 100})
    large = backbone("large", params={"10": 20, "100": 200})
    assert sorted([backbone("unknown"), large, small], key=size) == [
        small, large, backbone("unknown")
    ]


def test_that_parameters_grow_evenly_with_the_classes():
    card = backbone(params={"10": 100, "100": 1000})
    assert [deployed_parameters(card, k) for k in (10, 37, 100, 1000)] == [100, 370, 1000, 10000]
    assert deployed_parameters(backbone(), 10) is None
