"""What networks that learned from each other say of the same images, each and together."""

import torch
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.methods.method import Method
from engine.store.predictions import PeerPredictions
from engine.training.data import Images, Normalise
from engine.training.evaluate import logits_of


def peer_predictions(
    system: Method, shipped_NK: Tensor, images: Images, normalise: Normalise
) -> PeerPredictions | None:
    """Ask all peers; None where there is one network only.

    Peers whose batch normalisation is calibrated before they are asked are not asked: only the
    network that ships is.

    Args:
        system: the method with its peers.
        shipped_NK: logits of the network that ships, which is not asked again.
        images: all of a split.
        normalise: what the networks want done to them.
    """
    others = [peer for peer in list(system.peers)[1:] if isinstance(peer, Backbone)]
    if not others or any(peer.needs_calibration for peer in others):
        return None
    total_NK = shipped_NK.softmax(dim=1)
    said = [shipped_NK.argmax(dim=1)]
    for peer in others:
        logits_NK = logits_of(peer, images, normalise)
        total_NK = total_NK + logits_NK.softmax(dim=1)
        said.append(logits_NK.argmax(dim=1))
    return PeerPredictions(
        images.labels_N.cpu().numpy(), torch.stack(said).cpu().numpy(),
        total_NK.argmax(dim=1).cpu().numpy(),
    )
