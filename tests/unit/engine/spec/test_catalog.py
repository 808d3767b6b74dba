import pytest

from engine.spec.card import Card
from engine.spec.catalog import Catalog, check_options, metric_name
from engine.spec.errors import OptionError, SpecError
from engine.spec.options import Options, option, parse
from engine.spec.run_spec import RunSpec


def spec(**table):
    return parse(RunSpec, table, "spec")


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ({"method": {"name": "silla"}}, "unknown method 'silla'; did you mean 'sila'?"),
        ({"backbone": {"name": "resnet_20"}}, "unknown backbone 'resnet_20'; did you mean "
         "'resnet20'?"),
        ({"dataset": {"name": "digit"}}, "unknown dataset 'digit'; did you mean 'digits'?"),
        ({"method": {"name": "sila", "options": {"alhpa": 1}}},
         "unknown key 'alhpa' in [method.options] of sila; did you mean 'alpha'?"),
        ({"backbone": {"name": "resnet8", "options": {"width": 2}}},
         "unknown key 'width' in [backbone.options] of resnet8: it has no options"),
        ({"method": {"name": "sila", "options": {"alpha": -1}}},
         "[method.options] of sila: alpha = -1 must be at least 0.0"),
        ({"method": {"name": "sila", "options": {"alpha": "x"}}},
         "[method.options] of sila: alpha = 'x' must be of type number"),
        ({"method": {"name": "dml", "options": {"num_peers": 2.5}}},
         "[method.options] of dml: num_peers = 2.5 must be of type integer"),
        ({"method": {"name": "dml", "options": {"num_peers": True}}},
         "[method.options] of dml: num_peers = True must be of type integer"),
        ({"method": {"name": "sila", "options": {"alpha": float("nan")}}},
         "[method.options] of sila: alpha = nan must be a finite number"),
        ({"regularizers": {"mixp": {}}}, "unknown regularizer 'mixp'; did you mean 'mixup'?"),
        ({"regularizers": {"mixup": {"alhpa": 1}}},
         "unknown key 'alhpa' in [regularizer.options] of mixup; did you mean 'alpha'?"),
        ({"regularizers": {"mixup": {"alpha": 0}}},
         "[regularizer.options] of mixup: alpha = 0 must be more than 0.0"),
        ({"method": {"name": "dml", "options": {"peer_backbones": ["resnet_20"]}}},
         "unknown backbone 'resnet_20'; did you mean 'resnet20'?"),
        ({"method": {"name": "dml", "options": {"peer_backbones": "resnet20"}}},
         "[method.options] of dml: peer_backbones = 'resnet20' must be of type array"),
        ({"regularizers": {"mixup": {}, "cutmix": {}}},
         "Mixup cannot be combined with CutMix: images are mixed in one way at a time"),
        ({"method": {"name": "cs_kd"}, "regularizers": {"label_smoothing": {}, "cutmix": {}}},
         "CS-KD cannot be combined with CutMix: a mixture of two classes has no other image of its "
         "class"),
        ({"dataset": {"name": "image_folder"}},
         "[dataset] image_folder needs 'root', the folder or file of its images"),
    ],
)
def test_that_what_cannot_be_used_is_refused_in_one_line(catalog, table, line):
    with pytest.raises(SpecError) as caught:
        catalog.resolve(spec(**table))
    assert str(caught.value) == line


def test_that_a_name_far_from_all_lists_what_there_is(catalog):
    with pytest.raises(SpecError, match=r"\(known: .*cs_kd, .*dml, .*plain, .*sila, .*sila_dml"):
        catalog.card("method", "qqqq")


def test_that_options_that_say_the_default_are_left_out(catalog):
    card = catalog.card("method", "dml")
    assert check_options(card, {"num_peers": 2, "temperature": 1}) == {}
    kept = check_options(card, {"num_peers": 3.0, "temperature": 2})
    assert kept == {"num_peers": 3, "temperature": 2.0}
    assert [type(value) for value in kept.values()] == [int, float]


