"""SiLa-C: images and label twins contrasted with each other (our reading of arXiv 2103.00200v3)."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.losses.precision import full


def siamese_contrast(
    images_Bd: Tensor, labels_Kd: Tensor | None, y_B: Tensor, temperature: float
) -> Tensor:
    """Supervised contrast of projected images with each other and with the label twins.

    Q, R = images, labels with normalised rows; S = [Q Qᵀ, Q Rᵀ] / τ without the own entry;
    M = [1(y_i = y_j, i ≠ j), onehot(y)];
    L = mean_i ( − Σ_j M_ij log softmax(S)_ij / Σ_j M_ij ).

    Every image has its label twin for a positive, so a class with one sample is no special case.
    Without label twins this is supervised contrast (Khosla et al. 2020, arXiv 2004.11362, L_out),
    where an image that is alone with its class counts 0.
    Similarities are taken in float32 or better, also under autocast.

    Args:
        images_Bd: projections of the images, any length.
        labels_Kd: projections of the label twins, any length; None contrasts images alone.
        y_B: class indices.
        temperature: τ > 0.
    """
    num_labels = 0 if labels_Kd is None else len(labels_Kd)
    with torch.autocast(images_Bd.device.type, enabled=False):
        q_Bd = F.normalize(full(images_Bd), dim=1)
        others_Nd = q_Bd
        if labels_Kd is not None:
            others_Nd = torch.cat([q_Bd, F.normalize(full(labels_Kd), dim=1)])
        similarity_BN = q_Bd @ others_Nd.T / temperature

    own_BB = torch.eye(len(y_B), dtype=torch.bool, device=y_B.device)
    classes_K = torch.arange(num_labels, device=y_B.device)
    twin_BK = y_B[:, None] == classes_K
    positive_BN = torch.cat([(y_B[:, None] == y_B) & ~own_BB, twin_BK], dim=1)

    # Masked inside the normaliser only: −∞ in log softmax would meet a zero of M and give NaN.
    own_BN = F.pad(own_BB, (0, num_labels))
    normaliser_B = similarity_BN.masked_fill(own_BN, -math.inf).logsumexp(dim=1)
    num_positive_B = positive_BN.sum(dim=1)
    mean_positive_B = (similarity_BN * positive_BN).sum(dim=1) / num_positive_B.clamp(min=1)
    return ((normaliser_B - mean_positive_B) * (num_positive_B > 0)).mean()
