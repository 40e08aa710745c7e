"""Whether the work can be done at all: calendars that open, machines that can, people who are able, ways to supply."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from drumbeat.basics.findings import Findings
from drumbeat.data.places import Place, add_rows

Frames = Mapping[str, pl.DataFrame]
Places = Mapping[str, Place]


def check_ability(findings: Findings, places: Places, frames: Frames) -> None:
    """Find calendars that never open, operations and tasks that nobody can do, and items without a way to supply."""
    _check_calendars(findings, places, frames)
    _check_operations(findings, places, frames)
    _check_tasks(findings, places, frames)
    _check_crews(findings, places, frames)
    _check_supply(findings, places, frames)


def _is_in(column: str, codes: pl.Series) -> pl.Expr:
    return pl.col(column).is_in(codes.drop_nulls().unique().implode())


def _check_calendars(findings: Findings, places: Places, frames: Frames) -> None:
    calendars = frames["calendar"]
    openings = frames["calendar_exception"].filter(pl.col("is_open"))["calendar"]
    opens = _is_in("code", frames["calendar_shift"]["calendar"]) | _is_in("code", openings)
    used = [frames[table]["calendar"] for table in ("resource", "crew", "person")]
    state = calendars.select((~opens).alias("closed"), _is_in("code", pl.concat(used)).alias("used"))
    rule, remedy = "a calendar opens at some time", "Add its weekly shifts to calendar_shift"
    for severity, broken in (
        ("error", state["closed"] & state["used"]),
        ("warning", state["closed"] & ~state["used"]),
    ):
        add_rows(
            findings,
            places["calendar"],
            broken,
            rule,
            remedy,
            column="code",
            values=calendars["code"],
            severity="error" if severity == "error" else "warning",
        )


def _offers(frames: Frames) -> pl.DataFrame:
    """Return the distinct capabilities offered at each site."""
    return frames["resource"].filter(pl.col("capability") != "").select("site", "capability").unique()


def _check_operations(findings: Findings, places: Places, frames: Frames) -> None:
    operations = frames["operation"]
    if not operations.height:
        return
    sites = frames["routing"].select(pl.col("code").alias("routing"), "site").unique("routing")
    able = _offers(frames).with_columns(pl.lit(True).alias("offered"))
    state = (
        operations.select(
            "routing",
            "capability",
            _is_in("code", frames["operation_resource"]["operation"]).alias("named"),
            _is_in("code", frames["crew_need"]["operation"]).alias("crewed"),
            (pl.col("setup_minutes") + pl.col("run_minutes") + pl.col("lot_minutes") > 0).alias("works"),
        )
        .join(sites, on="routing", how="left", maintain_order="left")
        .join(able, on=["site", "capability"], how="left", maintain_order="left")
    )
    by_capability = state.select(
        ~pl.col("named") & (pl.col("capability") != "") & pl.col("offered").is_null() & pl.col("site").is_not_null()
    ).to_series()
    by_nothing = state.select(
        ~pl.col("named") & (pl.col("capability") == "") & ~pl.col("crewed") & pl.col("works")
    ).to_series()
    values = operations.select(pl.format("{}: {}", "code", "capability")).to_series()
    rule = "somebody can do an operation: a resource at the routing's site has its capability"
    remedy = "Give a resource of that site the capability, or name the resources in operation_resource"
    add_rows(findings, places["operation"], by_capability, rule, remedy, column="capability", values=values)
    rule = "an operation that takes time says who does it"
    remedy = "Write its capability, or name resources in operation_resource or people in crew_need"
    add_rows(findings, places["operation"], by_nothing, rule, remedy, column="code", values=operations["code"])


def _check_tasks(findings: Findings, places: Places, frames: Frames) -> None:
    tasks = frames["task"]
    asking = tasks.filter(pl.col("capability") != "")
    if not asking.height:
        return
    sites = frames["order"].select(pl.col("code").alias("order"), "site").unique("order")
    able = _offers(frames).with_columns(pl.lit(True).alias("offered"))
    broken = (
        tasks.join(sites, on="order", how="left", maintain_order="left")
        .join(able, on=["site", "capability"], how="left", maintain_order="left")
        .select(
            (pl.col("capability") != "")
            & pl.col("resource").is_null()
            & pl.col("offered").is_null()
            & pl.col("site").is_not_null()
            & pl.col("state").is_in(["open", "started"])
        )
        .to_series()
    )
    rule = "somebody can do a task: a resource at the order's site has its capability"
    remedy = "Give a resource of that site the capability, or name the task's resource"
    add_rows(findings, places["task"], broken, rule, remedy, column="capability", values=tasks["capability"])


def _check_crews(findings: Findings, places: Places, frames: Frames) -> None:
    needs = frames["crew_need"]
    if not needs.height:
        return
    sites = frames["operation"].select(pl.col("code").alias("operation"), "routing").unique("operation")
    sites = sites.join(
        frames["routing"].select(pl.col("code").alias("routing"), "site").unique("routing"), on="routing"
    )
    people = frames["person"].select(pl.col("code").alias("person"), "site").unique("person")
    skilled = frames["person_skill"].join(people, on="person").select("site", "skill", "level")
    numbered = needs.with_row_index("row").join(sites, on="operation", how="left", maintain_order="left")
    able = (
        numbered.select("site", "skill", "minimum_level")
        .unique()
        .join(skilled, on=["site", "skill"])
        .filter(pl.col("level") >= pl.col("minimum_level"))
        .group_by("site", "skill", "minimum_level")
        .len("num_able")
    )
    state = numbered.join(able, on=["site", "skill", "minimum_level"], how="left", maintain_order="left").sort("row")
    short = state.select(
        (pl.col("num_able").fill_null(0) < pl.col("num_people")) & pl.col("site").is_not_null()
    ).to_series()
    values = state.select(
        pl.format(
            "{} at {}: {} needed at level {}, {} there",
            "skill",
            pl.col("site").fill_null("?"),
            "num_people",
            "minimum_level",
            pl.col("num_able").fill_null(0),
        )
    ).to_series()
    rule = "enough people of the routing's site have the skill at the level that an operation needs"
    remedy = "Add the skill to people of that site in person_skill, or lower the need"
    add_rows(findings, places["crew_need"], short, rule, remedy, column="skill", values=values)


def _check_supply(findings: Findings, places: Places, frames: Frames) -> None:
    items = frames["item"]
    is_live = pl.col("lifecycle").is_in(["active", "phase_out"])
    state = items.select(
        (is_live & (pl.col("kind") == "make") & ~_is_in("code", frames["routing"]["item"])).alias("no_routing"),
        (
            is_live
            & (pl.col("kind") == "buy")
            & (pl.col("lead_time_days") == 0)
            & ~_is_in("code", frames["supply_term"]["item"])
        ).alias("no_terms"),
    )
    for broken, rule, remedy in (
        (state["no_routing"], "an item that is made has a routing", "Add a routing, or set its kind to buy"),
        (
            state["no_terms"],
            "an item that is bought has supply terms or a lead time",
            "Add supply_term rows, or write lead_time_days",
        ),
    ):
        add_rows(
            findings,
            places["item"],
            broken,
            rule,
            remedy,
            column="code",
            values=items["code"],
            severity="warning",
        )
