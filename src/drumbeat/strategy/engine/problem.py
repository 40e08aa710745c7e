"""What weaknesses are looked for in: frames of facts and of structure, whoever they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from drumbeat.kpis.engine.build_figures import Window


@dataclass(frozen=True, slots=True)
class HourValue:
    """What an hour of a site is worth.

    Parameters
    ----------
    contribution_per_week
        Price less standard cost of what the site delivered, mean of the last 13 weeks; 0 where nothing is known.
    constraint
        Machine with the most busy hours, "" without events.
    busy_hours_per_week
        Hours a week, by machine, that it ran or was set up; mean of the last 13 weeks.
    currency
        Of the contribution.
    """

    contribution_per_week: float = 0.0
    constraint: str = ""
    busy_hours_per_week: dict[str, float] = field(default_factory=dict)
    currency: str = ""

    def of(self, resource: str = "") -> float:
        """Return what an hour lost on a machine costs ("" = on the constraint).

        An hour lost on the constraint is an hour lost for the site (Goldratt); one on a machine with slack costs
        less, in proportion to how busy it is. 0 where nothing is known.
        """
        most = self.busy_hours_per_week.get(self.constraint, 0.0)
        if most <= 0:
            return 0.0
        busy = self.busy_hours_per_week.get(resource or self.constraint, 0.0)
        return self.contribution_per_week / most * min(1.0, busy / most)


def no_initiatives() -> pl.DataFrame:
    """Return the frame of initiatives without rows; see `Problem`."""
    return pl.DataFrame(
        schema={
            "initiative": pl.String, "site": pl.String, "resource": pl.String, "adds_capacity": pl.Boolean,
            "starts_on": pl.Date, "cost": pl.Float64, "currency": pl.String, "state": pl.String,
        }
    )  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """Facts and structure of a production system; frames may be empty.

    Parameters
    ----------
    now
        Moment of the data.
    window
        Weeks before it; the last 13 are the period.
    machines
        resource, site, line, capability, name, capacity (tasks at a time).
    facts
        Of `measure_oee`, with `week`: by machine and week.
    loads
        order, item, site, operation, due_at, hours: open work by task.
    machine_loads
        resource, due_at, hours, parts: open work by machine and the end of the week in which it is due (weeks
        counted from now; now for what is overdue), and of how many parts it is.
    open_ahead
        resource, starts_at, ends_at: when machines are open from now on.
    alternatives
        operation, item, site, resource: machines on which each operation can run.
    skill_needs
        operation, site, skill, num_people, minimum_level.
    holders
        person, site, crew, skill, level, certified_until.
    person_open
        person, starts_at, ends_at: shifts of the next four weeks.
    absence_share
        By site, share of shift hours that people were away, from the absences of the last 26 weeks.
    terms
        supplier, item, site, spread_days, price, lead_time_days: valid now, one row for each supplier, item and site.
    purchases
        code, supplier, item, site, quantity, price, ordered_at, due_at, received_at; transfers left out.
    exposure
        item, site, share: share of the site's contribution in products that contain the bought item.
    cares
        code, resource, site, line, due_at, ends_at, crew_hours, state: preventive orders, none cancelled.
    setups
        resource, family, week, setup_hours, run_hours: by machine, week and setup family.
    costs
        As in `drumbeat.kpis.engine.problem`.
    escapes
        code, site, item, cause, found_at, quantity, cost: nonconformances found by customers.
    values
        By site, what its hours are worth.
    threats
        kind, subject, loss, late_hours: what the twin found; empty without a simulation.
    initiatives
        initiative, site, resource (a machine that it changes; null = none), adds_capacity, starts_on, cost, currency,
        state: one row for each initiative that is proposed or committed, and machine that it changes.
    rates
        By currency, what a unit of it is worth in the company's; empty = not known.
    """

    now: datetime
    window: Window
    machines: pl.DataFrame
    facts: pl.DataFrame
    loads: pl.DataFrame
    machine_loads: pl.DataFrame
    open_ahead: pl.DataFrame
    alternatives: pl.DataFrame
    skill_needs: pl.DataFrame
    holders: pl.DataFrame
    person_open: pl.DataFrame
    absence_share: dict[str, float]
    terms: pl.DataFrame
    purchases: pl.DataFrame
    exposure: pl.DataFrame
    cares: pl.DataFrame
    setups: pl.DataFrame
    costs: pl.DataFrame
    escapes: pl.DataFrame
    values: dict[str, HourValue]
    threats: pl.DataFrame
    initiatives: pl.DataFrame = field(default_factory=no_initiatives)
    rates: dict[str, float] = field(default_factory=dict)

    def value(self, site: str) -> HourValue:
        """Return what the hours of a site are worth; nothing for an unknown one."""
        return self.values.get(site, HourValue())
