"""Parameters of whole training systems, as the authors of the methods counted them."""

import pytest
import torch

from engine.backbones.backbone import count_parameters
from engine.build import make_system
from engine.spec.run_spec import BackboneSpec, MethodSpec
from engine.training.streams import Streams

# DefangChen/OKDDip-AAAI2020, for 10 and for 100 classes
COUNTS = {
    ("one", "resnet32"): (1_175_639, 1_193_189),
    ("one", "vgg16_chenyaofo"): (30_480_999, 30_619_509),
    ("one", "wide_resnet20_8"): (17_285_111, 17_354_501),
    ("one", "resnet110_bottleneck"): (2_893_047, 2_962_437),
    ("okddip", "resnet32"): (None, 1_554_272),
}


@pytest.mark.parametrize(("method", "backbone"), COUNTS)
def test_that_a_training_system_is_as_large_as_its_authors(method, backbone):
    for classes, expected in zip((10, 100), COUNTS[method, backbone], strict=True):
        if expected is None:  # not given
            continue
        with torch.device("meta"):
            system = make_system(
                MethodSpec(name=method), BackboneSpec(name=backbone), classes, 3, Streams(0)
            )
        assert count_parameters(system) == expected
