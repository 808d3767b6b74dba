import torch

from engine.losses.targets import Targets
from engine.methods.batch import Batch, Moment

# What methods are given in a step, made of a few tensors.


def make_batch(x, y, noise=None, *, step=0, num_steps=10, views=(), partner=None, **targets):
    """A batch as the training loop makes them; `noise` is a generator or a seed."""
    if not isinstance(noise, torch.Generator):
        noise = torch.Generator().manual_seed(noise or 0)
    moment = Moment(step, num_steps, step // 5, num_steps // 5)
    index = torch.arange(len(y))
    return Batch((x, *views), Targets(y, **targets), index, moment, noise, partner)


def views_for(system, x):
    """As many further views as a method asks for."""
    return tuple(x.flip(3) + 0.01 * v for v in range(1, system.num_views))


def batch_for(system, x, y, noise=None, **more):
    """A batch with everything that a method asks for."""
    partner = x.roll(1, 0) if system.wants_partners else None
    return make_batch(x, y, noise, views=views_for(system, x), partner=partner, **more)
