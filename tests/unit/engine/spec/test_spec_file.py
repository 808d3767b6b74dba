import re
import tomllib

import pytest

from engine.spec.bundled import bundled
from engine.spec.errors import SpecError
from engine.spec.run_spec import MAX_SEED, RunSpec
from engine.spec.spec_file import dump_spec, expand, load_spec_file, parse_spec, with_settings

EXAMPLE = """
name = "first"
seeds = [3, 1]
[dataset]
name = "digits"
train_images = 200
[training]
lr = 0.05
milestones = [0.25, 0.5]
[grid]
"training.epochs" = [2, 4]
method = [{ name = "plain" }, { name = "sila", options = { alpha = 0.3 } }]
"""


def complaint(text, settings=()):
    """The one line with which a spec is refused."""
    with pytest.raises(SpecError) as caught:
        parse_spec(text, settings)
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_that_a_grid_is_every_combination_with_every_seed():
    runs = parse_spec(EXAMPLE)
    assert [(r.training.epochs, r.method.name, r.seed) for r in runs] == [
        (epochs, method, seed)
        for epochs in (2, 4) for method in ("plain", "sila") for seed in (3, 1)
    ]
    assert {r.name for r in runs} == {"first"}
    assert {r.training.milestones for r in runs} == {(0.25, 0.5)}


def test_that_inline_tables_of_a_grid_do_not_mix():
    text = '[method]\nname = "dml"\noptions = { num_peers = 3 }\n[grid]\n' + (
        '"method.options" = [{}, { temperature = 2.0 }]\n"method.name" = ["dml", "sila_dml"]'
    )
    assert [(r.method.name, r.method.options) for r in parse_spec(text)] == [
        ("dml", {}), ("sila_dml", {}), ("dml", {"temperature": 2.0}),
        ("sila_dml", {"temperature": 2.0}),
    ]
    runs = parse_spec('[grid]\nmethod = [{ name = "sila" }]\n"method.options.alpha" = [0.1, 0.2]')
    assert [r.method.options for r in runs] == [{"alpha": 0.1}, {"alpha": 0.2}]


@pytest.mark.parametrize("grid", [
    'method = [{ name = "sila" }]\n"method.options.alpha" = [0.1, 0.2]',
    '"method.options.alpha" = [0.1, 0.2]\nmethod = [{ name = "sila" }]',
    '"method.options.alpha" = [0.1, 0.2]\n"method.options" = [{ beta = 1.0 }]\n'
    '"method.name" = ["sila"]',
])
def test_that_keys_change_the_tables_of_a_grid_wherever_they_stand(grid):
    runs = parse_spec(f"[grid]\n{grid}")
    assert [(r.method.name, r.method.options["alpha"]) for r in runs] == [
        ("sila", 0.1), ("sila", 0.2)
    ]


def test_that_an_empty_spec_is_one_run_of_defaults():
    assert parse_spec("") == [RunSpec()]


def test_that_one_seed_needs_no_list():
    assert [r.seed for r in parse_spec("seeds = 7")] == [7]


def test_that_a_spec_survives_being_written():
    table = {
        "name": 'a "quoted" näme', "seeds": [0, MAX_SEED],
        "dataset": {"name": "digits", "root": None, "validation": 0.25},
        "method": {"name": "sila", "options": {"alpha": 0.3, "beta": 1.0}},
        "regularizers": {"mixup": {}, "label_smoothing": {"epsilon": 0.2}},
        "training": {"nesterov": False, "milestones": [0.1, 0.9], "lr": 1e-7},
        "grid": {"training.epochs": [2, 4], "method": [{"name": "plain"}, {"name": "dml"}]},
    }
    assert parse_spec(dump_spec(table)) == expand(table)


