"""Draw times, also from quantiles."""

from __future__ import annotations

import math

from drumbeat.basics.arrays import Floats
from drumbeat.basics.compiled import bare, njit
from drumbeat.basics.streams import EXPONENTIAL, draw, draw_residual
from drumbeat.twin.engine.lines.fast_log import fast_log
from drumbeat.twin.engine.lines.lay_out import Times
from drumbeat.twin.engine.lines.problem import EMPIRICAL


@njit(forceinline=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def draw_time(times: Times, i: int, u: float) -> float:
    """Draw a time of entity i by inversion of a uniform number."""
    if times.distribution[i] == EXPONENTIAL:
        # As `draw` has it, but faster: u is a multiple of 2**-53, so that 1 - u loses nothing.
        return -times.mean[i] * fast_log(1.0 - u)
    return _draw_other(times, i, u)


@bare
def _draw_other(times: Times, i: int, u: float) -> float:
    if times.distribution[i] == EMPIRICAL:
        low, cells = times.first[i], times.first[i + 1] - times.first[i] - 1
        place = u * cells
        cell = min(int(place), cells - 1)
        start = times.table[low + cell]
        return start + (place - cell) * (times.table[low + cell + 1] - start)
    return draw(times.distribution[i], times.mean[i], times.shape[i], u)


@bare
def draw_rest(times: Times, i: int, u_length: float, u_share: float) -> float:
    """Draw what is left of a time of entity i that began at an unknown moment long ago."""
    if times.distribution[i] == EMPIRICAL:
        low, high = times.first[i], times.first[i + 1]
        return u_share * _draw_long(times.table[low:high], u_length)
    return draw_residual(times.distribution[i], times.mean[i], times.shape[i], u_length, u_share)


@bare
def _draw_long(table: Floats, u: float) -> float:
    """Draw from quantiles with chances in proportion to length: invert the integral of the quantile function."""
    cells = len(table) - 1
    whole = 0.0
    for i in range(cells):
        whole += 0.5 * (table[i] + table[i + 1])
    rest = u * whole
    for i in range(cells):
        piece = 0.5 * (table[i] + table[i + 1])
        if rest <= piece or i == cells - 1:
            # a x + (b - a) x^2 / 2 = rest, solved so that nothing cancels when a = b; the drawn length is a + (b - a) x
            return math.sqrt(table[i] * table[i] + 2.0 * (table[i + 1] - table[i]) * min(rest, piece))
        rest -= piece
    return table[cells]
