import pytest
import torch
import torch.nn.functional as F

from engine.backbones.backbone import count_parameters
from engine.losses.siamese_contrast import siamese_contrast
from engine.methods.plain import Plain
from engine.methods.sila import Sila
from engine.methods.sila_auxiliary import SilaOptions
from engine.spec.errors import SpecError
from engine.spec.options import Options, parse

CONTRAST = SilaOptions()
TEACH = SilaOptions(alpha=0.0, beta=1.0)
BOTH = SilaOptions(alpha=0.5, beta=0.7, aux_weight=0.6, label_dropout=0.0)


def test_that_the_contrast_is_the_equation(setting, batch, noise):
    system = Sila(setting, SilaOptions(alpha=0.25))
    loss = system.loss(batch)
    auxiliary = system.auxiliary
    z, twins = system.deployable().features(batch.x_BCHW).embedding, auxiliary.encoder()
    contrast = auxiliary.contrast

    def projector(v):
        return contrast.last(contrast.first[0](v))

    expected = 0.25 * siamese_contrast(projector(z), projector(twins), batch.targets.y_B, 0.2)
    assert list(loss.terms) == ["ce", "contrast"]
    torch.testing.assert_close(loss.terms["contrast"], expected)


def test_that_the_teaching_terms_are_the_equation(setting, batch, noise):
    x, y = batch.x_BCHW, batch.targets.y_B
    system = Sila(setting, BOTH)
    loss = system.loss(batch)
    teaching, twins = system.auxiliary.teaching, system.auxiliary.encoder()
    features = system.deployable().features(x)
    u = [
        F.relu(adapter[0](m.mean((2, 3))))
        for adapter, m in zip(teaching.adapters, features.maps[:2], strict=True)
    ]
    q = teaching.classifier
    stages = sum(F.cross_entropy(q(a), y) for a in u)
    loss_q = 0.6 * stages + 0.3 * F.cross_entropy(q(twins), torch.arange(10))
    t = teaching.teacher(torch.cat([u[0] + u[1] + features.embedding, twins[y]], dim=1))
    log_t, log_p = F.log_softmax(t / 3, 1), F.log_softmax(features.logits[-1] / 3, 1)
    kl = (log_t.exp() * (log_t - log_p)).sum(1).mean()
    assert list(loss.terms) == ["ce", "contrast", "teach_q", "teach_ce", "teach_kl"]
    torch.testing.assert_close(loss.terms["teach_q"], 0.7 * loss_q)
    torch.testing.assert_close(loss.terms["teach_ce"], 0.7 * F.cross_entropy(t, y))
    torch.testing.assert_close(loss.terms["teach_kl"], 0.7 * 3 * 9 * kl)
    torch.testing.assert_close(loss.total, torch.stack(list(loss.terms.values())).sum())


def test_that_the_contrast_reaches_stem_projector_and_encoder_and_never_the_head(
    setting, batch, noise, reached
):
    system = Sila(setting, CONTRAST)
    names = reached(system, system.loss(batch).terms["contrast"])
    assert {n.split(".")[2] for n in names if n.startswith("peers")} == {"stem", "stages"}
    assert any(n.startswith("auxiliary.contrast.first") for n in names)
    assert any(n.startswith("auxiliary.encoder") for n in names)


def test_that_the_teachers_cross_entropy_reaches_only_teacher_and_encoder(
    setting, batch, noise, reached
):
    system = Sila(setting, TEACH)
    names = reached(system, system.loss(batch).terms["teach_ce"])
    assert {".".join(n.split(".")[:3]) for n in names} == {
        "auxiliary.teaching.teacher", "auxiliary.encoder.layers"
    }


def test_that_the_divergence_reaches_only_the_backbone(setting, batch, noise, reached):
    system = Sila(setting, TEACH)
    names = reached(system, system.loss(batch).terms["teach_kl"])
    assert names == {f"peers.0.{n}" for n, _ in system.deployable().named_parameters()}


def test_that_the_siamese_classifier_reaches_the_early_stages_and_the_encoder(
    setting, batch, noise, reached
):
    system = Sila(setting, TEACH)
    names = reached(system, system.loss(batch).terms["teach_q"])
    roots = {".".join(n.split(".")[:4]) for n in names if n.startswith("peers")}
    assert {r for r in roots if "stages" in r} == {"peers.0.stages.0", "peers.0.stages.1"}
    assert not any("head" in n or "teacher" in n for n in names)
    assert any(n.startswith("auxiliary.encoder") for n in names)


