"""Orders eat the forecast that stood in for them, so that demand is not counted twice."""

from __future__ import annotations

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import njit


@njit(nogil=True)
def consume_forecast(
    forecast: Floats, order_series: Int64s, order_period: Int64s, order_quantity: Floats, back: int, ahead: int
) -> Floats:
    """Return what is left of the forecast, shape (S, H), after orders have eaten it.

    An order eats its own period first, then earlier ones (the nearest first), then later ones. What it cannot eat is
    demand beyond the forecast.

    Parameters
    ----------
    forecast
        Shape (S, H): units forecast in each period.
    order_series, order_period, order_quantity
        Shape (O,) each: series, period (0 = the forecast's first) and units of open orders; orders outside the horizon
        eat only what their window reaches.
    back, ahead
        Periods before and after its own in which an order may eat, >= 0.
    """
    left = forecast.copy()
    horizon = left.shape[1]
    for o in range(len(order_series)):
        s, period, quantity = order_series[o], order_period[o], order_quantity[o]
        for step in range(back + ahead + 1):
            at = period - step if step <= back else period + step - back
            if quantity <= 0.0:
                break
            if at < 0 or at >= horizon:
                continue
            eaten = min(left[s, at], quantity)
            left[s, at] -= eaten
            quantity -= eaten
    return left
