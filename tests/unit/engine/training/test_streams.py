import torch

from engine.training.streams import (
    AUGMENTATION,
    AUXILIARY,
    BACKBONE,
    NOISE,
    ORDER,
    Streams,
)

NAMES = (BACKBONE, AUXILIARY, ORDER, AUGMENTATION, NOISE)


def test_that_no_two_draws_share_a_key():
    keys = {Streams(s).key(n, i) for s in (0, 1, 11) for n in NAMES for i in (0, 1, 10, 110)}
    assert len(keys) == 3 * len(NAMES) * 4
    assert all(0 <= key < 2**63 for key in keys)


def test_that_a_stream_is_what_it_was():
    assert Streams(0).key(BACKBONE) == 1710774748737744216
    assert Streams(3).key(ORDER, 7) == 7353139687491058433


def test_that_a_seeded_context_draws_the_same_and_leaves_no_trace():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    with Streams(0).seeded(BACKBONE):
        first = torch.randn(3)
    assert torch.equal(torch.get_rng_state(), before)
    with Streams(0).seeded(BACKBONE):
        assert torch.equal(torch.randn(3), first)
    with Streams(0).seeded(AUXILIARY):
        assert not torch.equal(torch.randn(3), first)
    with Streams(0).seeded(BACKBONE, 1):
        assert not torch.equal(torch.randn(3), first)


def test_that_reseeding_forgets_what_was_drawn():
    generator = torch.Generator()
    streams = Streams(5)
    first = torch.rand(2, generator=streams.reseed(generator, NOISE, 3))
    torch.rand(9, generator=generator)
    assert torch.equal(torch.rand(2, generator=streams.reseed(generator, NOISE, 3)), first)
