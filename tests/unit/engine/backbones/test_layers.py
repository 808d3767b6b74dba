from torch import nn

from engine.backbones.layers import conv_norm


def test_that_a_layer_is_a_convolution_a_batch_norm_and_an_activation():
    assert [type(part) for part in conv_norm(4, 8, 3)] == [nn.Conv2d, nn.BatchNorm2d, nn.ReLU]
    assert type(conv_norm(4, 8, 3, activation=nn.SiLU)[-1]) is nn.SiLU
    assert len(conv_norm(4, 8, 3, activation=None)) == 2


def test_that_a_layer_has_the_groups_and_the_bias_asked_for():
    convolution = conv_norm(4, 8, 5, 2, groups=4, bias=True)[0]
    assert tuple(convolution.weight.shape) == (8, 1, 5, 5)
    assert convolution.bias is not None
    assert (convolution.stride, convolution.padding) == ((2, 2), (2, 2))
    assert conv_norm(4, 8, 5)[0].bias is None
