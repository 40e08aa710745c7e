"""From genes to a schedule: tasks are placed one after the other, each where it ends first, whatever the plant has."""

from __future__ import annotations

from drumbeat.basics.calendars import NEVER
from drumbeat.basics.compiled import bare, njit
from drumbeat.scheduling.engine.event_heap import pop_event, push_event
from drumbeat.scheduling.engine.plant.pools import WIDTH
from drumbeat.scheduling.engine.plant.stocks import load_receipts
from drumbeat.scheduling.engine.serial.find_place import find_place
from drumbeat.scheduling.engine.serial.place_fixed import place_fixed
from drumbeat.scheduling.engine.serial.place_task import place_task, spend, take_last
from drumbeat.scheduling.engine.serial.records import (
    ABSENT,
    CULPRIT,
    DEFICIT,
    FOR_STOCK,
    LEFT_OUT,
    NOWHERE,
    NUM_PLACED,
    NUM_WAITING,
    REASON,
    TOO_LATE,
    Board,
    Desk,
    Genes,
    Plant,
    Rules,
)

RETRIES_PER_TASK, RETRIES = 25, 50
"""How often a cluster goes back to delay one of its tasks."""
MOST_WAITS = 30
"""How often a task that waits for stock is looked at again, at each task that moves the same stock."""


@bare
def _clear(plant: Plant, rules: Rules, board: Board) -> None:
    """Take all off the board."""
    for t in range(len(board.task)):
        state = board.task[t]
        state.start = state.setup_end = state.run_start = state.end = state.mode = state.batch = -1
        state.setup = state.is_past = 0
    for r in range(len(board.size)):
        board.size[r] = 1
        page, last = plant.resource[r].room0 // WIDTH, plant.resource[r + 1].room0 // WIDTH
        for k in range(page, last):
            board.leaf[k].number, board.leaf[k].first, board.leaf[k].held = k, -(2**60), 1
        board.step[plant.resource[r].room0].time, board.step[plant.resource[r].room0].used = -(2**60), 0
        machine = board.machine[r]
        machine.last_end, machine.family, machine.campaign = 0, plant.resource[r].initial_family, -1
        machine.next_fixed, machine.batch = rules.resource[r].fixed0, -1
    board.first_start[:] = NEVER
    for values in (board.team, board.turn):
        values[:] = -1
    board.spent[:] = 0
    board.counter[:] = 0
    load_receipts(plant.material, plant.receipt, board.material, board.event)


@bare
def _base_of(rules: Rules, genes: Genes, task: int) -> int:
    """The mode with which budgets reckon a task; -1 where there are none."""
    if len(rules.amount) == 0:
        return -1
    return genes.mode[task] if genes.mode[task] >= 0 else genes.base[task]


@njit(inline="always")
def _place_one(plant: Plant, rules: Rules, board: Board, desk: Desk, genes: Genes, task: int) -> bool:
    """Place a task unless it has its place or is left out; False when there is no place for it."""
    if genes.is_out[task] == 1 or board.task[task].mode == LEFT_OUT:
        board.task[task].mode = LEFT_OUT
        return True
    if genes.is_out[task] == 2:  # budgets do not suffice
        desk.at[REASON] = NOWHERE
        return False
    if board.task[task].mode >= 0:
        return True
    if not find_place(plant, rules, board, desk, genes, task, max(genes.floor[task], desk.lift[task])):
        return False
    place_task(plant, rules, board, task, _base_of(rules, genes, task), desk.best, desk.best_team)
    return True


@bare
def _go_back(plant: Plant, rules: Rules, board: Board, genes: Genes, size: int) -> None:
    """Take the last off until the journal has `size` lines."""
    while board.counter[NUM_PLACED] > size:
        task = board.journal[board.counter[NUM_PLACED] - 1].task
        take_last(plant, rules, board, _base_of(rules, genes, task))


@bare
def _find_line(board: Board, task: int, least: int) -> int:
    """Line of the journal, from `least` on, at which a task was placed; -1 when there is none."""
    for i in range(board.counter[NUM_PLACED] - 1, least - 1, -1):
        if board.journal[i].task == task:
            return i
    return -1


@njit(inline="always")
def _place_cluster(plant: Plant, rules: Rules, board: Board, desk: Desk, genes: Genes, cluster: int) -> int:
    """Place the tasks of a cluster, earlier ones delayed where a later one would come too late; return the reason why
    some have no place, -1 when all have.

    What waits for stock leaves the whole cluster off the board; otherwise those without a place are left absent.
    """
    at = desk.at
    first, last = rules.cluster0[cluster], rules.cluster0[cluster + 1]
    begin, left = board.counter[NUM_PLACED], RETRIES + RETRIES_PER_TASK * (last - first)
    for i in range(first, last):
        desk.lift[rules.member[i]] = 0
    i, reason = first, -1
    while i < last:
        task = rules.member[i]
        i += 1
        if _place_one(plant, rules, board, desk, genes, task):
            continue
        if at[REASON] == FOR_STOCK:
            _go_back(plant, rules, board, genes, begin)
            return FOR_STOCK
        line = -1
        if at[REASON] == TOO_LATE and at[CULPRIT] >= 0 and left > 0:
            line = _find_line(board, at[CULPRIT], begin)
        if line >= 0:
            left -= 1
            culprit = at[CULPRIT]
            desk.lift[culprit] = board.task[culprit].start + at[DEFICIT]
            _go_back(plant, rules, board, genes, line)
            i = first
            reason = -1
            continue
        if rules.task[task].is_optional == 1:
            board.task[task].mode = LEFT_OUT
        else:
            reason = at[REASON]
    return reason


