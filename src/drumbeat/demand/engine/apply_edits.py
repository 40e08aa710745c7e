"""Apply planners' edits to a forecast, and deal them out to its series and periods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.findings import Finding, InputError

PERCENT, DELTA, ABSOLUTE = 0, 1, 2
"""Kinds of edits: percent of what is there; units more or less; units in all."""
NOTHING = 1e-9
"""Units that count as none."""


@dataclass(frozen=True, slots=True)
class Edits:
    """E edits, in the order in which they were made.

    Parameters
    ----------
    keys
        Codes of the edits.
    kind
        Shape (E,): `PERCENT`, `DELTA` or `ABSOLUTE`.
    amount
        Shape (E,): percent, or units over all periods that the edit covers.
    ptr, series, share
        Edit e is about series `series[ptr[e]:ptr[e + 1]]`, of each the share (0 to 1) that is one customer's, or 1.
    cover
        Shape (E, H): share of each period that lies within the edit, 0 to 1.
    """

    keys: tuple[str, ...]
    kind: Int64s
    amount: Floats
    ptr: Int64s
    series: Int64s
    share: Floats
    cover: Floats


@dataclass(frozen=True, slots=True)
class Edited:
    """A forecast with its edits.

    Parameters
    ----------
    mean
        Shape (S, H): units, >= 0.
    before, after
        Shape (E,): units that each edit found where it applies, and left there.
    steps
        For each edit the change of its series by period, (its number of series, H): what it alone did.
    """

    mean: Floats
    before: Floats
    after: Floats
    steps: tuple[Floats, ...]


def apply_edits(mean: Floats, usual: Floats, edits: Edits) -> Edited:
    """Apply edits one after the other; what one leaves, the next finds.

    An edit of a family, a site, a customer or several periods is dealt out in proportion to the forecast there; where
    that is nothing, in proportion to usual demand, and where that is nothing too, evenly. As only items at sites are
    ever changed, every level above them still adds up. No forecast falls below 0: an edit that takes away more than is
    there takes all (`after - before` says what it really did).

    Parameters
    ----------
    mean
        Shape (S, H): the forecast, units.
    usual
        Shape (S,): usual demand a period, units.
    edits
        What planners changed.

    Raises
    ------
    InputError
        When shapes do not fit, an amount is no number, or an absolute amount is negative.
    """
    _check(mean, edits)
    size = len(edits.keys)
    result = mean.copy()
    before, after = np.zeros(size), np.zeros(size)
    steps = []
    for e in range(size):
        rows = edits.series[edits.ptr[e] : edits.ptr[e + 1]]
        share = edits.share[edits.ptr[e] : edits.ptr[e + 1], None] * edits.cover[e][None, :]
        there = result[rows] * share
        before[e] = there.sum()
        step = _deal_out(edits.kind[e], edits.amount[e], there, usual[rows], share)
        step = np.maximum(step, -there)
        result[rows] += step
        steps.append(step)
        after[e] = before[e] + step.sum()
    return Edited(np.maximum(result, 0.0), before, after, tuple(steps))


def _deal_out(kind: int, amount: float, there: Floats, usual: Floats, share: Floats) -> Floats:
    if kind == PERCENT:
        changed: Floats = there * (amount / 100.0)
        return changed
    total = float(there.sum())
    wanted = amount - total if kind == ABSOLUTE else amount
    for weights in (there, usual[:, None] * share, share):
        whole = float(weights.sum())
        if whole > NOTHING:
            dealt: Floats = weights / whole * wanted
            return dealt
    return np.zeros_like(there)


def _check(mean: Floats, edits: Edits) -> None:
    size, (num_series, horizon) = len(edits.keys), mean.shape
    shapes = {len(edits.kind), len(edits.amount), len(edits.ptr) - 1, len(edits.cover)}
    fits = shapes == {size} and edits.cover.shape == (size, horizon) and len(edits.series) == len(edits.share)
    remedy = "Mend the edits"
    if not fits or (len(edits.series) and not 0 <= edits.series.min() <= edits.series.max() < num_series):
        raise InputError(Finding("edits", "every edit has its kind, amount, series and periods", remedy))
    bad = np.flatnonzero(~np.isfinite(edits.amount) | ((edits.kind == ABSOLUTE) & (edits.amount < 0)))
    if len(bad):
        value = f"{edits.keys[bad[0]]}: {edits.amount[bad[0]]}"
        raise InputError(Finding("edits", "an amount is a number, in all at least 0", remedy, value=value))
