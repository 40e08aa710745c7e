"""Ruin and recreate: take late jobs and those in their way off the machines, and put them back into the gaps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.compiled import inner, njit
from drumbeat.scheduling.engine.giant.due_shop import DueShop
from drumbeat.scheduling.engine.giant.timeline import Timeline, drop_job, find_span, lift_job, place_job


class Pick(NamedTuple):
    """The jobs taken out: who, by which key they come back, what they cost, and where they were."""

    job: Int64s
    key: Floats
    cost: Floats
    stamp: Int64s
    at: Int64s
    until: Int64s
    way: Int32s


def make_pick(shop: DueShop, most: int) -> Pick:
    """Return room for `most` jobs."""
    room = most * int(np.diff(shop.ptr).max(initial=0))
    return Pick(
        np.empty(most, np.int64),
        np.empty(most),
        np.empty(most),
        np.full(len(shop.due), -1, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int32),
    )


@inner
def draw(luck: Int64s) -> float:
    """Draw a uniform number in [0, 1) by xorshift (Marsaglia 2003); `luck` is its state, not 0, shape (1,)."""
    bits = np.uint64(luck[0])
    bits ^= bits << np.uint64(13)
    bits ^= bits >> np.uint64(7)
    bits ^= bits << np.uint64(17)
    luck[0] = np.int64(bits)
    return float(bits >> np.uint64(11)) * 2.0**-53


@inner
def _cost(shop: DueShop, job: int, end: int) -> float:
    late = end - shop.due[job]
    return shop.late_price[job] * late + shop.late_cost[job] if late > 0 else 0.0


@inner
def _end_of(shop: DueShop, line: Timeline, job: int) -> int:
    end = 0
    for p in range(shop.ptr[job], shop.ptr[job + 1]):
        end = max(end, line.until[p])
    return end


@inner
def _choose(shop: DueShop, line: Timeline, pick: Pick, stamp: int, size: int, luck: Int64s) -> int:
    """Pick the costliest of three jobs, and up to `size` in all from those beside them on their machines, mostly
    before them; return how many."""
    num_jobs = len(shop.due)
    worst, most = 0, -1.0
    for _ in range(3):
        j = int(draw(luck) * num_jobs)
        cost = _cost(shop, j, _end_of(shop, line, j))
        if cost > most:
            worst, most = j, cost
    pick.job[0] = worst
    pick.stamp[worst] = stamp
    count = 1
    for _ in range(3 * size):
        if count == size:
            break
        j = worst if draw(luck) < 0.5 else pick.job[int(draw(luck) * count)]
        p = shop.ptr[j] + int(draw(luck) * (shop.ptr[j + 1] - shop.ptr[j]))
        if p == shop.ptr[j + 1] or line.until[p] == line.at[p]:
            continue
        m = shop.machine[line.way[p]]
        step = 1 + int(draw(luck) * 5)
        i = find_span(shop, line, m, line.at[p]) + (-step if draw(luck) < 0.8 else step)
        if shop.first[m] <= i < shop.first[m] + line.size[m]:
            j = shop.job[line.place[i]]
            if pick.stamp[j] != stamp:
                pick.stamp[j] = stamp
                pick.job[count] = j
                count += 1
    return count


@inner
def _take_out(shop: DueShop, line: Timeline, pick: Pick, count: int) -> float:
    """Remember where the picked jobs are, lift them, and return what they cost."""
    total, z = 0.0, 0
    for q in range(count):
        j = pick.job[q]
        pick.cost[q] = _cost(shop, j, _end_of(shop, line, j))
        total += pick.cost[q]
        lift_job(shop, line, j)
        for p in range(shop.ptr[j], shop.ptr[j + 1]):
            pick.at[z], pick.until[z], pick.way[z] = line.at[p], line.until[p], line.way[p]
            z += 1
    return total


@inner
def _rank(shop: DueShop, pick: Pick, count: int, begin: int, luck: Int64s) -> Int64s:
    """In which order the picked jobs come back: by luck, by work for their weight, by slack, the worst first, or by
    apparent tardiness cost."""
    rule, key = draw(luck), pick.key
    for q in range(count):
        j = pick.job[q]
        work, noise = max(shop.work[j], 1), draw(luck)
        price = shop.late_price[j] + shop.late_cost[j] / work
        slack = float(shop.due[j] - work - begin)
        if rule < 0.3:
            key[q] = noise
        elif rule < 0.5:
            key[q] = work * (0.7 + 0.6 * noise) / (price + 1e-30)
        elif rule < 0.7:
            key[q] = slack - work * noise
        elif rule < 0.85:
            key[q] = -1.0 if q == 0 else noise
        else:
            key[q] = -price / work * np.exp(-max(slack, 0.0) / (2.0 * work)) * (0.7 + 0.6 * noise)
    return np.argsort(key[:count])


@inner
def _put_back(shop: DueShop, line: Timeline, pick: Pick, count: int, order: Int64s, num_placed: int) -> None:
    """Undo: lift what was placed, and drop all picked jobs where they were."""
    for i in range(num_placed):
        lift_job(shop, line, pick.job[order[i]])
    z = 0
    for q in range(count):
        j = pick.job[q]
        for p in range(shop.ptr[j], shop.ptr[j + 1]):
            line.at[p], line.until[p], line.way[p] = pick.at[z], pick.until[z], pick.way[z]
            z += 1
        drop_job(shop, line, j)


@njit(nogil=True)
def ruin_and_recreate(
    shop: DueShop, line: Timeline, pick: Pick, luck: Int64s, done: int, turns: int, heat: float
) -> float:
    """Take jobs out and put them back, so many times; return by how much the objective grew.

    Parameters
    ----------
    shop, line
        The shop and its timeline, which is changed.
    pick
        Room; as many jobs as it has room for are taken out at most.
    luck
        State of the random numbers, not 0, shape (1,).
    done
        Turns made before with this `pick`.
    turns
        How many to make.
    heat
        What a turn may add to the objective and still be kept at odds of 1 to e, >= 0.
    """
    grown = 0.0
    for turn in range(done, done + turns):
        size = 2 + int(draw(luck) * (len(pick.job) - 1))
        count = _choose(shop, line, pick, turn, min(size, len(pick.job), len(shop.due)), luck)
        worst = pick.job[0]
        begin = line.at[shop.ptr[worst]] if shop.ptr[worst] < shop.ptr[worst + 1] else 0
        before = _take_out(shop, line, pick, count)
        order = _rank(shop, pick, count, begin, luck)
        limit = before - heat * np.log(1.0 - draw(luck))
        after, placed = 0.0, 0
        while placed < count and after <= limit:
            j = pick.job[order[placed]]
            after += _cost(shop, j, place_job(shop, line, j))
            placed += 1
        if after <= limit:
            grown += after - before
        else:
            _put_back(shop, line, pick, count, order, placed)
    return grown
