"""The demo company's last 26 weeks: what the recorded machines did, what came off them, and what was delivered."""

from __future__ import annotations

import numpy as np
import polars as pl

from drumbeat.lab.company.catalogue import (
    AALEN,
    CUSTOMERS,
    FAMILIES,
    GROUPS,
    RAPIDS,
    STORY_CARE,
    STORY_MACHINE,
)
from drumbeat.lab.company.luck import Luck
from drumbeat.lab.company.make_people import welding_skill
from drumbeat.lab.company.make_plants import HOLIDAYS, SITE_CALENDARS, ZONES
from drumbeat.lab.company.size import HISTORY_START, HISTORY_WEEKS, Size
from drumbeat.lab.company.weigh_market import (
    CARE_MINUTES,
    CARE_WEEKS,
    HAND_PACE,
    HAND_WORK,
    PACE,
    SETUPS_A_SHIFT,
    SHIFT_MINUTES,
    SHIFTS_OF,
    find_setups,
    find_waits,
    weigh_operations,
)

Frames = dict[str, pl.DataFrame]
STORY_WEEKS = 13
"""Preventive maintenance is due every four weeks; at the story's machines it was put off for the last 13."""

PROMISED_HOURS = 168
"""From the release of an order to its due date."""

FLOW = {AALEN: (92.0, 0.55), RAPIDS: (98.0, 0.5)}
"""Hours from the release of an order to its end: mean, and standard deviation over it."""

FINAL_GROUPS = {AALEN: "AA-TEST", RAPIDS: "GR-PACK"}
SHIFT_HOURS = {"EARLY": 6, "LATE": 14, "NIGHT": 22}
GOLDEN = 0.6180339887498949
"""Steps of this length, wrapped at 1, fill the unit interval evenly: what is made follows what is wanted closely."""


def make_machine_shifts(size: Size) -> pl.DataFrame:
    """List every shift that a recorded machine was open.

    Returns
    -------
    polars.DataFrame
        Columns `resource`, `group`, `site`, `cell`, `place` (0, 1, ... in its group), `week` (0 to 25), `weekday`
        (0 = Monday), `shift`, `starts_at`, `is_care` (preventive maintenance is due in it), `is_put_off`.
    """
    machines = [
        {
            "resource": f"{group.prefix}-{number + 1:02d}",
            "group": group.prefix,
            "site": group.site,
            "cell": number // group.count + 1,
            "place": number,
            "shift": shift,
        }
        for group in GROUPS
        for number in range(size.recorded_cells * group.count)
        for shift in SHIFTS_OF[group.calendar[3:]]
    ]
    days = pl.DataFrame(
        [{"week": week, "weekday": day} for week in range(HISTORY_WEEKS) for day in range(5)],
        schema={"week": pl.Int64, "weekday": pl.Int64},
    )
    local = pl.lit(HISTORY_START.replace(tzinfo=None)) + pl.duration(
        days=7 * pl.col("week") + pl.col("weekday"),
        hours=pl.col("shift").replace_strict(SHIFT_HOURS, return_dtype=pl.Int64),
    )
    frames = []
    for site in (AALEN, RAPIDS):
        own = pl.DataFrame([machine for machine in machines if machine["site"] == site]).join(days, how="cross")
        open_days = own.filter(~local.dt.date().is_in(list(HOLIDAYS[site])))
        frames.append(
            open_days.with_columns(starts_at=local.dt.replace_time_zone(ZONES[site]).dt.convert_time_zone("UTC"))
        )
    # Welding booths of the newer cells are closed at night.
    by_day = (pl.col("group") == "AA-WELD") & (pl.col("cell") > 1) & (pl.col("shift") == "NIGHT")
    is_care = (
        ((pl.col("week") + pl.col("place")) % CARE_WEEKS == 0) & (pl.col("weekday") == 2) & (pl.col("shift") == "EARLY")
    )
    is_story = (
        pl.col("group").is_in(STORY_CARE) & (pl.col("cell") == 1) & (pl.col("week") >= HISTORY_WEEKS - STORY_WEEKS)
    )
    return pl.concat(frames).filter(~by_day).with_columns(is_care=is_care, is_put_off=is_care & is_story)


