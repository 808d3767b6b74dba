"""What k seeds trained as one vectorised model gain over k separate trainings.

A pack stacks weights, buffers and batches of k seeds of one variant: one call of the loss under
`torch.vmap`, one backward, one optimiser step; of `dml` the k peers of one run. First it is checked
that both ways train the same weights: else the script fails. Then every round takes a separate step
and a packed one. On a CPU a pack of seeds wins if it beats a run on each of its threads.

    python benchmarks/packs.py --device cuda --compile
"""

import argparse
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial
from typing import NamedTuple

import table
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state

from engine.backbones.backbone import Backbone
from engine.build import make_system
from engine.losses.mutual import mutual_divergence
from engine.losses.targets import Targets
from engine.methods.batch import Batch, Moment
from engine.methods.method import Method
from engine.spec.run_spec import BackboneSpec, MethodSpec, TrainingSpec
from engine.training.device import autocast, choose_algorithms
from engine.training.optim import make_optimizer
from engine.training.streams import Streams

NETWORKS = (("resnet8", 8, 1), ("resnet20", 32, 3))  # with the size and channels of the images
METHODS, MOMENT, NOISE = ("plain", "sila", "dml"), Moment(50, 100, 5, 10), torch.Generator()
NUM_CLASSES, WARM, CHECKED_BATCH, CHECKED_STEPS = 10, 2, 8, 4
# Of a weight in float64, relative to its tensor's largest. In float32 rounding alone soon leads
# apart (as it does two trainings from weights that are 1e-7 apart), so that is only told.
TOLERANCE = 1e-9


class Case(NamedTuple):
    """What is trained: k seeds of a network on square images, or one run of `dml` with k peers."""

    network: tuple[str, int, int]
    method: str
    batch: int
    k: int


def loss_of(system: Method, x_BCHW: Tensor, y_B: Tensor) -> Tensor:
    """The loss of a method that draws nothing."""
    return system.loss(Batch((x_BCHW,), Targets(y_B), y_B, MOMENT, NOISE)).total


def logits_of(network: Backbone, x_BCHW: Tensor) -> Tensor:
    """(B, K) of a network's last exit."""
    return network.features(x_BCHW).logits[-1]


class Stack(nn.Module):
    """A function of equal modules as one; its tensors are copies, members first."""

    def __init__(self, members: Sequence[nn.Module], function: Callable[..., Tensor],
                 *in_dims: int | None) -> None:
        super().__init__()
        weights, self.buffers_of = stack_module_state(list(members))
        self.weights = nn.ParameterList(weights.values())
        self.weights_of = dict(zip(weights, self.weights, strict=True))
        hollow = deepcopy(members[0]).to("meta")  # what was not stacked would be noticed
        hollow.forward = partial(function, hollow)
        self._call = torch.vmap(partial(functional_call, hollow), ((0, 0), in_dims))

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return what each member returns; running statistics are updated in place."""
        return self._call((self.weights_of, self.buffers_of), inputs)


class Trial:
    """A case made twice from the same seeds: `separate` has a step for each run, `packed` one."""

    def __init__(self, case: Case, wanted: argparse.Namespace, dtype: torch.dtype) -> None:
        self._compiled, device = wanted.compile, torch.device(wanted.device)
        self._spec = TrainingSpec(device=wanted.device, precision=wanted.precision)
        choose_algorithms(self._spec, device)
        self._precision = autocast(self._spec, device)
        backbone, size, channels = case.network
        options = {"num_peers": case.k} if case.method == "dml" else {}
        spec = MethodSpec(name=case.method, options=options), BackboneSpec(name=backbone)
        systems = [make_system(*spec, NUM_CLASSES, channels, Streams(seed)).train()
                   for seed in range(1 if case.method == "dml" else case.k)]
        for system in systems:
            system.to(device, dtype).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        draws = torch.Generator().manual_seed(0)
        shape = (len(systems), case.batch, channels, size, size)
        x_RBCHW = torch.randn(shape, generator=draws, dtype=dtype).to(device)
        y_RB = torch.randint(NUM_CLASSES, shape[:2], generator=draws).to(device)
        images = [x_BCHW.to(memory_format=torch.channels_last) for x_BCHW in x_RBCHW]
        self.separate = [self._step(given[0], partial(loss_of, *given))
                         for given in zip(systems, images, y_RB, strict=True)]
        self.members = list(systems[0].peers) if case.method == "dml" else systems
        look, dims = (logits_of, (None,)) if case.method == "dml" else (loss_of, (0, 0))
        self.stack = Stack(self.members, look, *dims)

        def loss() -> Tensor:
            if case.method != "dml":
                return self.stack(x_RBCHW, y_RB).sum()  # no loss touches another's weights
            logits = self.stack(x_RBCHW[0]).unbind()
            own = torch.stack([Targets(y_RB[0]).cross_entropy(logits_BK) for logits_BK in logits])
            return own.sum() + mutual_divergence(logits)

        self.packed = self._step(self.stack, loss)

    def _step(self, module: nn.Module, loss: Callable[[], Tensor]) -> Callable[[], None]:
        optimizer = make_optimizer(module, self._spec)
        compute = torch.compile(loss, dynamic=False) if self._compiled else loss
        def step() -> None:
            with self._precision:
                total = compute()
            optimizer.zero_grad(set_to_none=True)
            total.backward()
            optimizer.step()
        return step

    @torch.no_grad()
    def difference(self) -> float:
        """The largest difference of a weight or statistic, as a part of its tensor's largest."""
        state = {**self.stack.weights_of, **self.stack.buffers_of}
        return float(torch.stack([
            (state[name][i] - tensor).abs().max().double() / tensor.abs().max().clamp(min=1e-12)
            for i, member in enumerate(self.members) for name, tensor in member.state_dict().items()
        ]).max())  # NaN stays NaN


