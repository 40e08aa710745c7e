"""Price the work that remains by how busy its machines are: what ATC divides a job's weight by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.scheduling.engine.dispatch import Prepared
from drumbeat.scheduling.engine.shop import Shop, find_tails

LARGEST_PRICED = 2**50
"""All priced work together stays below, so that it adds up in integers."""


def find_loads(shop: Shop) -> Floats:
    """Return each machine's work over that of the busiest, shape (R + 1,), the last for work without a machine.

    A task with several machines counts on each with an equal share.
    """
    modes, task0 = shop.mode[:-1], shop.task["mode0"]
    ways = np.diff(task0)
    share = np.asarray(modes["run"] + modes["setup"], dtype=np.float64) / np.repeat(ways, ways)
    load: Floats = np.bincount(modes["queue"], weights=share, minlength=len(shop.resource) - 1).astype(np.float64)
    load[:-1] /= shop.resource["capacity"][:-2]
    load[-1] = 0.0
    return load / max(float(load.max()), 1.0)


def price_work(prepared: Prepared, price: Floats, lead: Floats | None = None) -> Prepared:
    """Have ATC weigh a task by its job's weight over the priced work that remains, instead of over its own run.

    A job is worth most where little of what is scarce brings it to its end: weighted shortest remaining processing
    time, with the seconds of bottlenecks counting for more.

    Parameters
    ----------
    prepared
        A problem laid out for dispatching.
    price
        Price of a second on each machine, shape (R + 1,), >= 0: for instance a power of `find_loads`.
    lead
        Seconds from each task's start to its job's end that slack is reckoned with, shape (T,); None: the longest
        work that remains.

    Returns
    -------
    Prepared
        For `dispatch` by `Rule.ATC`; shares all else.
    """
    shop = prepared.shop
    first = shop.task["mode0"][:-1]
    modes, counts = shop.mode[:-1], np.diff(shop.task["mode0"])
    priced = price[modes["queue"]] * (modes["run"] + modes["setup"])
    total = float(priced.sum())
    own = np.add.reduceat(priced, first) / counts
    grain = LARGEST_PRICED / max(total, 1.0)
    remaining = np.maximum(find_tails(shop, (own * grain).astype(np.int64)), 1.0) / grain
    mode = shop.mode.copy()
    mode["value"][:-1] = np.log(np.repeat(shop.task["weight"][:-1] / remaining, counts))
    if lead is None:
        return replace(prepared, shop=shop._replace(mode=mode))
    task = shop.task.copy()
    task["tail"][:-1] = lead
    return replace(prepared, shop=shop._replace(mode=mode, task=task))
