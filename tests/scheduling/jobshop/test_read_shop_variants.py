"""Readers of shops with setups and of shops with assembly."""

from __future__ import annotations

import pytest

from drumbeat.basics.findings import InputError
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.formats.read_shop_variants import read_fajsp, read_fjsp_sdst

SETUPS = """2 2 1
1 2 1 25 2 37
1 1 1 45

6 3
5 4

7 8
1000000 1000000
"""

ASSEMBLY = """# a comment
4 2 2
0 2
1 2
1 0 5
2 0 4 1 3
1 1 6
1 0 2
"""


def test_setups_are_ahead_and_only_where_both_can_come() -> None:
    """Row: who leaves; column: who comes; machine 2 only takes the first operation, so nothing there counts."""
    problem = read_fjsp_sdst(SETUPS)
    assert not check_problem(problem)
    assert problem.setups.is_ahead
    assert problem.setups.seconds[0].tolist() == [[6, 3], [5, 4], [0, 0]]
    assert problem.setups.seconds[1].tolist() == [[7, 0], [0, 0], [0, 0]]
    assert problem.modes.run_seconds.tolist() == [25, 37, 45]


def test_what_hangs_together_is_a_job() -> None:
    """Operations 0 and 1 are assembled in 2; 3 stands alone."""
    problem = read_fajsp(ASSEMBLY)
    assert not check_problem(problem)
    assert problem.tasks.job.tolist() == [0, 0, 0, 1]
    assert list(zip(problem.links.before.tolist(), problem.links.after.tolist(), strict=True)) == [(0, 2), (1, 2)]
    assert problem.modes.resource.tolist() == [0, 0, 1, 1, 0]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (SETUPS.replace("5 4", "5"), 6),
        (SETUPS.replace("7 8\n", ""), 8),
        (SETUPS.replace("6 3", "-6 3"), 5),
        (SETUPS.replace("6 3", "6 x"), 5),
    ],
)
def test_wrong_setups_are_named_by_row(text: str, row: int) -> None:
    with pytest.raises(InputError, match=f"row {row}"):
        read_fjsp_sdst(text)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (ASSEMBLY.replace("1 2\n", "1 9\n"), 4),
        (ASSEMBLY.replace("1 0 2\n", "1 5 2\n"), 8),
        (ASSEMBLY.replace("1 0 2\n", ""), 7),
        ("", 1),
    ],
)
def test_wrong_assemblies_are_named_by_row(text: str, row: int) -> None:
    with pytest.raises(InputError, match=f"row {row}"):
        read_fajsp(text)
