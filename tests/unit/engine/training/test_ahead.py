import threading

import pytest

from engine.training.ahead import DEPTH, ahead


def test_that_everything_comes_in_order():
    assert list(ahead(range(100))) == list(range(100))
    assert list(ahead([])) == []
    assert list(ahead([None, None])) == [None, None]


def test_that_items_are_made_before_they_are_asked_for_and_no_more_than_some():
    made, enough = [], threading.Event()

    def items():
        for i in range(50):
            made.append((i, threading.current_thread().name))
            if i == DEPTH:
                enough.set()
            yield i

    coming = ahead(items())
    assert next(coming) == 0
    assert enough.wait(10)
    assert [i for i, _ in made] == list(range(DEPTH + 1))
    assert all(name.startswith("ahead") for _, name in made)
    coming.close()


def test_that_closing_ends_the_thread():
    coming = ahead(iter(range(1000)))
    next(coming)
    coming.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("ahead")]


def test_that_a_fault_is_raised_in_its_place():
    def items():
        yield 1
        yield 2
        raise ZeroDivisionError

    coming = ahead(items())
    assert [next(coming), next(coming)] == [1, 2]
    with pytest.raises(ZeroDivisionError):
        next(coming)
    assert not [t for t in threading.enumerate() if t.name.startswith("ahead")]