@pytest.mark.parametrize("grid", [
    'training = [{ epochs = 4 }, { epochs = 8 }]\n"training.lr" = [0.05]',
    '"training.lr" = [0.05, 0.1]\ntraining = [{ epochs = 4 }, { epochs = 8 }]',
    'training.lr = [0.05, 0.1]\nmethod = [{ name = "plain" }, { options = { peers = [{}] } }]',
    '[grid.training]\nlr = [0.05, 0.1]\n[[grid.method]]\nname = "sila"\n[[grid.method]]',
])
def test_that_the_runs_of_a_grid_keep_their_order_when_they_are_written(grid):
    table = tomllib.loads(f"[grid]\n{grid}" if "[grid" not in grid else grid)
    written = dump_spec(table)
    assert parse_spec(written) == expand(table)
    assert dump_spec(tomllib.loads(written)) == written


def test_that_a_resolved_run_survives_being_written(catalog):
    for run in parse_spec(EXAMPLE):
        table = {**catalog.resolve(run).model_dump(mode="json"), "seeds": [run.seed]}
        del table["seed"]
        assert parse_spec(dump_spec(table)) == [catalog.resolve(run)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("trainig = {}", "unknown key 'trainig' in the spec; did you mean 'training'?"),
        ("seed = 1", "unknown key 'seed' in the spec; did you mean 'seeds'?"),
        ("[training]\nepoch = 3", "unknown key 'epoch' in [spec.training]; did you mean 'epochs'?"),
        ("[method]\nnmae = 'sila'", "unknown key 'nmae' in [spec.method]; did you mean 'name'?"),
        ("[dataset]\nvalidaton = 0", "unknown key 'validaton' in [spec.dataset]; "
         "did you mean 'validation'?"),
        ("[grid]\n'trainign.lr' = [1.0]", "[grid] unknown key 'trainign.lr'; "
         "did you mean 'training'?"),
        ("[grid]\n'training.lrr' = [1.0]", "unknown key 'lrr' in [spec.training]; "
         "did you mean 'lr'?"),
        ("[grid]\n'training.lr' = 1.0", '[grid] "training.lr" must be a list with at least one '
         "value"),
        ("[grid]\n'training.lr' = []", '[grid] "training.lr" must be a list with at least one '
         "value"),
        ("dataset = 'digits'", "'dataset' must be a table: [dataset]"),
        ("regularizers = ['mixup']", "'regularizers' must be a table: [regularizers]"),
        ("[regularizers]\nmixup = 3", "[spec.regularizers] mixup = 3: input should be a valid "
         "dictionary"),
        ("[[regularizers.mixup]]\nalpha = 1.0", "[spec.regularizers] mixup = [{'alpha': 1.0}]: "
         "input should be a valid dictionary"),
        ("[regularizer.mixup]", "unknown key 'regularizer' in the spec; did you mean "
         "'regularizers'?"),
        ("[grid]\nregularizers = [{ mixup = 3 }]", "[spec.regularizers] mixup = 3: input should "
         "be a valid dictionary"),
        ("[grid]\nregularizers = ['mixup']", "[spec] regularizers = 'mixup': input should be a "
         "valid dictionary"),
        ("grid = [1]", "'grid' must be a table: [grid]"),
        ("seeds = []", "seeds = []: at least one seed is needed"),
        ("seeds = [1, 2, 1]", "seeds: a seed is named twice"),
    ],
)
def test_that_a_slip_is_named_with_what_was_meant(text, line):
    assert complaint(text) == line


@pytest.mark.parametrize("seeds", ["[-1]", "[true]", "['1']", "[1.0]", "{}", "'x'", "[[1]]",
                                   str(MAX_SEED + 1)])
def test_that_a_seed_is_a_whole_number_in_range(seeds):
    assert "is not a whole number from 0 to 4294967295" in complaint(f"seeds = {seeds}")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("epochs", "'x'"), ("epochs", "'5'"), ("epochs", "0"), ("epochs", "-3"), ("epochs", "1.5"),
        ("epochs", "true"), ("lr", "nan"), ("lr", "inf"), ("lr", "-0.1"), ("lr", "0"),
        ("lr", "true"), ("lr", "'0.1'"), ("momentum", "1.0"), ("batch_size", "1"),
        ("optimizer", "'adam'"), ("nesterov", "'no'"), ("nesterov", "0"), ("threads", "-1"),
        ("milestones", "0.5"), ("milestones", "['a']"), ("device", "1"), ("schedule", "[]"),
    ],
)
def test_that_a_value_of_another_type_or_range_is_refused(key, value):
    line = complaint(f"[training]\n{key} = {value}")
    assert re.match(rf"\[spec\.training(\.{key})?\] ({key}|0) = .+: .+", line)


