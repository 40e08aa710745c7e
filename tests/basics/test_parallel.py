"""Blocks of replications: all of them, in order, however they are dealt out; progress and cancel."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.basics.parallel import count_cores, run_blocks, split_evenly
from drumbeat.basics.progress import Cancelled


def span(start: int, stop: int) -> list[int]:
    return list(range(start, stop))


@given(count=st.integers(0, 500), block=st.integers(1, 60))
def test_splits_cover_everything_once(count, block):
    ranges = split_evenly(count, block)
    assert [i for start, stop in ranges for i in range(start, stop)] == list(range(count))
    assert all(0 < stop - start <= block for start, stop in ranges)


@pytest.mark.parametrize(("cores", "use"), [(1, "threads"), (2, "threads"), (2, "processes"), (0, "threads")])
def test_answers_come_in_order(cores, use):
    answers = run_blocks(span, 101, cores=cores, use=use)
    assert [i for answer in answers for i in answer] == list(range(101))


def test_nothing_to_do():
    assert run_blocks(span, 0, cores=2) == []
    assert count_cores() >= 1


def test_progress_rises_to_one():
    heard: list[float] = []
    run_blocks(span, 10, block=2, progress=lambda fraction, message: heard.append(fraction))
    assert heard == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


@pytest.mark.parametrize("cores", [1, 2])
def test_cancel_stops_new_blocks(cores):
    done, lock = [], threading.Lock()

    def work(start: int, stop: int) -> int:
        with lock:
            done.append(start)
        return start

    def cancel(fraction: float, message: str) -> None:
        if fraction >= 0.1:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_blocks(work, 1000, cores=cores, block=1, progress=cancel)
    assert len(done) < 500