def make_history(
    shifts: pl.DataFrame, operations: pl.DataFrame, people: Frames, luck: Luck
) -> tuple[Frames, pl.DataFrame]:
    """Make machine events and production reports, the orders that they finished and what was delivered of them.

    Returns
    -------
    tuple[Frames, polars.DataFrame]
        Tables `machine_event`, `production_report`, `order`, `demand_line`; and output by site and week (columns
        `site`, `week`, `good`, `value`).
    """
    minutes = _minutes(shifts, operations, luck)
    events = _events(minutes)
    runs = events.filter(pl.col("state") == "run")
    reports = _reports(runs, operations, people, luck)
    orders = _orders(reports, luck)
    reports = reports.join(
        orders.explode("report").select("report", pl.col("code").alias("order")),
        on="report", how="left", maintain_order="left",
    )  # fmt: skip
    output = (
        orders.group_by("site", "week", maintain_order=True)
        .agg(pl.col("good").sum(), (pl.col("good") * pl.col("price")).sum().alias("value"))
        .sort("site", "week")
    )
    frames = {
        "machine_event": events.select("code", "resource", "state", "starts_at", "ends_at", "reason"),
        "production_report": reports.select(
            pl.col("report").alias("code"),
            "resource", "order", "operation", "item", "person", "starts_at", "ends_at", "good", "scrap", "rework",
        ),
        "order": orders.select(
            "code",
            pl.format("{}, made", "item").alias("name"),
            pl.lit("production").alias("kind"),
            "site",
            "item",
            pl.format("R-{}", "item").alias("routing"),
            pl.col("good").alias("quantity"),
            "release_at",
            "due_at",
            pl.lit("done").alias("state"),
        ),
        "demand_line": _delivered(orders, luck),
    }  # fmt: skip
    return frames, output


def _minutes(shifts: pl.DataFrame, operations: pl.DataFrame, luck: Luck) -> pl.DataFrame:
    """Split every machine shift into minutes of maintenance, setup, breakdown, waiting and running."""
    height = shifts.height
    groups = {group.prefix: group for group in GROUPS}
    names = shifts["group"].to_list()
    fails = np.array([groups[name].fails_hours for name in names])
    repair = np.array([groups[name].repair_hours for name in names])
    has_matrix = np.array([groups[name].matrix is not None for name in names])
    week = shifts["week"].to_numpy()
    late_weeks = np.clip(week - (HISTORY_WEEKS - STORY_WEEKS), 0, None) / STORY_WEEKS
    is_care_story = shifts["group"].is_in(STORY_CARE).to_numpy() & (shifts["cell"].to_numpy() == 1)
    is_rapids = (shifts["site"] == RAPIDS).to_numpy()
    is_coater = (shifts["resource"] == STORY_MACHINE).to_numpy()
    draw = luck.uniform("shift/setup", height)
    usual_setup = find_setups()
    standard = np.array([usual_setup[name] for name in names]) + 20 * has_matrix
    setup = np.where(draw < SETUPS_A_SHIFT, standard * luck.uniform("shift/setup/minutes", height, 0.8, 1.4), 0.0)
    white = np.where(
        draw < 0.45, luck.uniform("shift/white", height, 205, 250), luck.uniform("shift/dark", height, 20, 40)
    )
    setup = np.where(is_coater, white, setup)
    care = np.where(shifts["is_care"].to_numpy() & ~shifts["is_put_off"].to_numpy(), CARE_MINUTES, 0)
    chance = 7.0 / fails * (1.0 + 2.2 * late_weeks * is_care_story)
    length = (
        60.0
        * repair
        * np.exp(luck.normal("shift/down/length", height, -0.18, 0.6))
        * (1.0 + 0.4 * late_weeks * is_care_story)
    )
    down = np.where(luck.uniform("shift/down", height) < chance, np.clip(length, 8.0, 330.0), 0.0)
    # Grand Rapids runs ever fuller: all its machines make a tenth more in the end than at the beginning.
    # Only the story's machine never waits for work.
    waits = find_waits(operations)
    usual = np.where(is_coater, 0.02, np.array([waits[name] for name in names]))
    growth = np.where(is_rapids, 0.95 + 0.1 * week / HISTORY_WEEKS, 1.0)
    share = np.maximum(1.0 - (1.0 - usual) * growth, 0.0)
    share = share * luck.uniform("shift/wait", height, 0.5, 1.5)
    setup, care, down = np.round(setup), np.round(care).astype(float), np.round(down)
    down = np.minimum(down, SHIFT_MINUTES - 30 - setup - care)
    down = np.maximum(down, 0.0)
    left = SHIFT_MINUTES - setup - care - down
    wait = np.round(left * share)
    run = left - wait
    before = np.where(down > 0, np.floor(run * luck.uniform("shift/when", height, 0.1, 0.9)), run)
    return shifts.with_columns(
        row=pl.int_range(0, pl.len()),
        care=pl.Series(care),
        setup=pl.Series(setup),
        run_1=pl.Series(before),
        down=pl.Series(down),
        run_2=pl.Series(run - before),
        wait=pl.Series(wait),
        is_starved=pl.Series(luck.uniform("shift/starved", height) < 0.5),
        reason_place=pl.Series(luck.whole("shift/reason", height, 0, 3)),
    )


