"""The loops of planning a change, compiled: which orders differ, and when everything can be there after it."""

from __future__ import annotations

from drumbeat.basics.arrays import Bools, Floats, Int8s, Int32s, Int64s
from drumbeat.basics.compiled import bare, njit
from drumbeat.planning.engine.problem import FAR_FUTURE, FAR_PAST
from drumbeat.planning.engine.result import FROM_DEMAND, FROM_ORDER, FROM_RECEIPT, RECEIPT, STOCK
from drumbeat.planning.engine.size_orders import SMALLEST

Spans = tuple[Int64s, Int64s, Int64s, Int64s, Int64s, Int64s, Int64s, Int64s]
"""By buffer: first order and how many, its first times, first row and how many, its first ready time, first peg and
how many; see `Segments`."""
Orders = tuple[Int32s, Int32s, Floats, Int64s, Int64s, Int32s]
"""Buffer, method, quantity, need, start and demand."""
Times = tuple[Int64s, Int32s]
"""Possible start and deciding row of orders; or ready time and deciding peg of rows."""
Rows = tuple[Floats, Int8s, Int32s]
"""Quantity, origin and parent."""
Pegs = tuple[Int8s, Int32s, Int32s, Floats]
"""Source, supply, row and quantity."""
Expected = tuple[Int64s, Int64s, Int32s, Int64s, Int32s, Int64s, Int64s, Int32s]
"""Of receipts: time promised, span from start to receipt, buffer, time it arrives, deciding row; then where those of
each buffer begin, the receipts by buffer, and with which each comes (empty = by itself)."""


@njit(nogil=True, _nrt=False)
def find_same_orders(
    buffers: Int32s,
    first: Int64s,
    new: tuple[Int32s, Floats, Int64s, Int64s, Int32s],
    at: Int64s,
    count: Int64s,
    old: Orders,
    is_forced: Bools,
    is_reranked: Bools,
    is_same: Bools,
) -> None:
    """Fill `is_same`: whether the orders of each of these buffers ask the same of others as those before.

    Parameters
    ----------
    first
        Where the new orders of each of the buffers begin.
    new
        Method, quantity, need, start and demand of the new orders.
    at, count
        Where the orders of each buffer stand among the old ones.
    is_forced, is_reranked
        Buffers, and demands, for which equal orders do not mean equal requirements.
    """
    for place in range(len(buffers)):
        here = buffers[place]
        num = first[place + 1] - first[place]
        same = num == count[here] and not is_forced[here]
        step = 0
        while same and step < num:
            a, b = first[place] + step, at[here] + step
            demand = new[4][a]
            same = (
                new[0][a] == old[1][b]
                and new[1][a] == old[2][b]
                and new[2][a] == old[3][b]
                and new[3][a] == old[4][b]
                and demand == old[5][b]
                and not (demand >= 0 and is_reranked[demand])
            )
            step += 1
        is_same[place] = same


@bare
def _time_orders(
    here: int,
    down: tuple[Int64s, Int32s],
    span: Spans,
    start: Int64s,
    times: Times,
    first: int,
    rows: Rows,
    readies: Times,
    expected: Expected,
) -> None:
    """Find the possible starts of a buffer's orders, written from `first` on, and when its receipts arrive."""
    promised, lasts, rec_buffer, arrives, rec_cause, rec_ptr, by_place, _ = expected
    possible, cause = times
    base, num = span[0][here], span[1][here]
    for step in range(num):
        possible[first + step], cause[first + step] = max(start[base + step], 0), -1
    for place in range(rec_ptr[here], rec_ptr[here + 1]):
        receipt = by_place[place]
        arrives[receipt], rec_cause[receipt] = promised[receipt], -1
    for edge in range(down[0][here], down[0][here + 1]):
        child = down[1][edge]
        row, ready = span[3][child], span[5][child]
        for step in range(span[4][child]):
            parent = rows[2][row + step]
            if rows[1][row + step] == FROM_ORDER:
                at = parent - base
                if 0 <= at < num and readies[0][ready + step] > possible[first + at]:
                    possible[first + at], cause[first + at] = readies[0][ready + step], row + step
            elif rows[1][row + step] == FROM_RECEIPT and rec_buffer[parent] == here:
                latest = readies[0][ready + step]
                then = FAR_FUTURE if latest == FAR_FUTURE else latest + lasts[parent]
                if then > arrives[parent]:
                    arrives[parent], rec_cause[parent] = then, row + step


