"""Sharpness-aware minimisation: the gradient is taken where the loss is worst nearby.

SAM: Foret, Kleiner, Mobahi, Neyshabur 2021, arXiv 2010.01412. ASAM: Kwon, Kim, Park, Choi 2021,
arXiv 2102.11600, with the elementwise normalisation of weights.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from engine.backbones.batch_norm import frozen_statistics
from engine.spec.run_spec import TrainingSpec

ASAM_ETA = 0.01
"""Added to |w| in ASAM's normalisation, as in the authors' code."""


@contextmanager
def perturbed(system: nn.Module, spec: TrainingSpec) -> Iterator[None]:
    """A context in which the weights are at the worst place nearby; batch norms learn nothing.

    SAM: w + ρ g/‖g‖. ASAM: w + ρ T² g/‖T g‖, T = |w| + η for weights (more than one dimension;
    1 for the others; SamsungLabs/ASAM counts the scales of batch norms as weights too). Gradients
    of the first pass are taken and cleared. Leaving it puts the weights back bit for bit.

    Args:
        system: whose parameters hold the gradients of the first pass.
        spec: says which, and ρ.
    """
    parameters = [p for p in system.parameters() if p.grad is not None]
    kept = [p.detach().clone() for p in parameters]
    with torch.no_grad():
        for parameter, step in zip(parameters, _ascent(parameters, spec), strict=True):
            parameter.add_(step)
            parameter.grad = None
    try:
        with frozen_statistics(system):
            yield
    finally:
        with torch.no_grad():
            for parameter, before in zip(parameters, kept, strict=True):
                parameter.copy_(before)


def _ascent(parameters: list[nn.Parameter], spec: TrainingSpec) -> list[Tensor]:
    gradients = [p.grad for p in parameters if p.grad is not None]
    if spec.sharpness == "sam":
        scale = spec.sam_rho / (_norm(gradients) + 1e-12)
        return [scale * gradient for gradient in gradients]
    size = [p.abs() + ASAM_ETA if p.ndim > 1 else torch.ones_like(p) for p in parameters]
    scaled = [t * gradient for t, gradient in zip(size, gradients, strict=True)]
    scale = spec.asam_rho / (_norm(scaled) + 1e-12)
    return [scale * t * gradient for t, gradient in zip(size, scaled, strict=True)]


def _norm(tensors: list[Tensor]) -> Tensor:
    return torch.stack([t.norm() for t in tensors]).norm()
