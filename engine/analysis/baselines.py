"""Which variant the others of a context stand against."""

from collections.abc import Mapping, Sequence

from engine.analysis.results import RunResult

DEFAULT_BASELINE = "plain"


def baselines(
    variants: Sequence[RunResult], num_done: Mapping[str, int], baseline: str,
    parents: Mapping[str, RunResult],
) -> dict[str, RunResult]:
    """The baseline of each context that has one, whether or not any of its runs is done.

    Where the variant asked for is not in a context, one of its method that is done stands for it;
    else the default does, or that with a regularizer. A fork that is alone in its context, because
    its recipe is another, is no baseline beside its parent, unless it is asked for itself.

    Args:
        variants: a run of each, those begun first first.
        num_done: how many runs of a variant count, by digest.
        baseline: a method, or the digest of one variant.
        parents: a run of the variant that a fork goes on from, by the digest of the fork.
    """
    method = next((run.method for run in variants if run.digest == baseline), baseline)
    contexts: dict[str, list[RunResult]] = {}
    for run in variants:
        contexts.setdefault(run.context, []).append(run)
    found: dict[str, RunResult] = {}
    for context, there in contexts.items():
        candidates = (
            [run for run in there if baseline in (run.method, run.digest)]
            or [run for run in there if run.method == method and num_done.get(run.digest)]
            or [run for run in there if run.method == DEFAULT_BASELINE]
            or [run for run in there if run.method.startswith(f"{DEFAULT_BASELINE}+")]
        )
        if len(there) == 1 and there[0].digest in parents and there[0].digest != baseline:
            continue
        if candidates:
            found[context] = max(candidates, key=lambda run: _weight(run, num_done))
    return found


def parents_of(
    variants: Sequence[RunResult], runs: Sequence[RunResult]
) -> dict[str, RunResult]:
    """A run of the variant that each fork goes on from, by the fork's digest, if it is there."""
    by_id = {run.run: run for run in runs}
    return {
        run.digest: by_id[run.forked_from] for run in variants
        if run.forked_from is not None and run.forked_from in by_id
    }


def _weight(run: RunResult, num_done: Mapping[str, int]) -> tuple[bool, bool, int]:
    """A fork begins with what its parent had learned: whatever began by itself goes before."""
    done = num_done.get(run.digest, 0)
    return done > 0, not run.is_fork, done
