"""Job shops: tabu search on the disjunctive graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.formats.read_shop_variants import read_fajsp, read_fjsp_sdst
from drumbeat.scheduling.engine.jobshop.solve_jobshop import is_job_shop, solve_jobshop
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.read_instance import make_shop_problem, read_fjsp, read_jsp
from drumbeat.scheduling.engine.search import Search

FT06 = """6 6
2 1 0 3 1 6 3 7 5 3 4 6
1 8 2 5 4 10 5 10 0 10 3 4
2 5 3 4 5 8 0 9 1 1 4 7
1 5 0 5 2 5 3 3 4 8 5 9
2 9 1 3 4 5 5 4 0 3 3 1
1 3 3 3 5 9 0 10 4 4 2 1
"""


def search_for(problem: Problem, seconds: float, workers: int = 1) -> Search:
    assert is_job_shop(problem, describe(problem))
    search = Search(problem, seconds, 1, workers, is_deterministic=True)
    solve_jobshop(search)
    assert search.schedule is not None
    assert not check_schedule(problem, search.schedule)
    assert search.bound * 3600 <= search.schedule.end.max() + 1e-6
    return search


def makespan(search: Search) -> int:
    assert search.schedule is not None
    return int(search.schedule.end.max())


def test_fisher_and_thompson_6() -> None:
    """Its optimum is 55 (Fisher and Thompson 1963)."""
    assert makespan(search_for(read_jsp(FT06), 0.5)) == 55


def test_two_jobs_by_hand() -> None:
    """Two machines in line: by Johnson's rule the short one goes first, and 2 + 5 + 3 is proven to be the best."""
    search = search_for(make_shop_problem([[[(0, 2)], [(1, 5)]], [[(0, 4)], [(1, 3)]]], 2), 0.2)
    assert makespan(search) == 10
    assert search.is_optimal


@pytest.mark.parametrize(
    ("file", "best"),
    [("jsp/ta51js.txt", 2760), ("jsp/ta71js.txt", 5464), ("fjsp/kacem4.txt", 11), ("fjsp/mk01.txt", 40)],
)
def test_published_optima(shared_data: Path, file: str, best: int) -> None:
    """Optima of `best_known.csv`."""
    read = read_jsp if file.startswith("jsp") else read_fjsp
    problem = read((shared_data / "scheduling" / file).read_text())
    assert makespan(search_for(problem, 1.5)) == best


@pytest.mark.parametrize(("number", "best"), [("01", 70), ("08", 262)])
def test_setups(shared_data: Path, number: str, best: int) -> None:
    """Flexible job shops with setups while the piece of work is elsewhere."""
    text = (shared_data / f"scheduling/fjsp_sdst/Fattahi_setup_{number}.fjs").read_text()
    assert makespan(search_for(read_fjsp_sdst(text), 1.0)) == best


def test_assembly(shared_data: Path) -> None:
    """Jobs that branch and join: every operation has its place, and the bound is the longest chain or more."""
    problem = read_fajsp((shared_data / "scheduling/fajsp/DAFJS01.txt").read_text())
    assert problem.num_jobs == 4
    search_for(problem, 1.0)


@pytest.mark.slow
def test_fisher_and_thompson_10(shared_data: Path) -> None:
    """Open for 25 years (Carlier and Pinson 1989): found by one lane and proven by the other."""
    problem = read_jsp((shared_data / "scheduling/jsp/ft10.txt").read_text())
    search = Search(problem, 40.0, 1, 2)
    solve_jobshop(search)
    assert makespan(search) == 930
    assert search.is_optimal


def test_the_same_seed_gives_the_same_schedule() -> None:
    """In deterministic mode, whatever the clock says."""
    runs = [search_for(read_jsp(FT06), 0.2, workers=2).schedule for _ in range(2)]
    assert runs[0] is not None
    assert runs[1] is not None
    assert (runs[0].start == runs[1].start).all()
