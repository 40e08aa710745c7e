"""Job shops: tabu search on the disjunctive graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from drumbeat.basics.progress import Cancelled
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.formats.read_shop_variants import read_fajsp, read_fjsp_sdst
from drumbeat.scheduling.engine.jobshop.explorer import Explorer
from drumbeat.scheduling.engine.jobshop.lay_out import lay_out
from drumbeat.scheduling.engine.jobshop.solve_jobshop import is_job_shop, solve_jobshop, take_up
from drumbeat.scheduling.engine.jobshop.tabu import read_starts
from drumbeat.scheduling.engine.portfolio import choose_method
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.read_instance import make_shop_problem, read_fjsp, read_jsp
from drumbeat.scheduling.engine.search import Search
from drumbeat.scheduling.engine.solve import solve

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
    [("jsp/ta51js.txt", 2760), ("jsp/ta71js.txt", 5464), ("fjsp/mk15.txt", 333), ("fjsp/mk01.txt", 40)],
)
def test_published_optima(shared_data: Path, file: str, best: int) -> None:
    """Optima of `best_known.csv`."""
    read = read_jsp if file.startswith("jsp") else read_fjsp
    problem = read((shared_data / "scheduling" / file).read_text())
    assert makespan(search_for(problem, 3.0)) == best


@pytest.mark.parametrize(("number", "best"), [("01", 70), ("08", 262), ("12", 468)])
def test_setups(shared_data: Path, number: str, best: int) -> None:
    """Flexible job shops with setups while the piece of work is elsewhere: optima that CP-SAT proves in two seconds."""
    text = (shared_data / f"scheduling/fjsp_sdst/Fattahi_setup_{number}.fjs").read_text()
    search = search_for(read_fjsp_sdst(text), 4.0)
    assert makespan(search) == best
    assert search.is_optimal


def test_setups_too_many_to_prove(shared_data: Path) -> None:
    """Of 36 operations with setups 934 is the best found in a minute; it is not proven."""
    text = (shared_data / "scheduling/fjsp_sdst/Fattahi_setup_18.fjs").read_text()
    assert makespan(search_for(read_fjsp_sdst(text), 1.5)) <= 960


def test_assembly(shared_data: Path) -> None:
    """Jobs that branch and join: every operation has its place, and the bound is the longest chain or more."""
    problem = read_fajsp((shared_data / "scheduling/fajsp/DAFJS01.txt").read_text())
    assert problem.num_jobs == 4
    search_for(problem, 1.0)


@pytest.mark.parametrize(
    ("file", "most"), [("jsp/la38.txt", 1196 * 1.02), ("jsp/ta11js.txt", 1357 * 1.04), ("fjsp/mk10.txt", 193 * 1.05)]
)
def test_published_instances_within_seconds(shared_data: Path, file: str, most: float) -> None:
    """Within a few hundredths of the best known after two seconds of one lane."""
    read = read_jsp if file.startswith("jsp") else read_fjsp
    assert makespan(search_for(read((shared_data / "scheduling" / file).read_text()), 2.0)) <= most


def test_what_another_method_found_is_taken_up() -> None:
    """The search goes on from the best schedule so far, whoever found it."""
    problem = read_jsp(FT06)
    best = search_for(problem, 0.5).schedule
    assert best is not None
    search = Search(problem, 1.0, 1, 1, is_deterministic=True)
    search.offer(best, "another method")
    explorer = Explorer(lay_out(problem), 1, 0)
    order, mode = take_up(search, explorer)
    start = read_starts(explorer.graph, order, mode)[0]
    assert (start == best.start).all()


def test_the_same_seed_gives_the_same_schedule() -> None:
    """In deterministic mode, whatever the clock says."""
    runs = [search_for(read_jsp(FT06), 0.2, workers=2).schedule for _ in range(2)]
    assert runs[0] is not None
    assert runs[1] is not None
    assert (runs[0].start == runs[1].start).all()


def test_the_portfolio_gives_job_shops_to_this_method() -> None:
    """Through the door that everybody uses."""
    result = solve(read_jsp(FT06), seconds=60, seed=3)
    assert result.worth.makespan_hours * 3600 == pytest.approx(55)
    assert choose_method(read_jsp(FT06), describe(read_jsp(FT06))).name == "job shop"


def test_cancelling_is_heard_at_once(shared_data: Path) -> None:
    """Whoever listens may end the search by raising `Cancelled`, in both lanes."""
    problem = read_jsp((shared_data / "scheduling/jsp/ta11js.txt").read_text())

    def cancel(_share: float, _message: str) -> None:
        raise Cancelled

    search = Search(problem, 60.0, 1, 2, progress=cancel)
    with pytest.raises(Cancelled):
        solve_jobshop(search)
    assert search.spent < 10
