"""Infer a plant from its shop-floor log alone, and say how sure each part of it is."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from drumbeat.shopfloor.engine.infer_calendars import Hours, count_hours, find_hours, make_shifts
from drumbeat.shopfloor.engine.infer_machines import find_breakdowns, find_capacities, main_capabilities
from drumbeat.shopfloor.engine.infer_orders import choose_routings, find_progress, make_facts, make_orders
from drumbeat.shopfloor.engine.infer_people import find_skills, share_minded_together
from drumbeat.shopfloor.engine.infer_result import Inference, InferenceParams
from drumbeat.shopfloor.engine.infer_routings import find_variants, list_machines, make_routings
from drumbeat.shopfloor.engine.infer_statements import Evidence, make_statements
from drumbeat.shopfloor.engine.infer_steps import cut_log, read_steps, trace_orders
from drumbeat.shopfloor.engine.infer_times import fill_times, measure_times


def infer_plant(log: pl.DataFrame, as_of: datetime | None = None, params: InferenceParams | None = None) -> Inference:
    """Infer machines, routings, times, yields, breakdowns, hours, skills and open orders from a log.

    Parameters
    ----------
    log
        Columns `LOG_COLUMNS`; times in UTC, ends not before starts.
    as_of
        Moment up to which the log counts: what is later is unknown. None = the end of the log.
    params
        How the log is read; None = the defaults.

    Returns
    -------
    Inference
        The plant as tables, and statements of what was inferred with their confidence. What a log cannot show is
        left out: due dates, setup families, materials, customers.

    Raises
    ------
    ValueError
        When no row starts before `as_of`.
    """
    params = params or InferenceParams()
    if as_of is None:
        last = log["ends_at"].max()
        as_of = last if isinstance(last, datetime) else None
    if as_of is None or not log.filter(pl.col("starts_at") < as_of).height:
        raise ValueError(f"the log has no row that starts before {as_of}")
    rows = read_steps(cut_log(log, as_of))
    traces = trace_orders(rows, as_of)
    variants = find_variants(traces)
    steps = make_routings(variants, params.site)
    times = measure_times(rows)
    hours, own = find_hours(count_hours(rows, params.time_zone), params.site, params.open_share)
    breakdowns = find_breakdowns(rows)
    machines = main_capabilities(rows).join(find_capacities(rows), on="machine", how="left", maintain_order="left")
    skills = find_skills(rows)
    chosen = choose_routings(traces, steps)
    progress = find_progress(rows, traces, chosen, steps)
    flows = _usual_flows(traces)
    orders, tasks = make_orders(traces, chosen, progress, flows, as_of, params)
    events, reports = make_facts(rows, steps, chosen)
    able = list_machines(rows, steps)
    frames = {
        **_place(machines, hours, own, as_of, params),
        **_process(traces, steps, times, able, flows),
        **_people(rows, skills, steps, params),
        "failure_mode": _failure_modes(breakdowns, params),
        "order": orders,
        "task": tasks,
        "machine_event": events,
        # Orders of which nothing ran are in the log's facts only.
        "production_report": reports,
    }
    frames["machine_event"] = _known_orders(events, orders)
    frames["production_report"] = _known_orders(reports, orders)
    evidence = Evidence(
        rows, traces, variants, times, machines, breakdowns, hours, own, skills, share_minded_together(rows), progress
    )
    public = variants.select("part", "rank", "steps", "orders", "share")
    return Inference(frames, make_statements(evidence, as_of, params), public, times, as_of)


def _place(
    machines: pl.DataFrame, hours: Hours, own: dict[str, Hours], as_of: datetime, params: InferenceParams
) -> dict[str, pl.DataFrame]:
    calendars = [hours, *own.values()]
    shifts = [row for calendar in calendars for row in make_shifts(calendar)]
    named = {machine: calendar.calendar for machine, calendar in own.items()}
    return {
        "company": pl.DataFrame({"code": [params.site], "name": ["Inferred from a log"], "as_of": [as_of]}),
        "site": pl.DataFrame({"code": [params.site], "kind": ["plant"], "time_zone": [params.time_zone]}),
        "calendar": pl.DataFrame({"code": [calendar.calendar for calendar in calendars]}),
        "calendar_shift": pl.DataFrame(shifts),
        "resource": machines.select(
            pl.col("machine").alias("code"),
            pl.col("machine").alias("name"),
            pl.lit(params.site).alias("site"),
            pl.lit("machine").alias("kind"),
            pl.col("capability").str.slice(0, 60),
            pl.col("capacity").fill_null(1).alias("capacity"),
            pl.col("machine").replace_strict(named, default=hours.calendar, return_dtype=pl.String).alias("calendar"),
        ),
    }


def _process(
    traces: pl.DataFrame, steps: pl.DataFrame, times: pl.DataFrame, able: pl.DataFrame, flows: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    parts = traces.select("part").unique().sort("part").join(flows, on="part", how="left", maintain_order="left")
    filled = fill_times(times)
    operations = steps.join(filled, on=["part", "capability"], how="left", maintain_order="left")
    return {
        "item": parts.select(
            pl.col("part").alias("code"),
            pl.col("part").alias("name"),
            pl.lit("make").alias("kind"),
            (pl.col("flow_hours").fill_null(0.0) / 24.0).round(2).alias("lead_time_days"),
        ),
        "routing": steps.select(
            pl.col("routing").alias("code"), pl.col("part").alias("item"), "site", pl.col("rank").alias("priority")
        ).unique("code", keep="first", maintain_order=True),
        "operation": operations.select(
            pl.col("operation").alias("code"),
            pl.col("capability").alias("name"),
            "routing",
            "sequence",
            pl.col("capability").str.slice(0, 60),
            pl.col("setup_minutes").fill_null(0.0),
            pl.col("unit_minutes").fill_null(0.0).alias("run_minutes"),
            pl.col("step_yield").fill_null(1.0).alias("operation_yield"),
        ),
        "operation_resource": able.select("operation", "resource", "priority"),
    }


def _people(
    rows: pl.DataFrame, skills: pl.DataFrame, steps: pl.DataFrame, params: InferenceParams
) -> dict[str, pl.DataFrame]:
    if not skills.height:
        return {}
    persons = rows.filter(pl.col("worker").is_not_null()).select(pl.col("worker").alias("code")).unique().sort("code")
    known = skills["skill"].unique().sort()
    crew = f"{params.site} crew"
    frames = {
        "skill": pl.DataFrame({"code": known, "name": known}),
        "crew": pl.DataFrame({"code": [crew], "site": [params.site], "calendar": [f"{params.site} hours"]}),
        "person": persons.with_columns(site=pl.lit(params.site), crew=pl.lit(crew)),
        "person_skill": skills.select("person", "skill", "level"),
    }
    if params.people_bind:
        frames["crew_need"] = steps.filter(pl.col("capability").is_in(known.implode())).select(
            "operation", pl.col("capability").alias("skill"), pl.lit(1).alias("minimum_level")
        )
    return frames


def _failure_modes(breakdowns: pl.DataFrame, params: InferenceParams) -> pl.DataFrame:
    return breakdowns.filter(pl.col("breakdowns") >= params.min_breakdowns).select(
        pl.format("{} breaks down", "machine").alias("code"),
        pl.col("machine").alias("resource"),
        pl.lit("busy").alias("clock"),
        pl.lit("exponential").alias("distribution"),
        pl.col("mean_hours").round(2),
        pl.col("repair_mean_hours").round(3),
        pl.col("repair_shape").round(3),
    )


def _usual_flows(traces: pl.DataFrame) -> pl.DataFrame:
    """Time in which four in five done orders of a part are through; of all orders where none of its own is done."""
    flow = (pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds() / 3600.0
    done = traces.filter(pl.col("is_done"))
    by_part = done.group_by("part").agg(flow.quantile(0.8, "linear").alias("flow_hours"))
    over_all = done.select(flow.quantile(0.8, "linear")).item() if done.height else 0.0
    return (
        traces.select("part")
        .unique()
        .join(by_part, on="part", how="left")
        .with_columns(pl.col("flow_hours").fill_null(over_all or 0.0))
    ).sort("part")


def _known_orders(facts: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    known = orders["code"].implode()
    return facts.with_columns(order=pl.when(pl.col("order").is_in(known)).then("order"))
