"""What scheduling is told beyond time and capacity: campaigns, setup crews, deadlines, choices, prices."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from drumbeat.basics.findings import Findings
from drumbeat.data.places import Place, add_rows

Frames = Mapping[str, pl.DataFrame]
Places = Mapping[str, Place]
YEARS = (1900, 2200)
"""Years in which plants are planned."""


def check_limits(findings: Findings, places: Places, frames: Frames) -> None:
    """Find setup crews that set themselves up, cleanings that never come, deadlines before the due moment, choices
    without an alternative, and prices that nothing is weighed against."""
    _check_resources(findings, places["resource"], frames["resource"])
    _check_deadlines(findings, places["order"], frames["order"])
    _check_choices(findings, places["task"], frames["task"])
    _check_prices(findings, places, frames)
    _check_years(findings, places, frames)


def _check_years(findings: Findings, places: Places, frames: Frames) -> None:
    """Find a moment of the data, and due dates, that are slips of the pen: centuries away from anybody's plan."""
    now = frames["company"]["as_of"]
    wrong = ((now.dt.year() < YEARS[0]) | (now.dt.year() > YEARS[1])).fill_null(False)
    rule, remedy = f"the moment of the data lies in the years {YEARS[0]} to {YEARS[1]}", "Correct the year"
    add_rows(findings, places["company"], wrong, rule, remedy, column="as_of", values=now.cast(pl.String))
    rule, remedy = (
        f"a due date lies in the years {YEARS[0]} to {YEARS[1]}",
        "Planned as it stands; correct the year",
    )
    for table in ("demand_line", "order", "purchase_order"):
        due = frames[table]["due_at"]
        wrong = ((due.dt.year() < YEARS[0]) | (due.dt.year() > YEARS[1])).fill_null(False)
        if wrong.any():
            add_rows(
                findings, places[table], wrong, rule, remedy, column="due_at", values=due.cast(pl.String),
                severity="warning",
            )  # fmt: skip


def _check_resources(findings: Findings, place: Place, resources: pl.DataFrame) -> None:
    own = resources.select((pl.col("setup_crew") == pl.col("code")).fill_null(False)).to_series()
    rule, remedy = "a setup crew is another resource", "Name the crew that sets it up, or leave it empty"
    add_rows(findings, place, own, rule, remedy, column="setup_crew", values=resources["setup_crew"])
    idle = resources.select((pl.col("clean_minutes") > 0) & pl.col("most_campaign_hours").is_null()).to_series()
    rule = "a cleaning comes after a campaign of so many hours"
    remedy = "Fill most_campaign_hours, or leave clean_minutes at 0"
    values = resources["clean_minutes"].cast(pl.String)
    add_rows(findings, place, idle, rule, remedy, column="clean_minutes", values=values, severity="warning")


def _check_deadlines(findings: Findings, place: Place, orders: pl.DataFrame) -> None:
    early = orders.select((pl.col("deadline_at") < pl.col("due_at")).fill_null(False)).to_series()
    values = orders.select(
        pl.format(
            "{}, due {}", pl.col("deadline_at").cast(pl.String).fill_null(""), pl.col("due_at").cast(pl.String)
        ).fill_null("")
    ).to_series()
    rule = "a deadline, which is a rule, is not before the due moment, which is a wish"
    remedy = "Correct deadline_at or due_at"
    add_rows(findings, place, early, rule, remedy, column="deadline_at", values=values, severity="warning")


def _check_choices(findings: Findings, place: Place, tasks: pl.DataFrame) -> None:
    if not (tasks["choice_group"] != "").any():
        return
    state = tasks.select(
        (pl.col("choice_group") != "").alias("grouped"),
        pl.len().over("order", "choice_group").alias("size"),
        pl.col("state").is_in(["started", "done"]).sum().over("order", "choice_group").alias("taken"),
    )
    rule, remedy = "a choice is between two tasks of an order or more", "Add the other task, or empty choice_group"
    add_rows(
        findings, place, state["grouped"] & (state["size"] == 1), rule, remedy, column="choice_group",
        values=tasks["choice_group"], severity="warning",
    )  # fmt: skip
    rule, remedy = "of the tasks of a choice one is done", "Correct their states, or take them out of the choice"
    add_rows(
        findings, place, state["grouped"] & (state["taken"] > 1), rule, remedy, column="choice_group",
        values=tasks["choice_group"],
    )  # fmt: skip


def _check_prices(findings: Findings, places: Places, frames: Frames) -> None:
    """What may be left out costs something, and that is weighed against lateness by one price."""
    if (frames["company"]["late_hour_cost"].fill_null(0) > 0).any():
        return
    tasks = frames["task"]
    rule = "what leaving a task out costs is weighed against what an hour late costs"
    remedy = "Fill late_hour_cost of the company; until then the task is done in any case"
    values = tasks["skip_cost"].cast(pl.String)
    priced = tasks["skip_cost"].is_not_null()
    add_rows(findings, places["task"], priced, rule, remedy, column="skip_cost", values=values, severity="warning")
    companies = frames["company"]
    priced = companies["overtime_hour_cost"].fill_null(0) > 0
    rule = "what overtime costs is weighed against what an hour late costs"
    remedy = "Fill late_hour_cost; until then overtime counts like any other hour"
    values = companies["overtime_hour_cost"].cast(pl.String)
    add_rows(
        findings, places["company"], priced, rule, remedy, column="overtime_hour_cost", values=values,
        severity="warning",
    )  # fmt: skip
