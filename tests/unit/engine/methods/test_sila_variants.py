"""The ablations and variants of SiLa, on networks with one exit and with two."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from engine.losses.siamese_contrast import siamese_contrast
from engine.methods.batch import Moment
from engine.methods.plain import Plain
from engine.methods.sila import Sila
from engine.methods.sila_auxiliary import SilaOptions, weight_at
from engine.methods.sila_dml import SilaDml, SilaDmlOptions
from engine.spec.errors import SpecError
from engine.spec.options import Options, parse
from tests.batches import make_batch

LABELLED = {"alpha": 0.0, "beta": 1.0, "label_dropout": 0.0}


def kl(target, learner, temperature):
    log_p, log_q = (F.log_softmax(a / temperature, 1) for a in (target, learner))
    return temperature**2 * (log_p.exp() * (log_p - log_q)).sum(1).mean()


def project(contrast, exit_, v):
    return contrast.last(F.relu(contrast.first[exit_][0](v)))


def fused(system, features):
    adapters = system.auxiliary.teaching.adapters
    stages = [
        F.relu(adapter[0](m.mean((2, 3))))
        for adapter, m in zip(adapters, features.maps, strict=False)
    ]
    return sum(stages, start=features.embedding)


# ---- contrast


def test_that_without_twins_the_contrast_is_supervised(setting, batch):
    system = Sila(setting, SilaOptions(contrast_twins=False))
    z = system.deployable().features(batch.x_BCHW).embedding
    images = project(system.auxiliary.contrast, 0, z)
    expected = 0.5 * siamese_contrast(images, None, batch.targets.y_B, 0.2)
    torch.testing.assert_close(system.loss(batch).terms["contrast"], expected)


def test_that_without_twins_a_label_encoder_is_built_only_for_a_teacher(setting):
    alone = Sila(setting, SilaOptions(contrast_twins=False)).removed_modules()
    assert not any("encoder" in name for name in alone)
    taught = Sila(setting, SilaOptions(contrast_twins=False, beta=1.0)).removed_modules()
    assert any("encoder" in name for name in taught)


def test_that_every_stage_is_contrasted_if_asked_for(setting, batch):
    system = Sila(setting, SilaOptions(alpha=0.4, contrast_stages=True))
    features, contrast = system.deployable().features(batch.x_BCHW), system.auxiliary.contrast
    seen = [features.maps[0].mean((2, 3)), features.maps[1].mean((2, 3)), features.embedding]
    twins = project(contrast, 2, system.auxiliary.encoder())
    expected = 0.4 * sum(
        siamese_contrast(project(contrast, s, v), twins, batch.targets.y_B, 0.2)
        for s, v in enumerate(seen)
    )
    torch.testing.assert_close(system.loss(batch).terms["contrast"], expected)
    assert [layer[0].in_features for layer in contrast.first] == [16, 32, 64]


# ---- teacher


def test_that_instead_of_a_dropped_label_another_images_is_shown(setting, batch):
    options = SilaOptions(beta=1.0, label_dropout=1.0, label_corruption="wrong")
    system = Sila(setting, options)
    teaching, twins = system.auxiliary.teaching, system.auxiliary.encoder()
    features, y = system.deployable().features(batch.x_BCHW), batch.targets.y_B
    image = fused(system, features)
    expected = teaching.teacher(torch.cat([image, twins[y.roll(1)]], dim=1))
    loss = system.loss(batch)
    torch.testing.assert_close(loss.terms["teach_ce"], F.cross_entropy(expected, y))


def test_that_labels_that_are_not_dropped_are_shown_right(setting, batch):
    y, labels = batch.targets.y_B, {}
    for corruption in ("drop", "wrong"):
        options = SilaOptions(alpha=0.0, beta=1.0, label_corruption=corruption)
        system = Sila(setting, options)
        features = system.deployable().features(batch.x_BCHW)
        labels[corruption] = system.auxiliary.teaching.teach(
            fused(system, features), system.auxiliary.encoder()[y], batch.noise.manual_seed(3)
        )
    dropped = torch.rand(12, 1, generator=batch.noise.manual_seed(3))[:, 0] < 0.5
    assert 0 < dropped.sum() < 12
    assert torch.equal((labels["drop"] == labels["wrong"]).all(1), ~dropped)


def test_that_the_teachers_own_loss_reaches_the_network_only_if_asked_for(setting, batch, reached):
    kept = Sila(setting, SilaOptions(**LABELLED))
    through = Sila(setting, SilaOptions(**LABELLED, fusion_gradient=True))
    losses = [system.loss(batch) for system in (kept, through)]
    for name, term in losses[0].terms.items():
        torch.testing.assert_close(term, losses[1].terms[name])
    names = reached(kept, losses[0].terms["teach_ce"])
    assert not any(name.startswith("peers") for name in names)
    names = reached(through, losses[1].terms["teach_ce"])
    network = {f"peers.0.{n}" for n, _ in through.deployable().named_parameters()}
    assert network - names == {"peers.0.head.weight", "peers.0.head.bias"}
    assert any(name.startswith("auxiliary.teaching.adapters") for name in names)
    # What the network learns from the teacher stays a target without gradient.
    names = reached(through, losses[1].terms["teach_kl"])
    assert not any(name.startswith("auxiliary") for name in names)


@pytest.fixture
def two_views(batch):
    generator = torch.Generator().manual_seed(8)
    return replace(batch, views=(*batch.views, torch.randn(12, 3, 8, 8, generator=generator)))


def test_that_the_teacher_is_shown_the_other_view_and_the_network_learns_on_the_first(
    setting, two_views
):
    system = Sila(setting, SilaOptions(**LABELLED, teacher_view=True))
    loss, y = system.loss(two_views), two_views.targets.y_B
    network, teaching = system.deployable(), system.auxiliary.teaching
    first, second = (network.features(x) for x in two_views.views)
    twins = system.auxiliary.encoder()
    t = teaching.teacher(torch.cat([fused(system, second), twins[y]], dim=1))
    torch.testing.assert_close(loss.terms["teach_ce"], F.cross_entropy(t, y))
    torch.testing.assert_close(loss.terms["teach_kl"], 3 * kl(t, first.logits[0], 3.0))
    stages = [
        F.relu(a[0](m.mean((2, 3)))) for a, m in zip(teaching.adapters, first.maps, strict=False)
    ]
    loss_q = sum(F.cross_entropy(teaching.classifier(u), y) for u in stages)
    loss_q = loss_q + 0.3 * F.cross_entropy(teaching.classifier(twins), torch.arange(10))
    torch.testing.assert_close(loss.terms["teach_q"], loss_q)
    assert torch.equal(loss.logits_BK, first.logits[0])


def test_that_the_other_view_leaves_no_trace_in_the_network(setting, two_views, reached):
    options = SilaOptions(**LABELLED, teacher_view=True, fusion_gradient=True)
    system, plain = Sila(setting, options), Plain(setting, Options())
    for each in (system, plain):
        each.train().loss(two_views)
    seen, expected = (dict(each.deployable().named_buffers()) for each in (system, plain))
    assert all(torch.equal(seen[name], expected[name]) for name in expected)
    names = reached(system, system.loss(two_views).terms["teach_ce"])
    assert not any(name.startswith("peers") for name in names)


@pytest.mark.parametrize(("values", "num_views", "partners"), [
    ({}, 1, False), ({"beta": 1.0}, 1, False),
    ({"teacher_view": True}, 1, False), ({"pair_twins": True}, 1, False),
    ({"beta": 1.0, "teacher_view": True}, 2, False), ({"beta": 1.0, "pair_twins": True}, 1, True),
    ({"beta": 1.0, "pair_twins": True, "teacher_view": True}, 1, True),
])
def test_that_other_images_are_asked_for_only_if_they_are_looked_at(
    setting, values, num_views, partners
):
    for made in (Sila(setting, SilaOptions(**values)), SilaDml(setting, SilaDmlOptions(**values))):
        assert (made.num_views, made.wants_partners) == (num_views, partners)


def test_that_the_teacher_is_shown_the_pair_twin(setting, two_views):
    system = Sila(setting, SilaOptions(**LABELLED, pair_twins=True))
    batch = replace(two_views, partner_BCHW=two_views.views[1], views=two_views.views[:1])
    loss, y = system.loss(batch), batch.targets.y_B
    network, teaching = system.deployable(), system.auxiliary.teaching
    twin = network.features(batch.partner_BCHW)
    t = teaching.teacher(torch.cat([fused(system, twin), system.auxiliary.encoder()[y]], dim=1))
    torch.testing.assert_close(loss.terms["teach_ce"], F.cross_entropy(t, y))
    assert torch.equal(loss.logits_BK, network.features(batch.x_BCHW).logits[0])


def test_that_each_peer_looks_at_the_other_view_itself(setting, two_views):
    system = SilaDml(setting, SilaDmlOptions(**LABELLED, teacher_view=True)).eval()
    alone = Sila(setting, SilaOptions(**LABELLED, teacher_view=True)).eval()
    total = 0.0
    for peer, auxiliary in zip(system.peers, system.auxiliaries, strict=True):
        alone.deployable().load_state_dict(peer.state_dict())
        alone.auxiliary.load_state_dict(auxiliary.state_dict())
        total = total + alone.loss(two_views).terms["teach_ce"]
    torch.testing.assert_close(system.loss(two_views).terms["teach_ce"], total)


# ---- start and ramp


@pytest.mark.parametrize(("start", "ramp", "expected"), [
    (0.0, 0.0, [1.0, 1.0, 1.0, 1.0, 1.0]),
    (0.5, 0.0, [0.0, 0.0, 1.0, 1.0, 1.0]),
    (0.0, 0.5, [0.0, 0.5, 1.0, 1.0, 1.0]),
    (0.25, 0.5, [0.0, 0.0, 0.5, 1.0, 1.0]),
    (0.75, 1.0, [0.0, 0.0, 0.0, 0.0, 0.25]),
])
def test_that_the_weights_start_and_grow_when_they_are_told(start, ramp, expected):
    options = SilaOptions(start=start, ramp=ramp)
    moments = [Moment(step, 4, 0, 1) for step in range(5)]
    assert [weight_at(moment, options) for moment in moments] == expected


def test_that_every_auxiliary_term_grows_and_the_labels_loss_does_not(setting, batch):
    options = SilaOptions(beta=1.0, label_dropout=0.0, start=0.2, ramp=0.4)
    system = Sila(setting, options).eval()
    full, half, none = (
        system.loss(replace(batch, moment=Moment(step, 10, 0, 1))).terms for step in (9, 4, 1)
    )
    assert full.keys() == half.keys() == none.keys()
    assert torch.equal(full["ce"], half["ce"])
    for name in full.keys() - {"ce"}:
        torch.testing.assert_close(half[name], 0.5 * full[name])
        assert none[name].item() == 0.0


def test_that_before_its_start_the_network_learns_as_under_plain(setting, train):
    sila, plain = Sila(setting, SilaOptions(start=0.9)), Plain(setting, Options())
    assert train(sila) == train(plain)
    trained, expected = (s.deployable().state_dict() for s in (sila, plain))
    assert all(torch.equal(trained[name], expected[name]) for name in expected)


# ---- mixtures, and several exits


def test_that_on_mixtures_every_label_counts_by_its_share(setting, batch):
    x, y = batch.x_BCHW, batch.targets.y_B
    other = (y + torch.arange(12)) % 10
    mixed = make_batch(x, y, other_B=other, share=0.7, smoothing=0.1)
    system = Sila(setting, SilaOptions(beta=1.0, label_dropout=0.0))
    loss, teaching = system.loss(mixed), system.auxiliary.teaching
    features, twins = system.deployable().features(x), system.auxiliary.encoder()
    contrast = system.auxiliary.contrast
    images, labels = project(contrast, 0, features.embedding), project(contrast, 0, twins)
    first, second = (siamese_contrast(images, labels, each, 0.2) for each in (y, other))
    torch.testing.assert_close(loss.terms["contrast"], 0.5 * (0.7 * first + 0.3 * second))
    shown = 0.7 * twins[y] + 0.3 * twins[other]
    t = teaching.teacher(torch.cat([fused(system, features), shown], dim=1))
    ce = [F.cross_entropy(t, each, label_smoothing=0.1) for each in (y, other)]
    torch.testing.assert_close(loss.terms["teach_ce"], 0.7 * ce[0] + 0.3 * ce[1])


def test_that_several_exits_are_contrasted_taught_and_fused(setting_of_exits, batch):
    options = SilaOptions(beta=1.0, label_dropout=0.0, contrast_stages=True)
    system = Sila(setting_of_exits, options)
    loss, y = system.loss(batch), batch.targets.y_B
    features, twins = system.deployable().features(batch.x_BCHW), system.auxiliary.encoder()
    contrast, teaching = system.auxiliary.contrast, system.auxiliary.teaching
    seen = [features.maps[0].mean((2, 3)), *features.exit_embeddings]
    labels = project(contrast, 2, twins)
    expected = 0.5 * sum(
        siamese_contrast(project(contrast, place, v), labels, y, 0.2)
        for place, v in enumerate(seen)
    )
    torch.testing.assert_close(loss.terms["contrast"], expected)
    (adapter,) = teaching.adapters
    early = F.relu(adapter[0](features.exit_embeddings[0]))
    t = teaching.teacher(torch.cat([early + features.embedding, twins[y]], dim=1))
    torch.testing.assert_close(loss.terms["teach_ce"], F.cross_entropy(t, y))
    told = 3 * sum(kl(t, logits, 3.0) for logits in features.logits)
    torch.testing.assert_close(loss.terms["teach_kl"], told)


@pytest.mark.parametrize("values", [
    {"label_corruption": "swap"}, {"start": 1.0}, {"start": -0.1}, {"ramp": 1.1},
    {"contrast_twins": 1}, {"teacher_view": "yes"},
])
def test_that_variants_out_of_range_are_refused(values):
    with pytest.raises(SpecError):
        parse(SilaOptions, values, "method.options")