def _events(minutes: pl.DataFrame) -> pl.DataFrame:
    """Lay the minutes of each shift one after the other."""
    parts = ["care", "setup", "run_1", "down", "run_2", "wait"]
    causes = {0: "drive fault", 1: "sensor", 2: "tool breakage", 3: "hydraulics and air"}
    state = (
        pl.when(pl.col("part").is_in(["run_1", "run_2"]))
        .then(pl.lit("run"))
        .when(pl.col("part") == "care")
        .then(pl.lit("maintenance"))
        .when(pl.col("part") == "wait")
        .then(pl.when(pl.col("is_starved")).then(pl.lit("starved")).otherwise(pl.lit("idle")))
        .otherwise(pl.col("part"))
    )
    reason = (
        pl.when(pl.col("part") == "down")
        .then(pl.col("reason_place").replace_strict(causes))
        .when(pl.col("part") == "care")
        .then(pl.lit("preventive maintenance"))
        .when((pl.col("part") == "setup") & (pl.col("resource") == STORY_MACHINE) & (pl.col("length") > 150))
        .then(pl.lit("change to WHITE"))
        .otherwise(pl.lit(""))
    )
    keys = [
        "row",
        "resource",
        "group",
        "site",
        "cell",
        "place",
        "week",
        "weekday",
        "shift",
        "starts_at",
        "is_starved",
        "reason_place",
    ]
    return (
        minutes.select(*keys, *parts)
        .unpivot(on=parts, index=keys, variable_name="part", value_name="length")
        .with_columns(order_in_shift=pl.col("part").replace_strict({part: place for place, part in enumerate(parts)}))
        .sort("row", "order_in_shift")
        .with_columns(offset=pl.col("length").cum_sum().over("row") - pl.col("length"))
        .filter(pl.col("length") > 0)
        .with_columns(
            starts_at=pl.col("starts_at") + pl.duration(minutes=pl.col("offset").cast(pl.Int64)),
            state=state,
            reason=reason,
        )
        .with_columns(
            ends_at=pl.col("starts_at") + pl.duration(minutes=pl.col("length").cast(pl.Int64)),
            code=pl.format("E-{}", (pl.int_range(0, pl.len()) + 1).cast(pl.String).str.zfill(7)),
        )
    )


def _reports(runs: pl.DataFrame, operations: pl.DataFrame, people: Frames, luck: Luck) -> pl.DataFrame:
    """Say what each run made: a day long the same of what its machine does, each operation as often as it is wanted."""
    height = runs.height
    able = (
        weigh_operations(operations)
        .with_columns(
            until=pl.col("minutes").cum_sum().over("group", "cell") / pl.col("minutes").sum().over("group", "cell")
        )
        .with_columns(after=pl.col("until").shift(1, fill_value=0.0).over("group", "cell"))
        .select("group", "cell", "operation", "item", "run_minutes", "operation_yield", "price", "after", "until")
    )
    days = runs.select("resource", "group", "cell", "place", "week", "weekday").unique(maintain_order=True)
    number = pl.int_range(0, pl.len()).over("group", "cell")
    shift = pl.lit(luck.uniform("report/operation", 1)[0])
    days = days.with_columns(pick=((number + 1) * GOLDEN + shift + 0.37 * pl.col("cell")) % 1.0)
    days = (
        days.join(able, on=["group", "cell"], how="left", maintain_order="left_right")
        .filter((pl.col("after") <= pl.col("pick")) & (pl.col("pick") < pl.col("until")))
        .drop("after", "until", "pick", "group", "cell", "place")
    )
    pace = pl.Series(luck.uniform("report/pace", height, *PACE))
    bad = pl.Series(luck.exponential("report/bad", height, 0.8))
    again = pl.Series(luck.exponential("report/rework", height, 0.006))
    frame = (
        runs.join(days, on=["resource", "week", "weekday"], how="left", maintain_order="left")
        .with_columns(pace=pace + pl.when(pl.col("group").is_in(HAND_WORK)).then(HAND_PACE).otherwise(0.0))
        .with_columns(made=(pl.col("length") * pl.col("pace") / pl.col("run_minutes")).floor())
        .with_columns(
            scrap=(pl.col("made") * (1.003 - pl.col("operation_yield")) * bad)
            .round(0)
            .clip(upper_bound=pl.col("made")),
        )
        .with_columns(rework=(pl.col("made") * again).round(0).clip(upper_bound=pl.col("made") - pl.col("scrap")))
        .with_columns(good=pl.col("made") - pl.col("scrap") - pl.col("rework"))
        .with_columns(report=pl.format("Q-{}", (pl.int_range(0, pl.len()) + 1).cast(pl.String).str.zfill(7)))
    )
    return _operators(frame, people)