@bare
def _time_rows(
    here: int, span: Spans, orders: Orders, times: Times, rows: Rows, readies: Times, first: int, pegs: Pegs,
    arrives: Int64s,
) -> None:  # fmt: skip
    """Find when a buffer's requirements are met, written from `first` on; orders may be of what it comes out with."""
    source, supplies, requirement, amount = pegs
    peg, last_peg = span[6][here], span[6][here] + span[7][here]
    for step in range(span[4][here]):
        row = span[3][here] + step
        served, latest, decides = 0.0, FAR_PAST, -1
        while peg < last_peg and requirement[peg] == row:
            supply = supplies[peg]
            when = FAR_PAST
            if source[peg] == RECEIPT:
                when = arrives[supply]
            elif source[peg] != STOCK:
                when = FAR_FUTURE
                maker = orders[0][supply]
                can = times[0][span[2][maker] + supply - span[0][maker]]
                if can < FAR_FUTURE:
                    when = can + orders[3][supply] - orders[4][supply]
            served += amount[peg]
            if decides < 0 or when > latest:
                latest, decides = when, peg
            peg += 1
        wanted = rows[0][row]
        if served < wanted - 10 * SMALLEST - 1e-9 * wanted:
            latest, decides = FAR_FUTURE, -1
        readies[0][first + step], readies[1][first + step] = latest, decides


@bare
def _mark_above(
    here: int, before: int, span: Spans, orders: Orders, times: Times, rows: Rows, readies: Times, is_new: Bools,
    rec_buffer: Int32s, is_dirty: Bools,
) -> None:  # fmt: skip
    """Mark the buffers whose orders or receipts may come at another time now that rows of this one do.

    `before` is where the ready times were that hold no longer, -1 = the rows are new.
    """
    for step in range(span[4][here]):
        row = span[3][here] + step
        latest = readies[0][span[5][here] + step]
        if before >= 0 and latest == readies[0][before + step]:
            continue
        parent = rows[2][row]
        if rows[1][row] == FROM_RECEIPT:
            is_dirty[rec_buffer[parent]] = True
        elif rows[1][row] == FROM_ORDER:
            above = orders[0][parent]
            if is_new[above]:
                continue
            at = span[2][above] + parent - span[0][above]
            is_late = latest > max(orders[4][parent], 0) and latest >= times[0][at]
            if is_late or times[1][at] == row:
                is_dirty[above] = True


@bare
def _mark_orphans(
    here: int, up: tuple[Int64s, Int32s], old_row: int, old_count: int, span: Spans, times: Times, is_new: Bools,
    expected: Expected, is_dirty: Bools,
) -> None:  # fmt: skip
    """Mark the buffers whose orders or receipts were decided by rows of this one that are no more."""
    for edge in range(up[0][here], up[0][here + 1]):
        above = up[1][edge]
        if is_new[above] or is_dirty[above]:
            continue
        for step in range(span[1][above]):
            if 0 <= times[1][span[2][above] + step] - old_row < old_count:
                is_dirty[above] = True
        for place in range(expected[5][above], expected[5][above + 1]):
            if 0 <= expected[4][expected[6][place]] - old_row < old_count:
                is_dirty[above] = True


@bare
def _follow_leaders(here: int, expected: Expected) -> None:
    """Let receipts of a buffer come with those that they come out beside."""
    arrives, rec_ptr, by_place, leader = expected[3], expected[5], expected[6], expected[7]
    if len(leader) == 0:
        return
    for place in range(rec_ptr[here], rec_ptr[here + 1]):
        receipt = by_place[place]
        if leader[receipt] >= 0 and leader[receipt] != receipt:
            arrives[receipt] = arrives[leader[receipt]]


