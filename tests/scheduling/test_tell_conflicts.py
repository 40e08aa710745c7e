"""Where not everything fits, the run, the command line and the board say which facts contradict each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from drumbeat.basics.findings import InputError
from drumbeat.scheduling.actions import make_schedule, name_moments, save_schedule
from drumbeat.scheduling.engine.explain_infeasible import ALL_PLACED
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.solve import solve
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem
from tests.scheduling.test_make_schedule import plant

SHORT = "40 of B @ N are needed, 10 in stock and 0 to come"


def short_plant():
    """Ten of A, of which half pass, take 2 B each, a fifth more for scrap: 2 x 1.25 x 20 / 1.25 of B, with 10 there."""
    return plant(
        bill_line=pl.DataFrame({"item": ["A"], "component": ["B"], "quantity_per": [2.0], "scrap": [0.0]}),
        stock=pl.DataFrame({"item": ["B"], "site": ["N"], "quantity": [10.0]}),
    )


def test_material_that_never_comes_is_the_first_finding_of_a_run():
    run = make_schedule(short_plant(), seconds=0.2)
    first = next(iter(run.findings))
    assert (first.rule, first.severity, first.value) == (ALL_PLACED, "warning", SHORT)


def test_a_run_in_which_all_fits_has_no_conflict():
    run = make_schedule(plant(), seconds=0.2)
    assert ALL_PLACED not in {finding.rule for finding in run.findings}


def test_moments_are_named_in_the_first_site_s_time_zone():
    # As of Monday 2 March 2026, 05:00 UTC, 06:00 in Berlin.
    tell = name_moments(plant())
    assert tell(0) == "Mon 2 Mar 2026 06:00"
    assert tell(4 * 86_400 + 3600) == "Fri 6 Mar 2026 07:00"
    assert tell(FAR_FUTURE).endswith("9999 00:59") or "9999" in tell(FAR_FUTURE)


def test_solve_says_in_the_caller_s_words_why_there_is_no_schedule():
    problem = make_problem(
        [TaskRow(0, [(10, 0, [(0, 1)])])],
        [ResourceRow(0)],
        jobs=[(FAR_FUTURE, 1.0, 0, 100)],
        calendars=[[(200, FAR_FUTURE, 1)]],
    )
    problem = replace(problem, resources=replace(problem.resources, keys=np.array(["oven 2"], dtype=object)))
    with pytest.raises(InputError) as caught:
        solve(problem, seconds=1.0, tell_time={100: "Friday", 200: "Monday"}.__getitem__)
    assert "order J0 needs oven 2 before Friday; oven 2 is closed until Monday" in str(caught.value)


@pytest.fixture
def short_schedule(db):
    return save_schedule(make_schedule(short_plant(), seconds=0.2), None, timezone.now())


def test_the_board_says_why_not_everything_fits(client_as, short_schedule):
    page = client_as("viewer").get(f"/board/{short_schedule.pk}/").content.decode()
    assert "Not everything fits." in page
    assert SHORT in page


@pytest.mark.browser
@pytest.mark.slow
def test_the_board_shows_it_above_the_chart(page_as, live_site):
    save_schedule(make_schedule(short_plant(), seconds=0.2), None, timezone.now())
    page = page_as("viewer")
    page.goto(f"{live_site}/board/")
    notice = page.locator("[data-conflict]")
    expect(notice).to_be_visible()
    expect(notice).to_contain_text(SHORT)
    below = page.locator("[data-board-root]").bounding_box()
    assert notice.bounding_box()["y"] < below["y"]
