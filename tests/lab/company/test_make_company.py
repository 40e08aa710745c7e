"""The demo company: the same every time, right by every check, with its five stories and no sixth."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.data.check_frames import check_frames
from drumbeat.data.schema import schemas
from drumbeat.data.snapshot import Snapshot
from drumbeat.lab.company import make_company
from drumbeat.lab.company.catalogue import STORY_FAMILY, STORY_FOUNDRY, STORY_MACHINE, STORY_OVERTIME
from drumbeat.lab.company.size import AS_OF
from tests.demo_company import demo_company as make

LAST_QUARTER = AS_OF - timedelta(weeks=13)
PUT_OFF = ("GR-ROUTE-01", "GR-ROUTE-02", "GR-ROUTE-03", "GR-EDGE-01", "GR-EDGE-02")


@pytest.fixture(params=[("s", 1), ("s", 7), ("m", 1)], ids=["s", "s, seed 7", "m"])
def company(request: pytest.FixtureRequest) -> Snapshot:
    return make(*request.param)


def hours(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(hours=(pl.col("ends_at") - pl.col("starts_at")).dt.total_minutes() / 60)


def test_equal_arguments_make_equal_data() -> None:
    again = make_company("s", 1)
    assert again.version == make("s").version
    assert all(again[name].equals(make("s")[name]) for name in schemas())


def test_another_seed_makes_another_company() -> None:
    assert make("s", 7).version != make("s").version


def test_an_unknown_size_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InputError, match="s, m, l, xl"):
        make_company("huge")


def test_every_check_passes_without_a_finding(company: Snapshot) -> None:
    found = check_frames(company.frames)
    assert found.count == 0, list(found)[:5]


def test_every_table_that_people_exchange_is_used(company: Snapshot) -> None:
    # In these plants nothing comes out beside another item, and no demand is said to follow a country's holidays.
    assert {name for name, frame in company.frames.items() if not frame.height} == {"by_product", "holiday"}


@pytest.mark.parametrize(("size", "machines", "low", "high"), [("s", 36, 60, 160), ("m", 216, 950, 1_300)])
def test_sizes_are_what_they_say(size: str, machines: int, low: int, high: int) -> None:
    company = make(size)
    assert company["resource"].filter(pl.col("kind") == "machine").height == machines
    assert low <= company["order"].filter(pl.col("state") != "done").height <= high


def test_story_1_care_was_put_off_while_output_grew(company: Snapshot) -> None:
    care = company["maintenance_order"].filter((pl.col("kind") == "preventive") & (pl.col("due_at") < AS_OF))
    undone = care.filter(pl.col("state") != "done")
    assert set(undone["resource"]) == set(PUT_OFF)
    assert undone["due_at"].min() >= LAST_QUARTER
    assert undone.height >= 14
    down = hours(company["machine_event"].filter((pl.col("state") == "down") & pl.col("resource").is_in(PUT_OFF)))
    late = down.filter(pl.col("starts_at") >= LAST_QUARTER)["hours"].sum()
    assert late > 1.7 * down.filter(pl.col("starts_at") < LAST_QUARTER)["hours"].sum()
    good = company["production_report"].filter(pl.col("resource").str.starts_with("GR-PACK"))
    by_quarter = good.group_by(pl.col("starts_at") >= LAST_QUARTER).agg(pl.col("good").sum()).sort("starts_at")
    assert by_quarter["good"][1] > by_quarter["good"][0]


def test_story_2_one_welder_carries_the_nights(company: Snapshot) -> None:
    able = company["person_skill"].join(company["person"], left_on="person", right_on="code")
    by_crew = able.group_by("crew", "skill").len()
    nights = by_crew.filter((pl.col("crew") == "AA-NIGHT") & (pl.col("skill") == "AA-TIG"))
    assert nights["len"].to_list() == [1]
    assert by_crew.filter(pl.col("len") < 2).height == 1, "nobody else stands alone"
    needs = (
        company["crew_need"]
        .filter(pl.col("skill") == "AA-TIG")
        .join(company["operation"], left_on="operation", right_on="code")
    )
    assert set(needs["capability"]) == {"Welding"}
    booths = company["resource"].filter((pl.col("capability") == "Welding") & (pl.col("calendar") == "AA-3SHIFT"))
    assert booths["code"].to_list() == ["AA-WELD-01", "AA-WELD-02", "AA-WELD-03"]


def test_story_3_one_supplier_spreads_far_beyond_its_terms(company: Snapshot) -> None:
    agreed = company["supply_term"].group_by("supplier").agg(pl.col("lead_time_spread_days").max())
    seen = (
        company["purchase_order"]
        .filter((pl.col("state") == "received") & pl.col("supplier").is_not_null())
        .with_columns(days=(pl.col("received_at") - pl.col("due_at")).dt.total_hours() / 24)
        .group_by("supplier")
        .agg(pl.col("days").std(), pl.len())
        .join(agreed, on="supplier")
        .with_columns(ratio=pl.col("days") / pl.col("lead_time_spread_days"))
    )
    assert seen["len"].min() >= 20
    assert seen.filter(pl.col("ratio") > 1.6)["supplier"].to_list() == [STORY_FOUNDRY]
    assert seen.filter(pl.col("supplier") == STORY_FOUNDRY)["ratio"].item() > 3


def test_story_4_white_eats_the_coating_line(company: Snapshot) -> None:
    events = hours(company["machine_event"])
    share = events.group_by("resource").agg(
        (pl.col("hours").filter(pl.col("state") == "setup").sum() / pl.col("hours").sum()).alias("setup")
    )
    assert share.filter(pl.col("setup") > 0.15)["resource"].to_list() == [STORY_MACHINE]
    matrix = company["resource"].filter(pl.col("code") == STORY_MACHINE)["setup_matrix"].item()
    changes = company["setup_change"].filter(pl.col("setup_matrix") == matrix)
    to_story = changes.filter(pl.col("to_family") == STORY_FAMILY)["minutes"]
    assert to_story.min() > 5 * changes.filter(pl.col("to_family") != STORY_FAMILY)["minutes"].max()


def test_story_5_overtime_stays_at_one_cost_centre(company: Snapshot) -> None:
    actual = company["actual"].filter(pl.col("period_start") >= date(2025, 12, 1))
    account = pl.col("account").cast(pl.String)
    share = (
        actual.group_by("cost_centre", "period_start")
        .agg(
            (
                pl.col("hours").filter(account == "overtime").sum() / pl.col("hours").filter(account == "labour").sum()
            ).alias("share")
        )
        .group_by("cost_centre")
        .agg((pl.col("share") > 0.1).sum().alias("weeks"), pl.col("share").max())
    )
    assert share.filter(pl.col("weeks") >= 10)["cost_centre"].to_list() == [STORY_OVERTIME]
    assert share.filter(pl.col("cost_centre") != STORY_OVERTIME)["share"].max() < 0.06


def test_bought_items_have_two_sources(company: Snapshot) -> None:
    sources = company["supply_term"].group_by("item", "site").agg(pl.col("supplier").n_unique())
    assert sources["supplier"].min() == 2
    bought = company["item"].filter(pl.col("kind") == "buy")["code"]
    assert set(bought) == set(sources["item"])


def test_what_was_delivered_is_on_time_in_about_nine_of_ten(company: Snapshot) -> None:
    lines = company["demand_line"].filter(pl.col("state") == "delivered")
    assert 0.86 < (lines["delivered_at"] <= lines["due_at"]).mean() < 0.95
    assert lines["due_at"].min() >= AS_OF - timedelta(weeks=27)


def test_history_lies_in_the_past_and_events_of_a_machine_do_not_overlap(company: Snapshot) -> None:
    events = company["machine_event"].sort("resource", "starts_at")
    assert events["ends_at"].max() <= AS_OF
    gap = events.with_columns(before=pl.col("ends_at").shift(1).over("resource"))
    assert gap.filter(pl.col("starts_at") < pl.col("before")).height == 0


def test_reports_lie_in_the_run_times_of_their_machines(company: Snapshot) -> None:
    runs = company["machine_event"].filter(pl.col("state") == "run").select("resource", "starts_at", "ends_at")
    reports = company["production_report"]
    assert reports.join(runs, on=["resource", "starts_at", "ends_at"], how="semi").height == reports.height
    able = company["operation_resource"].select("operation", "resource")
    assert reports.join(able, on=["operation", "resource"], how="semi").height == reports.height


def test_open_purchase_orders_cover_what_open_orders_take(company: Snapshot) -> None:
    short = company["stock"].filter(pl.col("quantity") < 0)
    assert short.height == 0
    open_orders = company["purchase_order"].filter(pl.col("state") == "open")
    assert open_orders["due_at"].min() > AS_OF
    assert open_orders["ordered_at"].max() < AS_OF


@pytest.mark.slow
def test_the_weaknesses_found_are_the_stories() -> None:
    from drumbeat.strategy.actions import find_weaknesses

    found = {(one.kind, one.subject) for one in find_weaknesses(make("s"))}
    assert {
        ("setup family", STORY_MACHINE),
        ("shift cover", "AA-TIG"),
        ("supplier spread", STORY_FOUNDRY),
        ("structural overtime", STORY_OVERTIME),
    } <= found
    assert "maintenance backlog" in {kind for kind, _ in found}
    assert len(found) <= 8, "little else stands out"


@pytest.mark.slow
def test_the_plan_asks_for_little_and_the_schedule_mostly_holds() -> None:
    from drumbeat.planning.actions import make_plan
    from drumbeat.scheduling.actions import make_schedule
    from drumbeat.twin.actions import simulate

    company = make("s")
    plan = make_plan(company)
    kinds = dict(plan.actions["kind"].value_counts().iter_rows())
    assert sum(kinds.values()) <= 40
    assert {"expedite", "defer", "cancel"} <= set(kinds)
    schedule = make_schedule(company, plan, seconds=0)
    assert schedule.result.worth.num_unscheduled == 0
    held = simulate(company, schedule, replications=100)
    assert 0.75 < held.expected_on_time < 0.95
    assert STORY_FOUNDRY in held.threats["subject"].head(3).to_list()


@pytest.mark.slow
def test_a_million_tasks_are_made() -> None:
    company = make_company("xl")
    assert company["task"].height >= 1_000_000
    assert check_frames(company.frames).count == 0
