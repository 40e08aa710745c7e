"""Kernels that change the modes of tasks until budgets suffice."""

from __future__ import annotations

from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.project.luck import draw_below, draw_share
from drumbeat.scheduling.engine.project.place_tasks import spend

SAMPLES = 6
"""Tasks looked at for each change of mode."""
WANDER = 0.05
"""Share of changes that are made although they overspend no less."""


@bare
def _excess_with(net, room, old, new):  # type: ignore[no-untyped-def]
    """Share by which budgets are overspent, summed, when a mode takes the place of another."""
    if old != new:
        spend(net, room, old, -1)
        spend(net, room, new, 1)
    excess = 0.0
    for b in range(len(net.amount)):
        over = room.spent[b] - net.amount[b]
        if over > 0:
            excess += over / max(net.amount[b], 1)
    if old != new:
        spend(net, room, new, -1)
        spend(net, room, old, 1)
    return excess


@bare
def repair_modes(net, room, mode, luck, tries):  # type: ignore[no-untyped-def]
    """Change modes, the shortest that help first, until no budget is overspent; return whether that succeeded."""
    num_tasks = len(mode)
    room.spent[:] = 0
    for task in range(num_tasks):
        spend(net, room, mode[task], 1)
    if num_tasks == 0:
        return True
    excess = _excess_with(net, room, mode[0], mode[0])
    for _ in range(tries):
        if excess <= 0.0:
            return True
        best_task, best_mode, best_excess, best_worth = -1, 0, 0.0, -1e300
        for _ in range(SAMPLES):
            task = draw_below(luck, num_tasks)
            first, count = net.mode_ptr[task], net.mode_ptr[task + 1] - net.mode_ptr[task]
            other = first + draw_below(luck, count)
            if other == mode[task]:
                continue
            with_other = _excess_with(net, room, mode[task], other)
            longer = max(0, net.run[other] - net.run[mode[task]])
            worth = (excess - with_other) / (1.0 + longer)
            if worth > best_worth:
                best_task, best_mode, best_excess, best_worth = task, other, with_other, worth
        if best_task >= 0 and (best_excess < excess or draw_share(luck) < WANDER):
            spend(net, room, mode[best_task], -1)
            spend(net, room, best_mode, 1)
            mode[best_task] = best_mode
            excess = best_excess
    return excess <= 0.0