@bare
def _retime_orders(
    here: int, is_new: Bools, down: tuple[Int64s, Int32s], span: Spans, orders: Orders, times: Times, rows: Rows,
    readies: Times, expected: Expected, arrived: Int64s, ends: Int64s,
) -> bool:  # fmt: skip
    """Find the times of a buffer's orders and receipts again; return whether anything comes at another time."""
    _time_orders(here, down, span, orders[4], times, ends[0], rows, readies, expected)
    moves, differs = is_new[here], is_new[here]
    for step in range(span[1][here]):
        if differs and moves:
            break
        moves |= times[0][ends[0] + step] != times[0][span[2][here] + step]
        differs |= times[1][ends[0] + step] != times[1][span[2][here] + step]
    for at in range(expected[5][here], expected[5][here + 1]):
        receipt = expected[6][at]
        moves |= expected[3][receipt] != arrived[receipt]
    if moves or differs:
        span[2][here] = ends[0]
        ends[0] += span[1][here]
    return moves


@njit(nogil=True, _nrt=False)
def retime(
    places: tuple[Int32s, Int64s, Int32s],
    has_moved: Bools,
    is_new: Bools,
    is_dirty: Bools,
    up: tuple[Int64s, Int32s],
    down: tuple[Int64s, Int32s],
    span: Spans,
    old_rows: tuple[Int64s, Int64s],
    orders: Orders,
    times: Times,
    rows: Rows,
    readies: Times,
    pegs: Pegs,
    expected: Expected,
    arrived: Int64s,
    wanted: tuple[Int64s, Int32s],
    ends: Int64s,
) -> None:
    """Find possible starts and ready times again where buffers are new, and above them as far as anything differs.

    Parameters
    ----------
    places
        All buffers, the lowest level first, rising within a level; where each level begins; the first of the buffers
        with which each comes out together.
    has_moved
        All False: room for whether those that come out together come at other times.
    is_new, is_dirty
        Whether a buffer's rows and pegs are new; whether its times are to be found again (all False before).
    up, down
        Who takes from a buffer, and what it takes from, the lowest level first: pointer over buffers and buffers.
    span
        See `Spans`; the places of new times are filled in.
    old_rows
        First row and number of rows of each buffer before.
    arrived
        When each receipt arrived before; shape of the receipts.
    wanted
        When each demand is met, and its row: filled where that may have changed.
    ends
        Where new times of orders and of rows are written; moved on.
    """
    sequence, steps, group = places
    for level in range(len(steps) - 1):
        # All orders of a level first: rows may be served by orders of what they come out with.
        is_any = False
        for place in range(steps[level], steps[level + 1]):
            here = sequence[place]
            if (is_new[here] or is_dirty[here]) and _retime_orders(
                here, is_new, down, span, orders, times, rows, readies, expected, arrived, ends
            ):
                has_moved[group[here]] = is_any = True
        for place in range(steps[level], steps[level + 1] if is_any else steps[level]):
            here = sequence[place]
            if not has_moved[group[here]]:
                continue
            _follow_leaders(here, expected)
            _time_rows(here, span, orders, times, rows, readies, ends[1], pegs, expected[3])
            before = -1 if is_new[here] else span[5][here]
            span[5][here] = ends[1]
            ends[1] += span[4][here]
            _mark_above(here, before, span, orders, times, rows, readies, is_new, expected[2], is_dirty)
            if is_new[here]:
                _mark_orphans(here, up, old_rows[0][here], old_rows[1][here], span, times, is_new, expected, is_dirty)
            for step in range(span[4][here]):
                row = span[3][here] + step
                if rows[1][row] == FROM_DEMAND:
                    wanted[0][rows[2][row]], wanted[1][rows[2][row]] = readies[0][span[5][here] + step], row


@njit(nogil=True, _nrt=False)
def mark_closure(sequence: Int32s, up: tuple[Int64s, Int32s], marked: Bools, sizes: tuple[Int64s, Int64s]) -> int:
    """Mark all buffers above marked ones; return how many sizes they have in all, the greater of the two kinds."""
    first = second = 0
    for place in range(len(sequence)):
        here = sequence[place]
        if marked[here]:
            first += sizes[0][here]
            second += sizes[1][here]
            for edge in range(up[0][here], up[0][here + 1]):
                marked[up[1][edge]] = True
    return max(first, second)
