"""Price the work that remains by how busy its machines are: what ATC divides a job's weight by."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.scheduling.engine.dispatch import DispatchParams, Prepared, Rule
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


@dataclass(frozen=True, slots=True)
class Policy:
    """What ATC goes by, besides due dates.

    Parameters
    ----------
    price
        Price of a second on each machine, shape (R + 1,), >= 0: for instance a power of `find_loads`.
    lead
        Seconds from each task's start to its job's end that slack is reckoned with, shape (T,).
    look_ahead, setup_weight
        As in `DispatchParams`.
    own
        Power of a task's own work by which its urgency is divided: short tasks go first, and jobs move on.
    last
        Added to the logarithm of the urgency of a job's last tasks: short remainders make them too urgent.
    wait
        What waiting for each task that remains adds to the priced work, in mean priced tasks, >= 0.
    """

    price: Floats
    lead: Floats
    look_ahead: float = 2.0
    setup_weight: float = 0.0
    own: float = 0.0
    last: float = 0.0
    wait: float = 0.0

    @property
    def params(self) -> DispatchParams:
        """The rule to dispatch by what `price_work` returns."""
        return DispatchParams(Rule.ATC, self.look_ahead, self.setup_weight)


def price_work(prepared: Prepared, policy: Policy) -> Prepared:
    """Have ATC weigh a task by its job's weight over the priced work that remains, instead of over its own run.

    A job is worth most where little of what is scarce brings it to its end: weighted shortest remaining processing
    time, with the seconds of bottlenecks counting for more.

    Parameters
    ----------
    prepared
        A problem laid out for dispatching.
    policy
        What to go by.

    Returns
    -------
    Prepared
        For `dispatch` by `policy.params`; shares all else.
    """
    shop = prepared.shop
    first, after0 = shop.task["mode0"][:-1], shop.task["after0"]
    modes, counts = shop.mode[:-1], np.diff(shop.task["mode0"])
    work = np.asarray(modes["run"] + modes["setup"], dtype=np.float64)
    share = np.add.reduceat(work, first) / counts
    own = np.add.reduceat(policy.price[modes["queue"]] * work, first) / counts
    own += policy.wait * own.mean()
    grain = LARGEST_PRICED / max(float(own.sum()), 1.0)
    remaining = np.maximum(find_tails(shop, (own * grain).astype(np.int64)), 1.0) / grain
    value = np.log(shop.task["weight"][:-1] / remaining) - policy.own * np.log(np.maximum(share / shop.mean_run, 1e-9))
    value += policy.last * (np.diff(after0) == 0)
    mode, task = shop.mode.copy(), shop.task.copy()
    mode["value"][:-1] = np.repeat(value, counts)
    task["tail"][:-1] = policy.lead
    return replace(prepared, shop=shop._replace(mode=mode, task=task))
