import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.spec.rows import Summary
from engine.store import points, runs
from engine.store.points import Points


@st.composite
def some_points(draw, highest=2**53):
    taken = sorted(draw(st.sets(st.integers(0, highest), min_size=1, max_size=20)))
    if draw(st.booleans()):
        first, stride = taken[0], draw(st.integers(1, 1000))
        taken = [first + stride * i for i in range(len(taken))]
    width = draw(st.sampled_from([32, 64]))
    values = draw(arrays.arrays(np.float64, len(taken), elements=st.floats(width=width)))
    start = draw(st.floats(0, 4e9))
    gaps = draw(arrays.arrays(np.float64, len(taken), elements=st.floats(0, 2)))
    return Points(np.array(taken, np.int64), start + np.cumsum(gaps), values)


def of(*steps, value=0.0):
    return Points(np.array(steps, np.int64), np.arange(len(steps)) + 1e9,
                  np.full(len(steps), float(value)) + np.arange(len(steps)) / 8)


def same(left, right):
    assert left.steps.tolist() == right.steps.tolist()
    np.testing.assert_array_equal(left.values, right.values)
    np.testing.assert_allclose(left.times, right.times, rtol=0, atol=1e-5)


@settings(deadline=None)
@given(some_points())
def test_that_packing_loses_nothing(before):
    after = points.unpack(points.pack(before))
    assert [column.dtype for column in after] == [np.int64, np.float64, np.float64]
    same(after, before)


@settings(deadline=None)
@given(some_points(), st.data())
def test_that_a_shortened_or_lengthened_block_is_refused(before, data):
    block = points.pack(before)
    cut = data.draw(st.integers(0, len(block) - 1))
    for damaged in (block[:cut], block + b"\0"):
        with pytest.raises(ValueError, match="is damaged"):
            points.unpack(damaged)


def test_that_a_block_that_claims_more_points_than_it_holds_is_refused_at_once():
    block = bytearray(points.pack(of(1, 2, 3)))
    block[2:6] = b"\xff" * 4
    with pytest.raises(ValueError, match="is damaged: 54 bytes, 4294967295 points"):
        points.unpack(bytes(block))


def test_that_a_block_of_an_unknown_version_is_refused():
    with pytest.raises(ValueError, match="unknown version 9"):
        points.unpack(b"\x09" + points.pack(of(1))[1:])


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_that_any_bytes_are_a_block_or_refused(data):
    try:
        got = points.unpack(data)
    except ValueError:
        return
    assert len(got.steps) == len(got.times) == len(got.values) > 0


def test_that_losses_at_every_step_take_few_bytes():
    count = 1000
    values = np.random.default_rng(0).normal(size=count).astype(np.float32).astype(float)
    block = points.pack(Points(np.arange(1, count + 1), 1e9 + np.arange(count) / 50, values))
    assert len(block) <= 9 * count
    irregular = np.cumsum(np.random.default_rng(1).integers(1, 9, count))
    block = points.pack(Points(irregular, 1e9 + np.arange(count) / 50, values / 3))
    assert len(block) <= 21 * count


def test_that_a_block_rules_from_its_first_step_on():
    joined = points.joined([of(1, 2, 3, 4, 5, 6), of(4, 5, value=50), of(6, 7, value=70)])
    assert joined.steps.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert joined.values.tolist() == [0, 0.125, 0.25, 50, 50.125, 70, 70.125]
    shorter = points.joined([of(1, 2, 3, 4, 5), of(3, value=30)])
    assert shorter.steps.tolist() == [1, 2, 3]


@settings(deadline=None)
@given(st.lists(some_points(40), max_size=6))
def test_that_joining_is_appending_one_after_another(pieces):
    one_by_one = Points.empty()
    for piece in pieces:
        one_by_one = one_by_one.then(piece)
    same(points.joined(pieces), one_by_one)
    steps = one_by_one.steps
    assert (np.diff(steps) > 0).all()
    expected = {}
    for piece in pieces:
        expected = {s: v for s, v in expected.items() if s < piece.steps[0]}
        expected.update(zip(piece.steps.tolist(), piece.values.tolist(), strict=True))
    np.testing.assert_array_equal(one_by_one.values, list(expected.values()))


