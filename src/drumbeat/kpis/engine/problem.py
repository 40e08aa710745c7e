"""What the scorecard is measured from: frames of facts, whoever they come from."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from drumbeat.kpis.engine.build_figures import Window


@dataclass(frozen=True)
class Problem:
    """The facts of a production system; columns as in the exchanged tables unless said otherwise.

    Parameters
    ----------
    window
        The weeks to measure.
    events
        code, resource, state, starts_at, ends_at.
    reports
        code, site, line, resource, operation, item, starts_at, ends_at, good, scrap, rework.
    planned, standards, places
        As in `drumbeat.shopfloor.engine.measure_oee`.
    demands
        code, site, due_at, delivered_at (null = not yet): customers' orders, none cancelled.
    orders
        code, site, due_at, ended_at (last actual end), planned_end (of a schedule; null without one).
    cares
        code, site, due_at, ends_at (null = not done), grace_days: preventive maintenance orders, none cancelled.
    costs
        code, site, cost_centre, week_at (moment), account, hours, amount, budget (null = no budget), currency.
    regions
        By site, the region that it belongs to; sites without one are left out.
    """

    window: Window
    events: pl.DataFrame
    reports: pl.DataFrame
    planned: pl.DataFrame
    standards: pl.DataFrame
    places: pl.DataFrame
    demands: pl.DataFrame
    orders: pl.DataFrame
    cares: pl.DataFrame
    costs: pl.DataFrame
    regions: dict[str, str] = field(default_factory=dict)