@pytest.mark.parametrize(
    ("settings", "check"),
    [
        (["training.epochs=3"], lambda r: r.training.epochs == 3),
        (["training.lr = 1e-3"], lambda r: r.training.lr == 1e-3),
        (["method.name=sila"], lambda r: r.method.name == "sila"),
        (["method.name='sila'"], lambda r: r.method.name == "sila"),
        (["name=two words = one"], lambda r: r.name == "two words = one"),
        (["method={ name = 'dml', options = { num_peers = 3 } }"],
         lambda r: r.method.options == {"num_peers": 3}),
        (["method.options.alpha=0.2"], lambda r: r.method.options == {"alpha": 0.2}),
        (["training.nesterov=false"], lambda r: r.training.nesterov is False),
        (["regularizers.mixup.alpha=0.2"], lambda r: r.regularizers == {"mixup": {"alpha": 0.2}}),
        (["regularizers.mixup={}"], lambda r: r.regularizers == {"mixup": {}}),
        (["training.sharpness=sam"], lambda r: r.training.sharpness == "sam"),
        (["seeds=[5]", "seeds=6"], lambda r: r.seed == 6),
    ],
)
def test_that_a_setting_changes_the_spec(settings, check):
    (run,) = parse_spec("", settings)
    assert check(run)


def test_that_a_setting_may_be_a_grid():
    runs = parse_spec("[grid]\n'training.lr' = [0.1]", ["grid.training.lr=[0.2, 0.3]"])
    assert [r.training.lr for r in runs] == [0.2, 0.3]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["epochs"], "--set epochs: write it as key=value"),
        (["=3"], "--set =3: write it as key=value"),
        (["training.epohcs=3"], "did you mean 'epochs'?"),
        (["name.x=3"], "'name.x': 'name' is not a table"),
        (["regularizers=mixup"], "'regularizers' must be a table"),
        (["regularizers.mixup=0.2"], "[spec.regularizers] mixup = 0.2"),
        (["training=3"], "'training' must be a table"),
        (["seeds=x"], "seeds: 'x' is not"),
    ],
)
def test_that_a_setting_that_makes_no_sense_is_refused(settings, said):
    assert said in complaint("name = 'a'", settings)


def test_that_a_grid_setting_needs_a_grid_that_is_a_table():
    assert complaint("grid = 3", ["grid.training.lr=[1]"]) == "'grid' must be a table: [grid]"


def test_that_too_many_runs_are_refused():
    values = list(range(1, 200))
    grid = {"training.epochs": values, "training.threads": values}
    with pytest.raises(SpecError, match="more than 10000 runs"):
        expand({"grid": grid})


@pytest.mark.parametrize("text", ["[", "a = ", "x = 1\nx = 2", "a = " + "9" * 5000])
def test_that_text_that_is_no_toml_is_refused(text):
    assert complaint(text).startswith("the spec is not valid TOML: ")


DEEP = ".".join("a" * 3000)


@pytest.mark.parametrize("text", [
    "a = " + "[" * 3000, "a = " + "{ a = " * 3000, "[method.options]\na = " + "[" * 60 + "]" * 60,
    f"method.options.{DEEP} = 1", f"[method.options.{DEEP}]", f"[grid.method.options.{DEEP}]",
    f"[grid]\n'method.options.{DEEP}' = [1]", f"[[method.options.{DEEP}]]",
])
def test_that_what_is_nested_too_deeply_is_refused(text):
    assert re.fullmatch(
        "the spec is nested too deeply(: at most 50 levels are read)?", complaint(text)
    )