def test_that_a_regularizer_of_defaults_stays_chosen(catalog):
    chosen = {"mixup": {"alpha": 1}, "label_smoothing": {"epsilon": 0.2}}
    resolved = catalog.resolve(spec(regularizers=chosen))
    assert resolved.regularizers == {"label_smoothing": {"epsilon": 0.2}, "mixup": {}}
    assert list(resolved.regularizers) == ["label_smoothing", "mixup"]
    assert resolved.digest() == spec(
        regularizers={"mixup": {}, "label_smoothing": {"epsilon": 0.2}}
    ).digest()


def test_that_the_cards_of_a_run_are_all_that_it_names(catalog):
    cards = catalog.chosen(spec(method={"name": "sila"}, regularizers={"mixup": {}}))
    assert [(card.kind, card.name) for card in cards] == [
        ("dataset", "digits"), ("backbone", "resnet8"), ("method", "sila"), ("regularizer", "mixup")
    ]


@pytest.mark.parametrize(("value", "fault"), [
    ("twin", ""), ("twim", "unknown method 'twim'; did you mean 'twin'?"),
])
def test_that_an_option_may_name_one_card(catalog, value, fault):
    class Naming(Options):
        other: str = option("m", "Another method.", card="method")

    def card(name, options):
        schema = options.model_json_schema()
        return Card(kind="method", name=name, title=name, summary="", options=schema)

    known = Catalog([
        catalog.card("dataset", "digits"), catalog.card("backbone", "resnet8"),
        card("m", Naming), card("twin", Options),
    ])
    chosen = spec(method={"name": "m", "options": {"other": value}})
    if fault:
        with pytest.raises(SpecError) as caught:
            known.resolve(chosen)
        assert str(caught.value) == fault
    else:
        assert known.resolve(chosen).method.options == {"other": "twin"}


def test_that_resolving_twice_changes_nothing_more(catalog):
    table = {"name": "dml", "options": {"num_peers": 3, "peer_backbones": ["resnet20", "resnet8"]}}
    once = catalog.resolve(spec(method=table, regularizers={"mixup": {"alpha": 0.2}}))
    assert catalog.resolve(once) == once


def test_that_direction_and_unit_are_those_of_the_metrics_card(catalog):
    assert [catalog.direction(k) for k in ("val/top1", "test/ece", "train/loss/kl", "lr")] == [
        "up", "down", "down", "down"
    ]
    assert catalog.unit("val/top1") == catalog.card("metric", "top1").facts["unit"] != ""
    assert catalog.unit("lr") == ""


def test_that_a_metrics_name_is_the_second_part_of_its_key():
    assert [metric_name(k) for k in ("val/top1", "train/loss/kl", "lr")] == ["top1", "loss", "lr"]


class Chosen(Options):
    mode: str = option("a", "One of them.", unit="images", visible_when={"other": ["x"]})
    size: int = option(3, "How large.", ge=1, le=9)


def test_that_a_card_carries_all_that_a_form_needs():
    card = Card(kind="method", name="m", title="M", summary="", options=Chosen.model_json_schema())
    mode, size = card.options["properties"]["mode"], card.options["properties"]["size"]
    assert (mode["unit"], mode["visible_when"]) == ("images", {"other": ["x"]})
    assert (size["minimum"], size["maximum"], size["description"]) == (1, 9, "How large.")
    assert card.option_defaults == {"mode": "a", "size": 3}
    assert Card.model_validate(card.model_dump(mode="json")) == card


def test_that_a_catalogue_keeps_its_order(catalog):
    names = [card.name for card in catalog.all("method")]
    assert [card.name for card in Catalog(reversed(catalog.all("method"))).all("method")] == (
        names[::-1]
    )