@bare
def _wake(plant: Plant, rules: Rules, desk: Desk, genes: Genes, cluster: int) -> None:
    """Have those look again who wait for stock that a cluster has moved, unless they have done so often enough."""
    for i in range(rules.cluster0[cluster], rules.cluster0[cluster + 1]):
        task = rules.member[i]
        for u in range(plant.task[task].use0, plant.task[task + 1].use0):
            w = 0
            while w < desk.at[NUM_WAITING]:
                other = desk.waiting[w]
                if desk.left[other] > -MOST_WAITS and _touches(plant, rules, other, plant.use[u].material):
                    desk.left[other] -= 1
                    desk.at[NUM_WAITING] -= 1
                    desk.waiting[w] = desk.waiting[desk.at[NUM_WAITING]]
                    push_event(desk.heap, desk.heap_size, _rank_of(rules, genes, other), other)
                else:
                    w += 1


@bare
def _touches(plant: Plant, rules: Rules, cluster: int, material: int) -> bool:
    for i in range(rules.cluster0[cluster], rules.cluster0[cluster + 1]):
        task = rules.member[i]
        for u in range(plant.task[task].use0, plant.task[task + 1].use0):
            if plant.use[u].material == material:
                return True
    return False


@bare
def _rank_of(rules: Rules, genes: Genes, cluster: int) -> int:
    """The smallest rank in a cluster."""
    rank = genes.rank[rules.member[rules.cluster0[cluster]]]
    for i in range(rules.cluster0[cluster] + 1, rules.cluster0[cluster + 1]):
        rank = min(rank, genes.rank[rules.member[i]])
    return rank


@bare
def _pass(plant: Plant, rules: Rules, board: Board, desk: Desk, genes: Genes, task: int) -> None:
    """Let those come for whom a task was the last to wait for."""
    if board.task[task].is_past == 1:
        return
    board.task[task].is_past = 1
    for a in range(plant.task[task].out0, plant.task[task + 1].out0):
        after = plant.out[a].task
        other = rules.task[after].cluster
        if plant.task[after].fixed_start < 0 and other != rules.task[task].cluster:
            desk.left[other] -= 1
            if desk.left[other] == 0:
                push_event(desk.heap, desk.heap_size, _rank_of(rules, genes, other), other)


@njit(inline="always")
def _drain(plant: Plant, rules: Rules, board: Board, desk: Desk, genes: Genes) -> None:
    """Place all clusters that have come, the smallest rank first, and those that come after them."""
    while desk.heap_size[0] > 0:
        cluster = pop_event(desk.heap, desk.heap_size)
        if _place_cluster(plant, rules, board, desk, genes, cluster) == FOR_STOCK:
            desk.waiting[desk.at[NUM_WAITING]] = cluster
            desk.at[NUM_WAITING] += 1
            continue
        if desk.at[NUM_WAITING] > 0:
            _wake(plant, rules, desk, genes, cluster)
        for i in range(rules.cluster0[cluster], rules.cluster0[cluster + 1]):
            if board.task[rules.member[i]].mode != ABSENT:
                _pass(plant, rules, board, desk, genes, rules.member[i])


@bare
def _give_up(plant: Plant, rules: Rules, board: Board, desk: Desk, genes: Genes) -> bool:
    """Leave out what waits in vain and may be left out; whether there was any."""
    was_any = False
    for task in range(len(board.task)):
        if board.task[task].mode == ABSENT and (rules.task[task].is_optional == 1 or genes.is_out[task] == 1):
            board.task[task].mode = LEFT_OUT
            was_any = True
            _pass(plant, rules, board, desk, genes, task)
    return was_any


@njit(nogil=True, _nrt=False)
def decode(plant: Plant, rules: Rules, board: Board, desk: Desk, genes: Genes) -> int:
    """Make the schedule of some genes on the board; return how many tasks have no place.

    Parameters
    ----------
    plant, rules
        What binds (`lay_out_serial`).
    board, desk
        Cleared first; what is made stands on the board.
    genes
        What comes first, in which mode, how early, and what is left out.
    """
    _clear(plant, rules, board)
    desk.heap_size[0] = desk.at[NUM_WAITING] = 0
    for t in range(len(board.task)):
        if genes.is_out[t] == 0:
            base = _base_of(rules, genes, t)
            if base >= 0:
                spend(rules, board, base, 1)
    place_fixed(plant, rules, board, desk)
    for c in range(len(rules.ahead)):
        desk.left[c] = rules.ahead[c]
        if desk.left[c] == 0:
            push_event(desk.heap, desk.heap_size, _rank_of(rules, genes, c), c)
    retried = -1
    while True:
        _drain(plant, rules, board, desk, genes)
        if desk.at[NUM_WAITING] > 0 and board.counter[NUM_PLACED] != retried:
            retried = board.counter[NUM_PLACED]
            for w in range(desk.at[NUM_WAITING]):
                cluster = desk.waiting[w]
                push_event(desk.heap, desk.heap_size, _rank_of(rules, genes, cluster), cluster)
            desk.at[NUM_WAITING] = 0
        elif not _give_up(plant, rules, board, desk, genes):
            break
    num_lost = 0
    for t in range(len(board.task)):
        num_lost += board.task[t].mode == ABSENT
    return num_lost