def test_that_settings_that_nest_too_deeply_are_refused():
    setting = f"method.options.{DEEP}=1"
    assert complaint("", [setting]).startswith("the spec is nested too deeply")
    with pytest.raises(SpecError, match="nested too deeply"):
        with_settings(RunSpec(), [setting])


def test_that_options_may_hold_tables_and_lists():
    [run] = parse_spec("[method.options]\na.b = [[{ c = 1 }], [[2]]]")
    assert run.method.options == {"a": {"b": [[{"c": 1}], [[2]]]}}


def test_that_a_file_that_cannot_be_read_is_named(tmp_path):
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00\x01")
    for path, said in [
        (tmp_path / "none.toml", "cannot read .*none.toml: No such file"),
        (tmp_path, "cannot read .*: Is a directory"),
        (binary, "the file .*binary.toml is not text in UTF-8"),
    ]:
        with pytest.raises(SpecError, match=said):
            load_spec_file(path)


def test_that_a_file_may_begin_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "spec.toml"
    path.write_bytes("\ufeffname = 'notepad'\r\nseeds = 2\r\n".encode())
    (run,) = load_spec_file(path)
    assert (run.name, run.seed) == ("notepad", 2)


@pytest.mark.parametrize("preset", sorted(bundled("assets").glob("presets/*.toml")),
                         ids=lambda path: path.stem)
def test_that_every_preset_can_be_used(preset, catalog):
    for run in load_spec_file(preset, ["dataset.root='/pictures'"]):
        catalog.resolve(run)


@pytest.mark.parametrize("grid", [
    '[grid]\n"training.lr" = [0.1, 0.2]', "[grid]\ntraining.lr = [0.1, 0.2]",
    "[grid.training]\nlr = [0.1, 0.2]",
])
def test_that_a_grid_may_be_written_in_each_of_tomls_ways(grid):
    assert [run.training.lr for run in parse_spec(grid)] == [0.1, 0.2]


def test_that_a_grid_names_no_variant_twice():
    with pytest.raises(SpecError, match="the same variant twice"):
        parse_spec('[grid]\n"training.lr" = [0.1, 0.1]')


def test_that_regularizers_are_tables_of_their_options():
    text = "[regularizers.mixup]\n[regularizers.label_smoothing]\nepsilon = 0.2"
    (run,) = parse_spec(text)
    assert run.regularizers == {"mixup": {}, "label_smoothing": {"epsilon": 0.2}}


def test_that_a_grid_goes_over_regularizers_and_over_their_options():
    runs = parse_spec("[grid]\nregularizers = [{}, { mixup = {} }, { cutmix = { alpha = 0.5 } }]")
    assert [run.regularizers for run in runs] == [{}, {"mixup": {}}, {"cutmix": {"alpha": 0.5}}]
    for grid in ("[grid]\nregularizers.mixup.alpha = [0.2, 1.0]",
                 "[grid.regularizers.mixup]\nalpha = [0.2, 1.0]"):
        runs = parse_spec(f"[regularizers.label_smoothing]\n{grid}")
        assert [run.regularizers for run in runs] == [
            {"label_smoothing": {}, "mixup": {"alpha": alpha}} for alpha in (0.2, 1.0)
        ]
    runs = parse_spec("", ["grid.regularizers=[{}, {mixup={}}]", "grid.training.epochs=[1, 2]"])
    assert len({run.digest() for run in runs}) == 4


def test_that_a_relative_folder_is_meant_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    [run] = parse_spec('[dataset]\nroot = "data"')
    assert run.dataset.root == str(tmp_path / "data")


@pytest.mark.parametrize(("line", "said"), [
    ("milestones = [60.0, 120.0]", "above 0 and below 1"),
    ("milestones = [-1.0]", "above 0 and below 1"),
    ("epochs = 2\nwarmup_epochs = 50.0", "shorter than the training"),
    ('device = "nonsense"', "device"),
])
def test_that_a_recipe_that_means_nothing_is_refused(line, said):
    with pytest.raises(SpecError, match=said):
        parse_spec(f"[training]\n{line}")
