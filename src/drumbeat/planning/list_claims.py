"""List what more important demands took of stock, or on order, from less important ones in a finite plan."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from drumbeat.planning.models import FinitePlan


def list_claims(plan: FinitePlan | None, sites: Collection[str] | None) -> list[dict[str, Any]]:
    """List the claims of a finite plan that is kept, those of the most important demands first.

    Parameters
    ----------
    plan
        The plan; None = there is none.
    sites
        Only of these sites; None = all. Who takes and who gives are at one site.

    Returns
    -------
    list of dict
        demand, item, site, quantity, taken_from, and is_late and is_giver_late: whether each of them is late all the
        same. Empty where nobody took anything, and for plans that were made before claims were kept.
    """
    told = plan.lessons.get("claims", []) if plan is not None else []
    if plan is None or not told:
        return []
    # All rows at once: so many codes as there may be are too many for one question.
    rows = plan.deliveries.values_list("demand", "item", "site", "late_days")  # type: ignore[attr-defined]
    known = {demand: (item, site, late_days != 0) for demand, item, site, late_days in rows.iterator()}
    claims = []
    for demand, giver, quantity in told:
        if demand not in known or giver not in known:
            continue
        item, site, is_late = known[demand]
        if sites is None or site in sites:
            claims.append(
                {"demand": demand, "item": item, "site": site, "quantity": quantity, "taken_from": giver,
                 "is_late": is_late, "is_giver_late": known[giver][2]}
            )  # fmt: skip
    return claims
