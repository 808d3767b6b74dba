"""Whether two networks err equally often on the same images: McNemar's test of each pair."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.analysis.answers import Answers, Pair, flipped, pair_up
from engine.analysis.comparison import Comparison, Group, baseline_of
from engine.spec.errors import DataError
from engine.spec.rows import is_averaged


@dataclass(frozen=True)
class PairTest:
    """McNemar's exact test of one pair.

    It speaks of these two networks alone: whether a method is better is seen over seeds.

    Attributes:
        digest: identity of the variant.
        label: what the variant is called.
        rival: what its baseline is called.
        seed: of both runs.
        run: of the variant.
        rival_run: of the baseline.
        num_images: that both were tested on.
        only_ours: images that the variant's network alone has right.
        only_rivals: images that the baseline's alone has right.
        p_value: two-sided.
    """

    digest: str
    label: str
    rival: str
    seed: int
    run: int
    rival_run: int
    num_images: int
    only_ours: int
    only_rivals: int
    p_value: float

    @property
    def sentence(self) -> str:
        """The test in one line."""
        return (
            f"seed {self.seed}: of {self.num_images:,} images {self.label} alone has "
            f"{self.only_ours:,} right, {self.rival} alone {self.only_rivals:,} "
            f"(McNemar's exact p = {self.p_value:.2g})"
        )


def pair_tests(
    comparison: Comparison, read: Callable[[int], Answers | None]
) -> tuple[tuple[PairTest, ...], tuple[str, ...]]:
    """Test each run against its baseline's of the same seed, where both kept what they said.

    Args:
        comparison: says which runs stand against which.
        read: as `pair_up` takes it; a run whose answers cannot be read has no test.

    Returns:
        The tests in the order of the variants, and why some are left out, a line each.
    """
    if is_averaged(comparison.metric):
        return (), ()  # what was kept is what the weights themselves said
    tests: list[PairTest] = []
    problems: list[str] = []

    def read_or_note(run: int) -> Answers | None:
        try:
            return read(run)
        except DataError as error:
            problems.append(str(error))
            return None

    for group in comparison.groups:
        rival = baseline_of(comparison, group)
        if rival is not None:
            try:
                pairs = pair_up(group, rival, read_or_note)
            except DataError as error:
                problems.append(str(error))
            else:
                tests += [mcnemar(group, rival, pair) for pair in pairs]
    return tuple(tests), tuple(dict.fromkeys(problems))


def mcnemar(group: Group, rival: Group, pair: Pair) -> PairTest:
    """Test whether the two networks of a pair err equally often.

    p is the two-sided binomial probability, at ½, of images that only one has right being shared
    out so unevenly between the two.

    Source: McNemar, "Note on the sampling error of the difference between correlated proportions
    or percentages", Psychometrika 12(2), 1947; for classifiers, Dietterich, "Approximate
    Statistical Tests for Comparing Supervised Classification Learning Algorithms", Neural
    Computation 10(7), 1998. We take the binomial distribution itself, not its approximation.
    """
    # It takes long to import; see `engine.analysis.intervals`.
    from scipy.special import bdtr  # pyright: ignore[reportMissingTypeStubs]

    fixed_N, broken_N = flipped(pair)
    ours, rivals = int(fixed_N.sum()), int(broken_N.sum())
    # At ½ both tails are equal, so that twice the lower one is what scipy.stats.binomtest finds.
    p_value = min(1.0, 2 * float(bdtr(min(ours, rivals), ours + rivals, 0.5)))
    return PairTest(
        group.digest, group.label, rival.label, pair.seed, pair.run, pair.rival_run,
        len(fixed_N), ours, rivals, p_value,
    )
