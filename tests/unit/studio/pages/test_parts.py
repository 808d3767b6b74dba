import pytest

from engine.spec.card import Card
from studio.pages.export.certificate_files import times_line
from studio.pages.export.certificate_text import fact_lines
from studio.pages.export.leave_early import some_budgets
from studio.pages.export.parts import anytime_curve, choices

CURVE = {"kind": "anytime", "weights": "last", "cost": [1e6, 2.5e6], "top1": [80.0, 91.234]}


def network(*traits, **facts):
    return Card(kind="backbone", name="n", title="N", summary="", traits=traits, facts=facts)


def test_that_a_plain_network_ships_whole():
    assert choices(network("single_exit"), None) == []


def test_that_exits_are_offered_with_what_they_reach():
    found = choices(network("exits", num_exits=2), CURVE)
    assert [choice.text for choice in found] == [
        "The whole network   ·   91.23 % test top-1   ·   2.5 M multiply-adds",
        "Exit 1 of 2   ·   80.00 % test top-1   ·   1 M multiply-adds",
        "Exit 2 of 2   ·   91.23 % test top-1   ·   2.5 M multiply-adds",
        "All exits in one file",
    ]
    assert [choice.arguments for choice in found] == [{}, {"exit": 1}, {"exit": 2}, {"exit": "all"}]


def test_that_widths_are_called_widths():
    found = choices(network("widths", num_exits=2, widths=[0.5, 1.0]), None)
    assert [choice.text for choice in found] == [
        "The whole network", "Width 0.5 ×", "Width 1 ×", "All widths in one file"
    ]
    assert found[1].arguments == {"exit": 1}


def test_that_exits_that_the_card_does_not_count_are_those_of_the_curve():
    assert len(choices(network("exits"), CURVE)) == len(choices(network("exits"), None)) + 2


@pytest.mark.parametrize(
    ("trait", "arguments"), [("paths", {"path": "common"}),
                             ("reparameterizable", {"reparameterize": True})],
)
def test_that_there_are_two_ways_to_ship_paths_and_branches(trait, arguments):
    assert [choice.arguments for choice in choices(network(trait), None)] == [{}, arguments]


def test_that_the_curve_is_of_the_weights_that_ship():
    last, best = CURVE, {**CURVE, "weights": "best"}
    budgeted = {**CURVE, "kind": "budgeted", "weights": "best"}
    assert anytime_curve([budgeted, last, best], "best") is best
    assert anytime_curve([budgeted, last], "best") is last
    assert anytime_curve([budgeted], "best") is None


def test_that_a_certificate_tells_the_part_and_its_cost():
    certificate = {
        "params_training": 10, "params_deployed": 6, "params_removed": 4, "weights": "last",
        "part": {"name": "exit 1 of 2", "multiply_adds": 1_500_000},
    }
    assert fact_lines(certificate)[0] == ("Ships", "exit 1 of 2, 1.5 M multiply-adds")
    certificate["part"]["params_left_out"] = 3
    assert ("Left out", "3 parameters of what does not ship of the network") in (
        fact_lines(certificate)
    )
    certificate["part"] = {"name": "all 2 exits", "multiply_adds": [1_000_000, 1_500_000]}
    assert fact_lines(certificate)[0] == (
        "Ships", "all 2 exits\n1 M, 1.5 M multiply-adds, exit by exit"
    )
    del certificate["part"]
    assert fact_lines(certificate)[0] == ("Ships", "the whole network")


def test_that_a_few_budgets_span_the_costs():
    budgets = [{"expected_multiply_adds": cost} for cost in (5, 1, 1, 2, 9, 10, 4, 11)]
    shown = [budget["expected_multiply_adds"] for budget in some_budgets(budgets)]
    assert shown == [1, 2, 5, 9, 11]
    assert len(some_budgets(budgets[:3])) == 2


def test_that_an_ensemble_is_not_called_as_large_as_the_plain_backbone():
    lines = dict(fact_lines({
        "params_removed": 0, "params_deployed": 200, "params_training": 200, "weights": "last",
        "ensemble": [{"name": "a"}, {"name": "b"}],
    }))
    assert lines["Parameters"] == "200 of 200: 2 networks, each computed for every image"
    assert lines["Stripped"] == "nothing: all that was trained ships"


def test_that_results_have_titles_units_and_a_number_of_images_the_accuracy_first():
    certificate = {
        "params_training": 6, "params_deployed": 6, "params_removed": 0, "weights": "last",
        "results": {"test/loss": 0.22254, "test/ece": 12.578, "test/top1": 97.3333},
        "metrics": {
            "test/loss": {"title": "Loss", "unit": ""},
            "test/ece": {"title": "Calibration error", "unit": "%"},
            "test/top1": {"title": "Top-1", "unit": "%"},
        },
        "data": {"images": {"test": 450}},
    }
    said = dict(fact_lines(certificate))["Results on test"].replace("\N{NO-BREAK SPACE}", " ")
    assert said == "Top-1 97.33 %,  Loss 0.2225,  Calibration error 12.58 %,  n = 450"


@pytest.mark.parametrize(("calls", "said"), [((200, 200), "of 200 calls"),
                                             ((9, 200), "of 9 to 200 calls")])
def test_that_equal_numbers_of_calls_are_said_once(calls, said):
    latency = [{"calls": each} for each in calls]
    assert said in times_line({"formats": {"onnx": {"latency": latency}}})