def teach(system, batch, labels, noise):
    features, teaching = system.deployable().features(batch.x_BCHW), system.auxiliary.teaching
    stages = [a(m.mean((2, 3))) for a, m in zip(teaching.adapters, features.maps, strict=False)]
    fused = sum(stages, start=features.embedding)
    return teaching.teach(fused, system.auxiliary.encoder()[labels], noise)


def test_that_a_teacher_never_shown_the_label_does_not_depend_on_it(setting, batch):
    system = Sila(setting, SilaOptions(alpha=0, beta=1, label_dropout=1.0)).eval()
    noise, labels = torch.Generator(), batch.targets.y_B
    here = teach(system, batch, labels, noise.manual_seed(0))
    assert torch.equal(here, teach(system, batch, (labels + 1) % 10, noise.manual_seed(0)))


def test_that_dropped_labels_are_hidden_and_shown_ones_are_not(setting, batch):
    system = Sila(setting, TEACH).eval()
    noise, labels = torch.Generator(), batch.targets.y_B
    here = teach(system, batch, labels, noise.manual_seed(1))
    there = teach(system, batch, (labels + 1) % 10, noise.manual_seed(1))
    dropped = torch.rand(len(labels), 1, generator=noise.manual_seed(1))[:, 0] < 0.5
    assert 0 < dropped.sum() < len(labels)
    assert torch.equal((here == there).all(dim=1), dropped)


def test_that_label_dropout_draws_from_the_methods_stream_alone(setting, batch, noise):
    system = Sila(setting, TEACH)
    before, own = torch.get_rng_state(), noise.get_state()
    system.loss(batch)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(noise.get_state(), own)


def test_that_without_weights_every_step_is_bit_identical_to_plains(setting, train):
    sila = Sila(setting, SilaOptions(alpha=0.0, beta=0.0))
    plain = Plain(setting, Options())
    assert train(sila) == train(plain)
    trained, expected = sila.deployable().state_dict(), plain.deployable().state_dict()
    assert all(torch.equal(trained[name], expected[name]) for name in expected)
    assert count_parameters(sila) == count_parameters(plain)


def test_that_the_weights_change_the_steps(setting, train):
    assert train(Sila(setting, CONTRAST)) != train(Sila(setting, TEACH))


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        (CONTRAST, 4_864 + 8_320),
        (TEACH, 95_998 - 78_378),  # the prototype's
        (SilaOptions(alpha=0.5, beta=1), 17_620 + 8_320),
        (SilaOptions(alpha=0, beta=1, aux_weight=0, label_weight=0), 17_620 - 650),
    ],
)
def test_that_only_parts_with_a_weight_are_built(setting, options, parameters):
    removed = Sila(setting, options).removed_modules()
    assert all(name.startswith("auxiliary.") for name in removed)
    assert sum(removed.values()) == parameters


def test_that_terms_without_a_weight_are_left_out(setting, batch, noise):
    options = SilaOptions(alpha=0, beta=1, aux_weight=0, label_weight=0, consistency=0)
    assert list(Sila(setting, options).loss(batch).terms) == ["ce", "teach_ce"]


def test_that_every_auxiliary_parameter_learns(setting, batch, noise, reached):
    system = Sila(setting, BOTH)
    names = reached(system, system.loss(batch).total)
    assert names == {n for n, _ in system.named_parameters()}


def test_that_the_loss_is_finite_under_bfloat16_autocast(setting, batch, noise):
    system = Sila(setting, BOTH)
    with torch.autocast("cpu", torch.bfloat16):
        loss = system.loss(batch)
    assert all(term.isfinite() and term.dtype == torch.float32 for term in loss.terms.values())


@pytest.mark.parametrize(
    "values",
    [{"alpha": -1}, {"contrast_temperature": 0}, {"projection_dim": 0}, {"label_dropout": 1.1}],
)
def test_that_options_out_of_range_are_refused(values):
    with pytest.raises(SpecError):
        parse(SilaOptions, values, "method.options")
