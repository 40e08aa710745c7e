"""Read data by another rule of whom the finite plan serves first: the more important demand, or the one due earlier."""

from __future__ import annotations

import polars as pl

from drumbeat.data.snapshot import Snapshot


def serve_importance(snapshot: Snapshot, *, first: bool) -> Snapshot:
    """Return the data as if the company had chosen that rule, so that all that is tried on them follows it.

    Parameters
    ----------
    snapshot
        The data.
    first
        Whether the more important demand is served first, whatever is due when.
    """
    company = snapshot["company"]
    if bool(company["is_importance_first"].any()) == first:
        return snapshot
    if not company.height:
        named = pl.DataFrame({"code": ["company"], "is_importance_first": [True]})
        return snapshot.with_table("company", pl.concat([company, named], how="diagonal"))
    return snapshot.with_table("company", company.with_columns(is_importance_first=pl.lit(first)))
