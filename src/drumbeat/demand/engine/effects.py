"""What prices and promotions do to demand: estimated for each series, drawn towards what they do to all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.demand.engine.problem import Effects, History

FEWEST_ROWS = 8
"""Periods with demand below which a series takes the common coefficients."""
MOST_LIFT = 50.0
RAISE = 10.0


def _demean(rows: Floats, series: Int64s, num_series: int) -> Floats:
    """Take each series' own mean off the columns of `rows` (N, E)."""
    counts = np.maximum(np.bincount(series, minlength=num_series), 1)
    sums = np.stack([np.bincount(series, column, num_series) for column in rows.T], axis=1)
    centred: Floats = rows - (sums / counts[:, None])[series]
    return centred


def estimate_effects(history: History, effects: Effects) -> Floats:
    """Estimate the coefficients of log demand on the effects, shape (S, E).

    Least squares within series for all together; then each group's own, weighted against the common ones by how well it
    knows them (the empirical Bayes of a normal prior with the spread that the groups' own estimates show); then each
    series' own against its group's, likewise.
    """
    num_series, size = history.num_series, len(effects.names)
    series = np.repeat(np.arange(num_series), np.diff(history.ptr))
    rows = np.flatnonzero(history.values > 0)
    expected = effects.expected if len(effects.expected) else np.zeros(size)
    if not len(rows) or not size:
        return np.tile(expected, (num_series, 1))
    owner = series[rows]
    x = _demean(effects.past[rows], owner, num_series)
    # What is expected is taken off first, so that ignorance means what is expected.
    log_demand = _demean(np.log(history.values[rows])[:, None], owner, num_series)[:, 0] - x @ expected
    products = np.einsum("ni,nj->nij", x, x).reshape(len(rows), -1)
    grams = _sum_by(products, owner, num_series).reshape(num_series, size, size)
    moments = _sum_by(x * log_demand[:, None], owner, num_series)
    counts = np.bincount(owner, minlength=num_series)
    group = effects.group if len(effects.group) else np.zeros(num_series, dtype=np.int64)
    num_groups = int(group.max()) + 1
    ridge = 1e-6 * np.eye(size) * max(float(np.trace(grams.sum(axis=0))), 1e-12)
    common = np.linalg.solve(grams.sum(axis=0) + ridge, moments.sum(axis=0))
    squares = (log_demand - x @ common) ** 2
    noise = np.full(num_groups, float(squares.sum() / max(len(rows) - num_series - size, 1)))
    by_group = _shrink(
        _sum_by(grams.reshape(num_series, -1), group, num_groups).reshape(num_groups, size, size),
        _sum_by(moments, group, num_groups), np.tile(common, (num_groups, 1)), noise, ridge,
        np.bincount(group, counts, num_groups) >= FEWEST_ROWS,
    )  # fmt: skip
    centre = by_group[group]
    squares = (log_demand - (x * centre[owner]).sum(axis=1)) ** 2
    freedom = np.bincount(group, np.maximum(counts - 1, 0), num_groups) - size
    own_noise = np.bincount(group[owner], squares, num_groups) / np.maximum(freedom, 1)
    noise = np.where(freedom >= FEWEST_ROWS, own_noise, noise)
    found: Floats = expected + _shrink(grams, moments, centre, noise[group], ridge, counts >= FEWEST_ROWS)
    return found


def _sum_by(rows: Floats, owner: Int64s, size: int) -> Floats:
    """Sums of the columns of `rows` (N, K) by owner, shape (size, K)."""
    return np.stack([np.bincount(owner, column, size) for column in rows.T], axis=1)


def _shrink(grams: Floats, moments: Floats, centre: Floats, noise: Floats, ridge: Floats, known: Bools) -> Floats:
    """Draw least-squares coefficients of N parts towards a centre, shape (N, E) each; unknown parts take the centre.

    Parameters
    ----------
    grams, moments
        Shapes (N, E, E) and (N, E): of each part.
    noise
        Shape (N,): variance of what the effects leave.
    ridge
        Shape (E, E): what makes grams invertible.
    known
        Shape (N,): which parts have enough rows to say something.
    """
    gap = moments - np.einsum("nij,nj->ni", grams, centre)
    own = np.linalg.solve(grams + ridge, gap[:, :, None])[:, :, 0]
    noise = np.maximum(noise, 1e-12)
    variance = np.einsum("nii->ni", np.linalg.inv(grams + ridge)) * noise[:, None]
    usable = known[:, None] & (variance < 10.0)
    prior = np.zeros(grams.shape[1])
    for e in range(len(prior)):
        part = usable[:, e]
        if part.any():
            prior[e] = max(float(np.mean(own[part, e] ** 2 - variance[part, e])), 1e-6)
    # The posterior of all coefficients of a part together: they pull on each other.
    precision = grams / noise[:, None, None] + np.diag(1.0 / np.maximum(prior, 1e-6))
    found: Floats = centre + np.linalg.solve(precision, (gap / noise[:, None])[:, :, None])[:, :, 0]
    return np.where(known[:, None], found, centre)


def find_moved(history: History, effects: Effects) -> Bools:
    """Return which series an effect ever moves, in the past or the future; shape (S,)."""
    owner = np.repeat(np.arange(history.num_series), np.diff(history.ptr))
    moved: Bools = (effects.future != 0.0).any(axis=(1, 2))
    moved[owner[(effects.past != 0.0).any(axis=1)]] = True
    return moved


def take_out(history: History, effects: Effects) -> tuple[History, Floats, Floats]:
    """Take the effects out of a history, and say how to put them back.

    What is left is the logarithm of demand against its usual (geometric mean), moved up by `RAISE` so that models which
    think in positive numbers take it: what promotions leave behind scatters by factors, not by units. A period without
    demand counts as half a unit.

    Returns
    -------
    history
        In those logarithms.
    usual
        Shape (S,): the usual demand, in units.
    lift
        Shape (S, H): what the future's effects multiply it by, between 1/50 and 50.
    """
    coefficients = estimate_effects(history, effects)
    num_series = history.num_series
    series = np.repeat(np.arange(num_series), np.diff(history.ptr))
    counts = np.maximum(np.diff(history.ptr), 1)

    def mean_of(column: Floats) -> Floats:
        means: Floats = np.bincount(series, column, num_series) / counts
        return means

    usual_effects = np.stack([mean_of(column) for column in effects.past.T], axis=1)
    most = np.log(MOST_LIFT)
    past = np.clip(((effects.past - usual_effects[series]) * coefficients[series]).sum(axis=1), -most, most)
    future = np.einsum("she,se->sh", effects.future - usual_effects[:, None, :], coefficients)
    left = np.log(np.maximum(history.values, 0.5)) - past
    level = mean_of(left)
    plain = replace(history, values=np.maximum(left - level[series] + RAISE, 0.0))
    return plain, np.exp(level), np.exp(np.clip(future, -most, most))
