"""Whether what helps in training pulls the way the task does: gradients of the loss's terms.

For each stage of the network that ships, the gradient of the first term of the loss (the task) and
that of all others together (the auxiliary ones): the cosine between them, and how long the second
is beside the first. Compare "gradient cosine similarity" in arXiv 1812.02224, where an auxiliary
task is used only while it is positive.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from engine.backbones.backbone import Backbone
from engine.methods.method import Loss
from engine.training.job import Job
from engine.training.recorder import Recorder

COSINE, RATIO = "gradient/cosine", "gradient/ratio"
MOST_STAGES = 12


class GradientWatch:
    """Looks at the gradients of some steps; the training goes on as if it had not."""

    def __init__(self, job: Job) -> None:
        """Look at every step that the spec says; never where a step cannot go back twice."""
        training = job.spec.training
        self._every = training.gradients_every if training.compile == "off" else 0
        self._stages = stages_of(job.system.deployable())
        self._optimizer = job.optimizer

    def look_at(self, recorder: Recorder, step: int) -> Callable[[Loss], None] | None:
        """What records the gradients of step `step` (the first is 0); None if nothing does."""
        if not self._every or step % self._every:
            return None
        return lambda loss: recorder.keep(step + 1, self.look(loss))

    def look(self, loss: Loss) -> dict[str, float]:
        """Return cosine and ratio by stage; gradients are gone afterwards, the graph is not.

        The loss must have been worked out within `engine.methods.peers.keep_graphs`. Nothing is
        told of a loss of one term, nor of stages that the auxiliary terms do not reach.
        """
        main, *others = loss.terms.values()
        others = [term for term in others if term.requires_grad]
        if not others or not main.requires_grad:
            return {}
        task = self._gradients(main)
        auxiliary = self._gradients(torch.stack([term.float() for term in others]).sum())
        seen: dict[str, float] = {}
        for name in (name for name in task if name in auxiliary):
            dot, own, other = (
                float(a @ b) for a, b in (
                    (task[name], auxiliary[name]), (task[name], task[name]),
                    (auxiliary[name], auxiliary[name]),
                )
            )
            if own > 0 and other > 0:
                seen[f"{COSINE}/{name}"] = dot / (own * other) ** 0.5
                seen[f"{RATIO}/{name}"] = (other / own) ** 0.5
        return seen

    def _gradients(self, term: Tensor) -> dict[str, Tensor]:
        """The gradient of a term by stage, as one vector of float32."""
        self._optimizer.zero_grad(set_to_none=True)
        term.backward(retain_graph=True)
        flat: dict[str, Tensor] = {}
        for name, parameters in self._stages.items():
            if any(p.grad is not None for p in parameters):
                flat[name] = torch.cat([
                    (torch.zeros_like(p) if p.grad is None else p.grad).float().flatten()
                    for p in parameters
                ])
        self._optimizer.zero_grad(set_to_none=True)
        return flat


def stages_of(network: Backbone) -> Mapping[str, list[nn.Parameter]]:
    """The parameters of the network's parts by name, in the order of the network.

    A list of parts ("stages", "layers") is taken apart, where that makes no more than
    `MOST_STAGES`.
    """
    named: dict[str, nn.Module] = {}
    for name, child in network.named_children():
        parts = dict(child.named_children())
        if isinstance(child, nn.ModuleList) and len(parts) <= MOST_STAGES:
            named |= {f"{name}.{int(at) + 1}": part for at, part in parts.items()}
        else:
            named[name] = child
    found = {
        name: [p for p in module.parameters() if p.requires_grad] for name, module in named.items()
    }
    return {name: parameters for name, parameters in found.items() if parameters}