@pytest.mark.parametrize("method", ["dml", "kdcl", "sila_dml"])
@pytest.mark.parametrize(
    ("backbone", "options", "said"),
    [
        ("resnet8", {"peer_backbones": ["resnet20", "resnet20"]},
         "2 other peers' backbones are named: that makes 3 peers, not 2"),
        ("resnet8", {"num_peers": 3, "peer_backbones": ["resnet20"]},
         "1 other peer's backbone is named: that makes 2 peers, not 3"),
        ("resnet8", {"peer_backbones": ["msdnet_anytime_4"]},
         "the peers (resnet8, msdnet_anytime_4) have 1, 4 exits; they need the same number of "
         "them"),
        ("msdnet_anytime_4", {"peer_backbones": ["slimmable_resnet20"]},
         "the peers (msdnet_anytime_4, slimmable_resnet20) have exits and fixed widths, which do "
         "not answer to each other; choose networks of one kind"),
        ("us_resnet20", {"peer_backbones": ["slimmable_mobilenet_v2"]},
         "the peers (us_resnet20, slimmable_mobilenet_v2) have widths drawn anew for every step "
         "and fixed widths, which do not answer to each other; choose networks of one kind"),
        ("slimmable_resnet20", {"peer_backbones": ["us_mobilenet_v2"]},
         "the peers (slimmable_resnet20, us_mobilenet_v2) have fixed widths and widths drawn anew "
         "for every step, which do not answer to each other; choose networks of one kind"),
    ],
)
def test_that_peers_that_do_not_fit_are_refused_when_they_are_queued(
    catalog, method, backbone, options, said
):
    with pytest.raises(OptionError) as caught:
        catalog.resolve(
            spec(backbone={"name": backbone}, method={"name": method, "options": options})
        )
    assert str(caught.value) == f"{catalog.card('method', method).title}: {said}"
    assert (caught.value.part, caught.value.option) == ("method", "peer_backbones")


@pytest.mark.parametrize(("one", "other"), [
    ("us_resnet20", "us_mobilenet_v2"), ("slimmable_resnet20", "slimmable_resnet32"),
])
def test_that_peers_of_one_kind_are_queued(catalog, one, other):
    method = {"name": "dml", "options": {"peer_backbones": [other]}}
    assert catalog.resolve(spec(backbone={"name": one}, method=method))


@pytest.mark.parametrize("method", ["deep_supervision", "dks", "sila_deep"])
def test_that_native_heads_are_refused_where_there_are_none(catalog, method):
    native = {"name": method, "options": {"head": "native"}}
    with pytest.raises(SpecError) as caught:
        catalog.resolve(spec(backbone={"name": "resnet8"}, method=native))
    assert str(caught.value) == (
        f"{catalog.card('method', method).title}: head = 'native': this backbone was published "
        "without auxiliary heads; choose linear or conv"
    )
    for backbone in ("tv_googlenet", "tv_inception_v3"):
        assert catalog.resolve(spec(backbone={"name": backbone}, method=native))


def test_that_a_network_whose_exits_are_its_heads_needs_no_native_ones(catalog):
    native = {"name": "dks", "options": {"head": "native"}}
    assert catalog.resolve(spec(backbone={"name": "msdnet_anytime_4"}, method=native))


@pytest.mark.parametrize("method", ["sila", "sila_deep", "sila_dml"])
def test_that_silas_options_name_the_weight_without_which_they_do_nothing(catalog, method):
    properties = catalog.card("method", method).options["properties"]
    needs = {name: part["needs"] for name, part in properties.items() if "needs" in part}
    contrast = {"contrast_temperature", "projection_dim", "contrast_twins", "contrast_stages"}
    assert {name for name, weight in needs.items() if weight == "alpha"} == contrast
    assert {"aux_weight", "label_dropout", "teacher_view"} < needs.keys() - contrast
    assert not needs.keys() & {"alpha", "beta", "start", "ramp", "weight", "num_peers"}


def test_that_weights_must_be_a_file_when_they_are_queued(catalog, tmp_path):
    def resolve(weights):
        table = {"name": "tv_resnet18", "options": {"weights": weights}}
        return catalog.resolve(spec(backbone=table)).backbone.options

    missing, file = tmp_path / "missing.pth", tmp_path / "own.pth"
    for path in (missing, tmp_path):
        with pytest.raises(SpecError) as caught:
            resolve(str(path))
        assert str(caught.value) == (
            f"resnet18 (torchvision): there is no file of weights at {path}; "
            "name a .pth or .safetensors file"
        )
    file.touch()
    assert resolve(str(file)) == {"weights": str(file)}
    assert resolve("default") == {"weights": "default"}
    assert resolve("") == resolve(" ") == resolve(None) == {}