def write(store, run, blocks, summaries=None):
    with store.write() as connection:
        points.append(connection, run, blocks, summaries)


def test_that_one_series_of_many_runs_is_read_at_once(store, enqueue):
    first, second, third = enqueue(3)
    write(store, first, {"a": of(1, 2), "b": of(1, value=9)})
    write(store, second, {"a": of(5, 6)})
    write(store, first, {"a": of(2, 3, value=7)})
    got = points.read_series(store, [first, second, third, 99], "a")
    assert set(got) == {first, second}
    same(got[first], of(1).then(of(2, 3, value=7)))
    same(got[second], of(5, 6))
    assert points.series_keys(store, first) == ["a", "b"]
    assert points.read_series(store, [], "a") == points.read_series(store, [third], "a") == {}


def test_that_a_flush_without_points_is_no_block(store, enqueue):
    (run,) = enqueue()
    write(store, run, {"a": Points.empty()})
    assert points.read_series(store, [run], "a") == {}
    assert points.tail(store, 0, [run]) == (0, [])


def test_that_tailing_brings_every_block_once_and_adds_up_to_the_whole(store, enqueue):
    run, other = enqueue(2)
    held, cursor, seen = {}, 0, 0
    rng = np.random.default_rng(0)
    for flush in range(30):
        first = int(rng.integers(max(0, 5 * flush - 6), 5 * flush + 1))
        write(store, run, {key: of(*range(first, first + 5), value=flush) for key in "ab"})
        write(store, other, {"a": of(flush)})
        if flush % 3 == 0:
            cursor, blocks = points.tail(store, cursor, [run])
            seen += len(blocks)
            for block in blocks:
                assert block.run == run
                held[block.key] = held.get(block.key, Points.empty()).then(block.points)
    cursor, blocks = points.tail(store, cursor, [run])
    assert seen + len(blocks) == 60
    for block in blocks:
        held[block.key] = held[block.key].then(block.points)
    for key in "ab":
        same(held[key], points.read_series(store, [run], key)[run])
    assert points.tail(store, cursor, [run]) == (cursor, [])


def test_that_merging_changes_nothing_that_is_read(store, enqueue):
    run, other = enqueue(2)
    for flush in range(5):
        blocks = {"a": of(2 * flush, 2 * flush + 1, 2 * flush + 2, value=flush)}
        write(store, run, {**blocks, "once": of(1)} if flush == 0 else blocks)
    write(store, other, {"a": of(1, 2, 3)})
    before = points.read_series(store, [run, other], "a")
    cursor, _ = points.tail(store, 0, [run, other])
    with store.write() as connection:
        points.merge(connection, run)
    after = points.read_series(store, [run, other], "a")
    for number in (run, other):
        same(after[number], before[number])
    cursor_after, merged = points.tail(store, cursor, [run, other])
    assert [(block.run, block.key) for block in merged] == [(run, "a")]
    assert cursor_after > cursor  # a merged block's number is new, so that tails hear of it
    same(before[run].then(merged[0].points), before[run])
    with store.write() as connection:
        points.merge(connection, run)
    assert points.tail(store, cursor_after, [run]) == (cursor_after, [])


def test_that_a_summary_says_the_newest_and_survives_values_that_are_no_numbers(store, enqueue):
    (run,) = enqueue()
    write(store, run, {}, {"val/top1": Summary(10.0, 5, 12.0, 3), "x": Summary(1.0, 1, None, None)})
    write(store, run, {}, {"val/top1": Summary(11.0, 6, 12.0, 3)})
    write(store, run, {}, {"loss": Summary(float("nan"), 7, None, None)})
    assert runs.get_run(store, run).summaries == {
        "val/top1": Summary(11.0, 6, 12.0, 3), "x": Summary(1.0, 1, None, None),
        "loss": Summary(None, 7, None, None),
    }
