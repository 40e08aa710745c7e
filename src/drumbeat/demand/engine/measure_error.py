"""How good a forecast was: error, bias, what it cost, and whether people's edits made it better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of S series, shape (S,) each, and of all together.

    Parameters
    ----------
    absolute
        Sum of the absolute errors over the demand (WAPE); NaN without demand.
    bias
        Sum of forecast less actual over the demand: above 0 = too much was forecast; NaN without demand.
    cost
        Money: units forecast too high at what holding one costs, too low at what missing one costs.
    total_absolute, total_bias, total_cost
        The same over all series.
    """

    absolute: Floats
    bias: Floats
    cost: Floats
    total_absolute: float
    total_bias: float
    total_cost: float


def measure_error(forecast: Floats, actual: Floats, over_cost: Floats, under_cost: Floats) -> Errors:
    """Measure a forecast against what came.

    Parameters
    ----------
    forecast, actual
        Shape (S, H) each, units; NaN in `actual` where nothing is known yet.
    over_cost, under_cost
        Shape (S,): money for a unit too much and a unit too few.
    """
    error = np.where(np.isnan(actual), 0.0, forecast - actual)
    demand = np.nansum(actual, axis=1)
    over, under = np.maximum(error, 0.0).sum(axis=1), np.maximum(-error, 0.0).sum(axis=1)
    cost = over * over_cost + under * under_cost
    total = float(demand.sum())

    def share(part: Floats) -> Floats:
        return np.divide(part, demand, out=np.full(len(demand), np.nan), where=demand > 0)

    return Errors(
        share(over + under),
        share(over - under),
        cost,
        float((over + under).sum()) / total if total > 0 else float("nan"),
        float((over - under).sum()) / total if total > 0 else float("nan"),
        float(cost.sum()),
    )


def measure_value_added(
    computed: Floats, edited: Floats, actual: Floats, over_cost: Floats, under_cost: Floats
) -> Floats:
    """Return what people's edits saved in money by series, shape (S,); negative where they made it worse."""
    before = measure_error(computed, actual, over_cost, under_cost).cost
    saved: Floats = before - measure_error(edited, actual, over_cost, under_cost).cost
    return saved
