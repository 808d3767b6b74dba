from engine.spec.card import Card, objections


def card(kind, name, **more):
    return Card(kind=kind, name=name, title=name.upper(), summary="", **more)


def test_that_cards_without_objections_can_be_combined():
    mixing = card("regularizer", "mixing", traits=("mixes_images",))
    assert objections([mixing, card("method", "m"), card("backbone", "b", traits=("exits",))]) == []
    assert objections([]) == []


def test_that_an_objection_names_both_and_the_reason():
    method = card("method", "m", refuses={"exits": "it ends there", "widths": "it is too wide"})
    network = card("backbone", "b", traits=("exits", "unbranched"))
    line = "M cannot be combined with B: it ends there"
    assert objections([method, network]) == objections([network, method]) == [line]


def test_that_every_objection_is_a_line_of_its_own():
    method = card("method", "m", refuses={"exits": "one", "widths": "two"})
    networks = [card("backbone", "b", traits=("exits", "widths")),
                card("backbone", "c", traits=("widths",))]
    assert objections([method, *networks]) == [
        "M cannot be combined with B: one", "M cannot be combined with B: two",
        "M cannot be combined with C: two",
    ]


def test_that_a_card_does_not_object_to_itself_but_to_another_of_its_kind():
    one, other = (
        card("regularizer", name, traits=("mixes_images",), refuses={"mixes_images": "once"})
        for name in ("one", "other")
    )
    assert objections([one]) == []
    assert objections([one, other]) == [
        "ONE cannot be combined with OTHER: once", "OTHER cannot be combined with ONE: once"
    ]
