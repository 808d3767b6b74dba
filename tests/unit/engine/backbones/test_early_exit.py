import pytest
import torch

from engine.backbones.early_exit import EarlyExit
from engine.backbones.msdnet import GridCell, MSDNet
from engine.backbones.ranet import Flow, RANet
from engine.backbones.sdn import Block, ShallowDeepNetwork, internal_classifier, separable
from engine.spec.errors import SpecError

B = 6


def chain(num_classes):
    blocks = [Block(separable(3, 4, 1), 4, 32), Block(separable(4, 8, 2), 8, 16)]
    blocks += [Block(separable(8, 8, 1), 8, 16), Block(separable(8, 8, 1), 8, 16)]
    head = internal_classifier(blocks[-1], num_classes)
    return ShallowDeepNetwork(num_classes, 3, None, blocks, (0, 1, 2), head)


MAKE = {
    "msdnet": lambda: MSDNet(3, 3, (2, 3, 1, 1)),
    "ranet": lambda: RANet(3, 3, (Flow(1, 2), Flow(2, 1)), 4 * (2,)),
    "sdn": lambda: chain(3),
}


def images(size=8):
    return torch.randn(B, 3, size, size, generator=torch.Generator().manual_seed(0))


def settle(network):
    """Give the batch norms statistics with which the exits are neither sure nor unsure."""
    with torch.no_grad():
        for _ in range(10):
            network.train()(images())
    return network.eval()


@pytest.fixture(params=MAKE)
def network(request):
    torch.manual_seed(0)
    return settle(MAKE[request.param]())


def thresholds(network):
    """Those at which each exit would let the surer half of the images go, far from rounding."""
    confidences = [confidence(logits_BK) for logits_BK in network.features(images()).logits[:-1]]
    return [c_B.sort().values[B // 2 - 1 : B // 2 + 1].mean().item() for c_B in confidences]


def confidence(logits_BK):
    return logits_BK.softmax(dim=1).amax(dim=1)


def rows_seen(modules):
    """How many images each module is given from now on, by its place in `modules`."""
    seen = [0] * len(modules)

    def count(place):
        def hook(module, inputs):
            seen[place] += len(inputs[0])

        return hook

    for place, module in enumerate(modules):
        module.register_forward_pre_hook(count(place))
    return seen


@torch.no_grad()
def test_that_every_image_takes_the_first_exit_that_is_sure_and_gets_its_answer(network):
    wanted = thresholds(network)
    logits = network.features(images()).logits
    answers = EarlyExit(network, wanted)(images())
    assert len(set(answers.exits.tolist())) > 2
    for row, taken in enumerate(answers.exits.tolist()):
        sure = [
            confidence(at_BK)[row].item() >= threshold
            for at_BK, threshold in zip(logits, wanted, strict=False)
        ]
        assert taken == (sure.index(True) if any(sure) else len(wanted))
        torch.testing.assert_close(answers.logits[row], logits[taken][row], rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_that_one_image_gets_exactly_the_answer_of_the_subnet(network):
    for x_1CHW in images().split(1):
        answer = EarlyExit(network, thresholds(network))(x_1CHW)
        assert torch.equal(answer.logits, network.subnet(answer.exits.item())(x_1CHW))


@torch.no_grad()
def test_that_an_exit_is_computed_for_the_images_that_come_to_it_only(network):
    early = EarlyExit(network, thresholds(network))
    seen = rows_seen(list(network.heads.values()))
    exits = early(images()).exits
    assert seen == [int((exits >= stage).sum()) for stage in range(network.num_exits)]


@torch.no_grad()
def test_that_nothing_is_computed_that_the_first_exit_does_not_need(network):
    needed = dict(network.subnet(0).named_modules())
    others = [module for name, module in network.named_modules() if name not in needed]
    seen = rows_seen(others)
    answers = EarlyExit(network, [0.0] * 3)(images())
    assert answers.exits.tolist() == [0] * B
    assert not any(seen)
    EarlyExit(network, [2.0] * 3)(images())
    assert any(seen)


@torch.no_grad()
def test_that_a_dense_network_puts_off_the_finer_scales_until_they_are_needed():
    network = settle(MAKE["msdnet"]())
    cells = [m for m in network.modules() if isinstance(m, GridCell)]
    seen, walk = rows_seen(cells), network.exits(images())
    next(walk)
    assert seen[:6] == [0, B, B, 0, 0, B]  # two layers of three scales, the finest first
    assert len(list(walk)) == 3
    assert set(seen) == {B}


@torch.no_grad()
def test_that_an_exit_at_its_threshold_is_sure():
    network = settle(MAKE["sdn"]())
    x_1CHW = images()[:1]
    exact = confidence(network.features(x_1CHW).logits[0]).item()
    above = torch.tensor(exact).nextafter(torch.tensor(2.0)).item()
    assert EarlyExit(network, [exact, 0, 0])(x_1CHW).exits.item() == 0
    assert EarlyExit(network, [above, 0, 0])(x_1CHW).exits.item() == 1


@torch.no_grad()
def test_that_a_walk_goes_on_with_the_chosen_rows(network):
    logits = network.features(images()).logits
    walk = network.exits(images())
    assert torch.equal(next(walk), logits[0])
    got = walk.send(torch.tensor([4, 1]))
    torch.testing.assert_close(got, logits[1][[4, 1]], rtol=1e-4, atol=1e-5)
    got = walk.send(torch.tensor([False, True]))
    torch.testing.assert_close(got, logits[2][[1]], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("given", [2, 4])
def test_that_a_wrong_number_of_thresholds_is_refused(given):
    with pytest.raises(SpecError, match=f"^{given} thresholds for 4 exits: give one for each"):
        EarlyExit(MAKE["sdn"](), [0.5] * given)


def test_that_a_subnet_of_an_exit_that_is_not_there_is_refused(network):
    with pytest.raises(SpecError, match="exits 1 to 4"):
        network.subnet(4)


def test_that_the_state_of_a_subnet_is_a_part_of_the_networks(network):
    whole = network.state_dict()
    for stage in range(network.num_exits):
        part = network.subnet(stage).state_dict()
        assert all(torch.equal(whole[name], tensor) for name, tensor in part.items())
    assert len(part) < len(whole)


@torch.no_grad()
def test_that_a_subnet_can_be_cut_out_of_a_subnet(network):
    subnet = network.subnet(1)
    assert torch.equal(subnet.subnet(0)(images()), subnet(images()))
    assert subnet.stage_channels == network.stage_channels[:2]
