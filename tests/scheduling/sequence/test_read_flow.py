"""Readers of flow shops and parallel machines: what each number of a text becomes."""

from __future__ import annotations

import numpy as np
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.scheduling.engine.formats import find_reader
from drumbeat.scheduling.engine.formats.read_flow import (
    read_hfsp,
    read_nw_pfsp,
    read_pfsp,
    read_pmp,
    read_sdst_pfsp,
    read_tct_pfsp,
    read_tt_pfsp,
)
from drumbeat.scheduling.engine.problem import FAR_FUTURE


def test_a_permutation_flow_shop_has_one_order_for_all_machines() -> None:
    problem = read_pfsp("2\n3\n1 2 3\n4 5 6\n")
    assert problem.modes.run_seconds.tolist() == [1, 2, 3, 4, 5, 6]
    assert problem.tasks.job.tolist() == [0, 0, 0, 1, 1, 1]
    assert problem.modes.resource.tolist() == [0, 1, 2, 0, 1, 2]
    assert problem.resources.order_group.tolist() == [0, 0, 0]
    assert list(zip(problem.links.before.tolist(), problem.links.after.tolist(), strict=True)) == [
        (0, 1),
        (1, 2),
        (3, 4),
        (4, 5),
    ]
    assert (problem.objective.makespan, problem.objective.tardiness) == (1.0, 0.0)


def test_completion_times_are_tardiness_against_zero() -> None:
    problem = read_tct_pfsp("2 1 7 8")
    assert problem.jobs.due.tolist() == [0, 0]
    assert (problem.objective.makespan, problem.objective.tardiness) == (0.0, 1.0)


def test_due_times_stand_before_the_durations() -> None:
    problem = read_tt_pfsp("2\n2\n30 40\n1 2\n3 4\n")
    assert problem.jobs.due.tolist() == [30, 40]
    assert problem.modes.run_seconds.tolist() == [1, 2, 3, 4]


def test_no_wait_is_a_most_of_zero() -> None:
    problem = read_nw_pfsp("1 3 5 6 7")
    assert problem.links.most.tolist() == [0, 0]
    assert len(read_pfsp("1 3 5 6 7").links.most) in (0, 2)


def test_setups_come_machine_by_machine_and_the_first_is_free() -> None:
    problem = read_sdst_pfsp("2 2  1 2 3 4  0 11 12 0  0 21 22 0")
    assert problem.setups.seconds.tolist() == [[[0, 11], [12, 0], [0, 0]], [[0, 21], [22, 0], [0, 0]]]
    assert problem.setups.is_ahead
    assert problem.resources.setup_matrix.tolist() == [0, 1]
    assert problem.tasks.family.tolist() == [0, 0, 1, 1]


def test_a_stage_is_a_choice_of_machines() -> None:
    problem = read_hfsp("2\n2\n2 1\n5 6\n7 8\n")
    assert np.diff(problem.modes.task_ptr).tolist() == [2, 1, 2, 1]
    assert problem.modes.resource.tolist() == [0, 1, 2, 0, 1, 2]
    assert problem.modes.run_seconds.tolist() == [5, 5, 6, 7, 7, 8]


def test_parallel_machines_have_a_mode_on_each() -> None:
    problem = read_pmp("2 3 1 2 3 4 5 6")
    assert problem.num_tasks == 2
    assert problem.modes.run_seconds.tolist() == [1, 2, 3, 4, 5, 6]
    assert problem.jobs.due.tolist() == [FAR_FUTURE, FAR_FUTURE]


@pytest.mark.parametrize(
    ("family", "text", "says"),
    [
        ("pfsp", "2 2 1 2 3", "there are 4 durations"),
        ("pfsp", "2 2 1 2 3 -4", "durations are 0 or more"),
        ("pfsp", "2 two", "whole number"),
        ("pfsp", "2 1 1 99999999999999999999", "whole number"),
        ("pfsp", "0 2", "both above 0"),
        ("pfsp", "", "both above 0"),
        ("tt_pfsp", "2 1 5", "there are 2 due times"),
        ("sdst_pfsp", "2 1 1 2 0 1 1", "there are 4 setup times"),
        ("hfsp", "1 2 1 0 3 4", "each stage has a machine"),
        ("pmp_unrelated", "1 2 3", "there are 2 durations"),
    ],
)
def test_a_broken_text_is_refused_by_name(family: str, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        find_reader(family)(text, "mine.txt")
    assert "mine.txt" in str(caught.value)