def check(case: Case, wanted: argparse.Namespace) -> table.Line:
    """Train a few steps both ways; the script ends where the weights differ."""
    full, off = argparse.Namespace(**{**vars(wanted), "precision": "float32"}), list[float]()
    for dtype in (torch.float64, torch.float32):
        with torch.backends.cudnn.flags(allow_tf32=False):
            trial = Trial(case, full, dtype)
            for step in [*trial.separate, trial.packed] * CHECKED_STEPS:
                step()
        off.append(trial.difference())
    if not off[0] <= TOLERANCE:  # nor is NaN
        raise SystemExit(f"{case}: weights differ by {off[0]:.2g}, more than {TOLERANCE:.0e}")
    what = f"{case.network[0]}, {case.method}, k = {case.k}: weights differ by, float64"
    return table.Line(what, off[0], "", TOLERANCE, 1, f"relative; float32 {off[1]:.1e}")


def measure(case: Case, wanted: argparse.Namespace, threads: int) -> table.Line:
    """Take steps in turn: a separate one on one thread, on all, and a packed one on all."""
    trial, device = Trial(case, wanted, torch.float32), wanted.device
    runs = len(trial.separate)

    def seconds(step: Callable[[], None], count: int) -> float:
        torch.set_num_threads(count)
        begun = time.perf_counter()
        step()
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        return time.perf_counter() - begun

    what = (f"  {case.network[0]}, {case.method}, batch {case.batch}, pack of {case.k}: "
            f"{runs} separate / packed step, threads: {threads}")
    plan = ((trial.separate[0], 1), (trial.separate[0], threads), (trial.packed, threads))
    try:
        rows = [[seconds(*each) for each in plan] for _ in range(wanted.rounds + WARM)]
    except RuntimeError as error:  # batch norms in bfloat16 under vmap, on a GPU
        return table.Line(what, None, "", None, 0, f"PyTorch: {str(error).splitlines()[0]}")
    alone, separate, packed = zip(*rows[WARM:], strict=True)
    separate = [runs * taken for taken in separate]
    beside = device == "cpu" and runs > 1 and threads > 1
    rival = [runs * taken / threads for taken in alone] if beside else separate
    middle, low, _ = table.median_ratio(rival, packed)
    note = f": {middle:.2f} times the rate of {threads} runs side by side" if beside else ""
    return table.ratio(what, separate, packed, None, ("wins" if low > 1 else "does not win") + note)


def main() -> None:
    """Check, measure and print."""
    parser = table.arguments(__doc__)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "bfloat16"))
    for name in ("--threads", "--k", "--batch"):
        parser.add_argument(name, type=int, action="append", help="again for another number")
    parser.add_argument("--method", action="append", choices=METHODS)
    parser.add_argument("--rounds", type=int, default=6)
    wanted = parser.parse_args()
    threads = wanted.threads or ((1, 2) if wanted.device == "cpu" else (1,))
    sizes, lines = wanted.k or (2, 4, 8), list[table.Line]()
    for network in NETWORKS:
        for method in wanted.method or METHODS:
            lines.append(check(Case(network, method, CHECKED_BATCH, max(sizes)), wanted))
            lines += [measure(Case(network, method, batch, k), wanted, count)
                      for batch in wanted.batch or (32, 128) for k in sizes for count in threads]
    table.report(lines, wanted)


if __name__ == "__main__":
    main()
