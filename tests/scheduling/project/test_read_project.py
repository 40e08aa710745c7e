"""Readers of project formats: by hand, and the published files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.formats.read_project import (
    read_mista,
    read_mpsplib,
    read_patterson,
    read_psplib,
    read_rcmp,
)
from drumbeat.scheduling.engine.problem import FAR_FUTURE

# Milestone, then two activities in a row and one beside them, milestone; one resource of 3.
PATTERSON = """
5 1
3
0 0 2 2 3
4 2 1 4
2 2 1 5
3 1 1 5
0 0 0
"""

PSPLIB = """
  - renewable                 :  1   R
  - nonrenewable              :  1   N
  - doubly constrained        :  0   D
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          1           2
   2        2          1           3
   3        1          0
************************************************************************
REQUESTS/DURATIONS:
jobnr. mode duration  R 1  N 1
------------------------------------------------------------------------
  1      1     0       0    0
  2      1     3       4    5
         2     6       2    1
  3      1     0       0    0
************************************************************************
RESOURCEAVAILABILITIES:
  R 1  N 1
   {capacity}    4
************************************************************************
"""


def test_patterson_by_hand() -> None:
    problem = read_patterson(PATTERSON)
    assert problem.tasks.keys.tolist() == ["2", "3", "4"]  # the milestones at both ends are gone
    assert problem.modes.run_seconds.tolist() == [4, 2, 3]
    assert problem.modes.units.tolist() == [2, 2, 1]
    assert list(zip(problem.links.before, problem.links.after, strict=True)) == [(0, 2)]
    assert problem.resources.capacity.tolist() == [3]
    assert problem.objective.makespan == 1.0


def test_modes_and_budgets_by_hand() -> None:
    problem = read_psplib(PSPLIB.format(capacity=4))
    assert problem.num_tasks == 1
    assert problem.modes.run_seconds.tolist() == [3, 6]
    assert problem.budgets.amount.tolist() == [4]
    assert problem.budgets.taken.tolist() == [5, 1]


def test_modes_beyond_capacity_are_left_out() -> None:
    problem = read_psplib(PSPLIB.format(capacity=3))
    assert problem.modes.run_seconds.tolist() == [6]


def test_an_activity_that_no_mode_fits_is_named() -> None:
    with pytest.raises(InputError, match="'2'"):
        read_psplib(PSPLIB.format(capacity=1))


def test_portfolio_of_two_projects_by_hand() -> None:
    text = "2\n1\n3\n3 0\n1\n0 0 1 1:2\n4 2 1 1:3\n0 0 0\n2 5\n1\n2 1 1 2:2\n3 1 0\n"
    problem = read_rcmp(text, aim="delay")
    assert problem.jobs.release.tolist() == [0, 5]
    assert problem.jobs.due.tolist() == [4, 10]  # release and critical path
    assert problem.tasks.job.tolist() == [0, 1, 1]
    assert read_rcmp(text).jobs.due.tolist() == [FAR_FUTURE, FAR_FUTURE]


def test_mista_shares_a_resource_between_projects() -> None:
    project = PSPLIB.format(capacity=4)
    problem = read_mista("2\n0\n3\na.mm\n2\n3\nb.mm\n2\n7\t-1", {"a.mm": project, "b.mm": project})
    assert problem.resources.capacity.tolist() == [7]
    assert problem.budgets.amount.tolist() == [4, 4]
    assert problem.budgets.budget.tolist() == [0, 0, 1, 1]
    assert problem.jobs.due.tolist() == [3, 5]
    assert problem.objective.order == ("tardiness", "makespan")
    with pytest.raises(InputError, match=r"b\.mm"):
        read_mista("2\n0\n3\na.mm\n2\n3\nb.mm\n2\n7\t-1", {"a.mm": project})


@pytest.mark.parametrize(
    "text",
    [
        "5 1\n3\n0 0 2 2 3\n",  # ends too early
        PATTERSON.replace("4 2 1 4", "4 2 1 9"),  # no such activity
        PATTERSON.replace("3 1 1 5", "3 1 1 2"),  # 2 and 4 follow each other
        PATTERSON.replace("4 2 1 4", "-4 2 1 4"),
        PATTERSON.replace("4 2 1 4", "x 2 1 4"),
        PATTERSON.replace("4 2 1 4", "4 5 1 4"),  # five of three
    ],
)
def test_broken_texts_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_patterson(text)


def test_broken_json_is_refused() -> None:
    with pytest.raises(InputError, match="JSON"):
        read_mpsplib("{")
    with pytest.raises(InputError, match="complete"):
        read_mpsplib(json.dumps({"resources": [], "projects": [{"release": 0}]}))


@pytest.mark.parametrize(
    ("file", "num_tasks", "num_modes", "num_links"),
    [("j30_13_1.rcp", 30, 30, 42), ("RG300_215.rcp", 300, 300, 0)],
)
def test_published_projects_are_read(
    shared_data: Path, file: str, num_tasks: int, num_modes: int, num_links: int
) -> None:
    problem = read_patterson((shared_data / "scheduling/rcpsp" / file).read_text())
    assert (problem.num_tasks, len(problem.modes.run_seconds)) == (num_tasks, num_modes)
    assert not check_problem(problem)
    assert len(problem.links.before) >= num_links


def test_published_portfolios_are_read(shared_data: Path) -> None:
    problem = read_rcmp((shared_data / "scheduling/rcmpsp/MPLIB1_Set3_0.txt").read_text())
    assert (problem.num_jobs, problem.num_tasks) == (24, 24 * 60)
    folder = shared_data / "studio/mista2013"
    problem = read_mista((folder / "A-3.txt").read_text(), lambda file: (folder / file).read_text())
    assert (problem.num_jobs, problem.num_tasks, len(problem.budgets.amount)) == (2, 60, 4)
    assert problem.resources.capacity.tolist()[1] == 49  # the second one is shared
    problem = read_mpsplib((shared_data / "studio/mpsplib_json/mp_j30_a2_nr2.json").read_text(), aim="delay")
    assert problem.jobs.due.tolist()[0] == 37
    assert np.bincount(problem.tasks.job).tolist() == [30, 30]
