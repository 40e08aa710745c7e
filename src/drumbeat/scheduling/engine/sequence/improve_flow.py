"""Kernel: iterated greedy on a flow shop's order, in steps that can stop and go on anywhere.

Jobs are drawn and taken out; what is left is improved by moving one job after the other to its best place; the jobs
come back, each to its best place; the whole is improved likewise. A worse order is accepted now and then, as in
annealing at one temperature (Ruiz and Stuetzle 2007; Dubois-Lacoste, Pagnozzi and Stuetzle 2017).
"""

from __future__ import annotations

import math

import numpy as np

from drumbeat.basics.compiled import bare, njit
from drumbeat.scheduling.engine.sequence.flow_insert import MAKESPAN, SUM, FlowData, insert_best, take_out
from drumbeat.scheduling.engine.sequence.luck import draw_below, draw_share
from drumbeat.scheduling.engine.sequence.rows import copy_row

PHASE, SIZE, INDEX, QUIET = 0, 1, 2, 3
"""Places in the state: phase, jobs in the working order, next job to move, moves since the last gain."""
WORKING, CURRENT, BEST = 0, 1, 2
"""Rows of orders and values: the one being changed, the one accepted, the best."""
TRIED, REMOVED = 3, 4
"""Further rows: the jobs in the order in which they are moved, the jobs taken out."""
_BEGIN, _DESTROY, _PART, _REBUILD, _WHOLE, _ACCEPT = 0, 1, 2, 3, 4, 5


@bare
def _shuffle(data: FlowData, orders: np.ndarray, size: int) -> None:
    for i in range(size):
        orders[TRIED, i] = orders[WORKING, i]
    for i in range(size - 1, 0, -1):
        j = draw_below(data.luck, i + 1)
        orders[TRIED, i], orders[TRIED, j] = orders[TRIED, j], orders[TRIED, i]


@bare
def _begin_moves(data: FlowData, orders: np.ndarray, state: np.ndarray, phase: int) -> None:
    state[PHASE] = phase
    state[INDEX] = 0
    state[QUIET] = 0
    _shuffle(data, orders, state[SIZE])


@bare
def _destroy(data: FlowData, orders: np.ndarray, values: np.ndarray, state: np.ndarray, count: int) -> None:
    size = len(data.run)
    for c in range(count):
        orders[REMOVED, c] = take_out(orders[WORKING], size, draw_below(data.luck, size))
        size -= 1
    state[SIZE] = size
    values[WORKING] = np.inf
    _begin_moves(data, orders, state, _PART)


@bare
def _keep_best(orders: np.ndarray, values: np.ndarray, size: int) -> None:
    """Keep the working order where it is whole and the best."""
    if size == orders.shape[1] and values[WORKING] < values[BEST]:
        values[BEST] = values[WORKING]
        copy_row(orders, WORKING, BEST)


@bare
def _move_one(data: FlowData, orders: np.ndarray, values: np.ndarray, state: np.ndarray) -> None:
    """Move the next job to its best place."""
    size = state[SIZE]
    job = orders[TRIED, state[INDEX]]
    place = 0
    while orders[WORKING, place] != job:
        place += 1
    take_out(orders[WORKING], size, place)
    value = insert_best(data, orders[WORKING], size - 1, job)
    state[INDEX] = (state[INDEX] + 1) % size
    if value < values[WORKING]:
        values[WORKING] = value
        state[QUIET] = 0
        _keep_best(orders, values, size)
    else:
        state[QUIET] += 1


@bare
def _accept(data: FlowData, orders: np.ndarray, values: np.ndarray, temperature: float) -> None:
    worse = values[WORKING] - values[CURRENT]
    if worse <= 0 or (temperature > 0 and draw_share(data.luck) < math.exp(-worse / temperature)):
        values[CURRENT] = values[WORKING]
        copy_row(orders, WORKING, CURRENT)
    else:
        copy_row(orders, CURRENT, WORKING)


@njit(nogil=True, _nrt=False)
def improve_flow(
    data: FlowData,
    orders: np.ndarray,
    values: np.ndarray,
    state: np.ndarray,
    num_removed: int,
    patience: int,
    temperature: float,
    budget: float,
) -> float:
    """Improve an order until a budget of work is spent, and return what was spent.

    Parameters
    ----------
    data
        The flow shop.
    orders
        Shape (5, n), int64: rows `WORKING`, `CURRENT`, `BEST` and two of scratch.
    values
        Shape (3,): what the first three rows are worth.
    state
        Shape (4,), int64: zeros at first; where to go on.
    num_removed
        Jobs taken out at a time, 1 to n - 1.
    patience
        Moves without a gain after which a part or the whole counts as improved; 0 leaves them as they are.
    temperature
        How much worse is accepted, in the unit of the values.
    budget
        Work in nanoseconds of an ordinary core, roughly.
    """
    n, m = data.run.shape
    spent = 0.0
    while spent < budget:
        phase, size = state[PHASE], state[SIZE]
        spent += measure_insertion(data.aim, size, m)
        if phase == _BEGIN:
            state[SIZE] = n
            _begin_moves(data, orders, state, _WHOLE)
        elif phase == _DESTROY:
            _destroy(data, orders, values, state, num_removed)
        elif phase in (_PART, _WHOLE):
            if patience > 0:
                _move_one(data, orders, values, state)
            if state[QUIET] >= min(size, patience):
                state[PHASE] = phase + 1
        elif phase == _REBUILD:
            values[WORKING] = insert_best(data, orders[WORKING], size, orders[REMOVED, n - 1 - size])
            state[SIZE] += 1
            if state[SIZE] == n:
                _keep_best(orders, values, n)
                _begin_moves(data, orders, state, _WHOLE)
        else:
            _accept(data, orders, values, temperature)
            state[PHASE] = _DESTROY
    return spent


@bare
def measure_insertion(aim: int, size: int, m: int) -> float:
    """Estimate the work of one insertion, in nanoseconds."""
    each = 3.0 if aim == MAKESPAN else (3.0 + 0.1 * (size + 32) if aim == SUM else 4.0 * size)
    return 200.0 + size * m * each


@njit(nogil=True, _nrt=False)
def build_flow(data: FlowData, orders: np.ndarray, values: np.ndarray) -> None:
    """Build an order by putting in one job after the other, each in its best place (Nawaz, Enscore and Ham).

    `orders` and `values` are those of `improve_flow`: the jobs come in the order of row `CURRENT`; what is built is put
    into the first three rows.
    """
    n = len(data.run)
    for i in range(n):
        values[WORKING] = insert_best(data, orders[WORKING], i, orders[CURRENT, i])
    for row in (CURRENT, BEST):
        values[row] = values[WORKING]
        copy_row(orders, WORKING, row)
