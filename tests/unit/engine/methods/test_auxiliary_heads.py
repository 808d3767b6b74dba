import pytest
import torch
from torch import nn

from engine.backbones.backbone import count_parameters
from engine.backbones.resnet import resnet
from engine.methods.auxiliary_heads import (
    AuxiliaryHead,
    auxiliary_logits,
    make_bottlenecks,
    make_heads,
)
from engine.spec.errors import SpecError


@pytest.fixture
def backbone():
    return resnet(10, 3, (16, 32, 64), num_blocks=1)


def test_that_linear_heads_pool_and_classify_every_stage_but_the_last(backbone):
    heads = make_heads(backbone, "linear")
    assert [count_parameters(head) for head in heads] == [16 * 10 + 10, 32 * 10 + 10]
    maps = backbone.features(torch.randn(2, 3, 8, 8)).maps
    for head, map_BCHW, logits in zip(heads, maps, auxiliary_logits(heads, maps), strict=False):
        torch.testing.assert_close(logits, head[-1](map_BCHW.mean((2, 3))))


def test_that_convolutional_heads_end_at_the_size_of_the_last_map_and_the_width_of_the_embedding(
    backbone,
):
    maps = backbone.features(torch.randn(2, 3, 16, 16)).maps
    for head, map_BCHW in zip(make_heads(backbone, "conv"), maps, strict=False):
        pool = next(place for place, m in enumerate(head) if isinstance(m, nn.AdaptiveAvgPool2d))
        h = map_BCHW
        for layer in list(head)[:pool]:
            h = layer(h)
        assert h.shape == maps[-1].shape


def test_that_a_convolutional_head_counts_as_its_layers_say(backbone):
    first, second = make_heads(backbone, "conv")
    block_1 = 9 * 16 + 16 * 32 + 2 * 32
    block_2 = 9 * 32 + 32 * 64 + 2 * 64
    classifier = 64 * 10 + 10
    assert count_parameters(first) == block_1 + block_2 + classifier
    assert count_parameters(second) == block_2 + classifier


def test_that_a_head_answers_with_the_features_its_linear_layer_reads(backbone):
    head = make_bottlenecks(backbone)[0].eval()
    map_BCHW = torch.randn(2, 16, 8, 8)
    features, logits = head.answer(map_BCHW)
    assert features.shape == (2, backbone.embedding_dim)
    assert torch.equal(logits, head[-1](features))
    assert torch.equal(logits, head(map_BCHW))


def test_that_a_map_of_one_pixel_can_be_read():
    assert AuxiliaryHead((4, 8, 16), 10)(torch.randn(2, 4, 1, 1)).shape == (2, 10)


def test_that_native_heads_are_the_networks_own(backbone, monkeypatch):
    own = nn.ModuleList([AuxiliaryHead((16,), 10)])
    monkeypatch.setattr(backbone, "native_heads", lambda: own)
    heads = make_heads(backbone, "native")
    assert heads is own
    assert len(auxiliary_logits(heads, backbone.features(torch.randn(2, 3, 8, 8)).maps)) == 1


def test_that_native_heads_are_refused_where_there_are_none(backbone):
    with pytest.raises(SpecError, match="choose linear or conv"):
        make_heads(backbone, "native")
