"""Readers of single machines with weighted tardiness."""

from __future__ import annotations

import pytest

from drumbeat.basics.findings import InputError
from drumbeat.scheduling.engine.formats.read_single import BLOCKS, read_smtwt, read_smtwt_sdst
from drumbeat.scheduling.engine.problem import FAR_FUTURE

LIBRARY = "\n".join(f"{b} {b + 1}\n3 4\n{10 * b} 50" for b in range(1, BLOCKS + 1))

SETUPS = """Problem Instance: 1
Problem Size: 2
Begin Generator Parameters
Tau: 0.3
End Generator Parameters
Begin Problem Specification
Process Times:
5
6
Weights:
0
2
Duedates:
7
8
Setup Times:
-1 0 3
-1 1 4
0 1 1
1 0 2
End Problem Specification
"""


def test_a_block_of_the_library_is_times_weights_and_dates() -> None:
    problem = read_smtwt(LIBRARY, 12)
    assert problem.modes.run_seconds.tolist() == [12, 13]
    assert problem.jobs.weight.tolist() == [3.0, 4.0]
    assert problem.jobs.due.tolist() == [120, 50]
    assert problem.num_resources == 1


def test_setups_are_by_job_and_from_the_start() -> None:
    problem = read_smtwt_sdst(SETUPS)
    assert problem.setups.seconds.tolist() == [[[0, 1], [2, 0], [3, 4]]]
    assert problem.modes.run_seconds.tolist() == [5, 6]


def test_a_job_without_weight_has_no_due_time() -> None:
    problem = read_smtwt_sdst(SETUPS)
    assert problem.jobs.due.tolist() == [FAR_FUTURE, 8]
    assert problem.jobs.weight.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("number", [0, 126])
def test_a_block_that_is_not_there_is_refused(number: int) -> None:
    with pytest.raises(InputError, match="numbered from 1 to 125"):
        read_smtwt(LIBRARY, number)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("1 0 2\n", "1 2 2\n", "setups are between jobs below 2"),
        ("1 0 2\n", "1 0\n", "a setup is three numbers"),
        ("Weights:\n0\n", "Weights:\n", "there are 2 Weights"),
        ("Duedates:", "Dates:", "in this order"),
        ("0 1 1\n", "0 1 x\n", "whole number"),
    ],
)
def test_a_broken_text_is_refused(old: str, new: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_smtwt_sdst(SETUPS.replace(old, new))


def test_a_cut_library_is_refused() -> None:
    with pytest.raises(InputError, match="a file holds 125 instances"):
        read_smtwt(LIBRARY + " 7", 1)
