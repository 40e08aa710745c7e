"""Read what one more of each limit of a stored master plan is worth, at the sites that somebody may see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl

from drumbeat.planning.models import MasterPlan
from drumbeat.planning.tell_worths import tell_worths

MOST = 100
"""Limits of each kind, the dearest first."""
DEAR: dict[str, Any] = {"week_start": pl.Datetime("us", "UTC"), "worth": pl.Float64}


def read_worths(master: MasterPlan, sites: set[str] | None) -> pl.DataFrame:
    """Return the worths of a stored master plan, as `tell_worths`; the budget is that of all sites.

    Parameters
    ----------
    sites
        Of which hours and supplies are told; None = all.
    """
    stored: Any = master
    frames = []
    for rows, names in ((stored.hours, ("resource", "site")), (stored.quantities, ("item", "source", "site"))):
        found = rows.filter(worth__gt=0).order_by("-worth", *names, "week_start")
        if sites is not None:
            found = found.filter(site__in=sites)
        kinds = dict.fromkeys(names, pl.String) | DEAR
        frames.append(pl.DataFrame(list(found.values_list(*kinds)[:MOST]), kinds, orient="row"))
    days = [(datetime.fromisoformat(day).replace(tzinfo=UTC), worth) for day, worth in master.budget_worth.items()]
    hours, quantities = frames
    return tell_worths(hours, quantities, pl.DataFrame(days, DEAR, orient="row"), MOST)