def _operators(frame: pl.DataFrame, people: Frames) -> pl.DataFrame:
    """Name who ran the machine: somebody of the shift's crew who has the skill, the same one for a machine."""
    skills = {group.prefix: group.skill for group in GROUPS}
    owners = (
        people["person"]
        .join(people["person_skill"], left_on="code", right_on="person", maintain_order="left_right")
        .select("crew", "skill", pl.col("code").alias("person"))
        .with_columns(turn=pl.int_range(0, pl.len()).over("crew", "skill"))
    )
    number = owners.group_by("crew", "skill").agg(pl.len().cast(pl.Int64).alias("number"))
    return (
        frame.with_columns(
            crew=pl.format("{}{}", pl.col("site").replace_strict(SITE_CALENDARS), "shift"),
            skill=welding_skill(pl.col("group").replace_strict(skills), pl.col("cell")),
        )
        .join(number, on=["crew", "skill"], how="left", maintain_order="left")
        .with_columns(turn=pl.col("place") % pl.col("number"))
        .join(owners, on=["crew", "skill", "turn"], how="left", maintain_order="left")
    )


def _orders(reports: pl.DataFrame, luck: Luck) -> pl.DataFrame:
    """Take what a machine made of a product in a day, at its last step, as an order; about one in eleven was late."""
    final = (
        reports.filter(pl.col("group").is_in(list(FINAL_GROUPS.values())) & (pl.col("good") > 0))
        .group_by("site", "cell", "week", "weekday", "resource", "item", maintain_order=True)
        .agg(pl.col("good").sum(), pl.col("price").first(), pl.col("ends_at").max(), pl.col("report"))
    )
    height = final.height
    mean, spread = np.array([FLOW[site] for site in final["site"]]).reshape(-1, 2).T
    sigma = np.sqrt(np.log(1.0 + spread**2))
    flow = mean * np.exp(sigma * luck.normal("order/flow", height, 0.0, 1.0) - sigma * sigma / 2)
    slack = pl.lit(pl.Series(np.round(PROMISED_HOURS - flow, 2)))
    return final.with_columns(
        code=pl.format("W-{}", (pl.int_range(0, pl.len()) + 1).cast(pl.String).str.zfill(6)),
        due_at=pl.col("ends_at") + pl.duration(minutes=(slack * 60).cast(pl.Int64)),
    ).with_columns(release_at=pl.col("due_at") - pl.duration(hours=PROMISED_HOURS))


def _delivered(orders: pl.DataFrame, luck: Luck) -> pl.DataFrame:
    families = {family.prefix for family in FAMILIES}
    height = orders.height
    customer = pl.Series(luck.whole("delivered/customer", height, 1, len(CUSTOMERS[AALEN])))
    hours = pl.lit(pl.Series(luck.whole("delivered/hours", height, 1, 3)))
    return orders.filter(pl.col("item").str.head(2).is_in(list(families))).select(
        pl.format("D-{}", (pl.int_range(0, pl.len()) + 1).cast(pl.String).str.zfill(6)).alias("code"),
        pl.format("{}-C{}", pl.col("site").str.slice(0, 2), customer).alias("customer"),
        pl.lit("order").alias("kind"),
        "item",
        "site",
        pl.col("good").alias("quantity"),
        "due_at",
        (pl.col("ends_at") + pl.duration(hours=hours)).alias("delivered_at"),
        pl.col("code").alias("order"),
        pl.lit("delivered").alias("state"),
    )
