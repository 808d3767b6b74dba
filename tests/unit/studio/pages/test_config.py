from engine.spec.card import Card
from engine.spec.catalog import Catalog
from engine.spec.run_spec import RunSpec
from studio.pages.run.config import with_defaults

MIXUP = Card(kind="regularizer", name="mixup", title="Mixup", summary="",
             options={"properties": {"alpha": {"default": 1.0}, "every": {"default": 2}}})


def test_that_the_options_of_regularizers_stand_beside_their_defaults():
    spec = RunSpec(regularizers={"mixup": {"alpha": 0.2}, "gone": {}})
    table, default = with_defaults(spec, Catalog([MIXUP]))
    assert table["regularizers"] == {"mixup": {"alpha": 0.2, "every": 2}, "gone": {"on": True}}
    assert default["regularizers"]["mixup"] == {"alpha": 1.0, "every": 2}
