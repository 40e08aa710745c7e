"""What forecasting gives back: the mean, its spread, and how far the models were to be trusted."""

from __future__ import annotations

from dataclasses import dataclass

from drumbeat.basics.arrays import Floats, Texts


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast of S series over H periods, M models behind it.

    Parameters
    ----------
    keys
        Shape (S,): business keys.
    mean
        Shape (S, H): expected units in each period, >= 0.
    spread
        Shape (S, H): standard deviation of the error of the mean, >= 0.
    models
        Names of the M models.
    weights
        Shape (S, M): share of each model in the mean; they sum to 1, or to 0 for a series without demand.
    errors
        Shape (S, M): mean absolute error in the backtest, units a period; NaN where a model was not tested.
    biases
        Shape (S, M): mean of forecast less actual in the backtest, likewise.
    """

    keys: Texts
    mean: Floats
    spread: Floats
    models: tuple[str, ...]
    weights: Floats
    errors: Floats
    biases: Floats
