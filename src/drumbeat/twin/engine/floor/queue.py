"""Queues in front of groups: lists through the lots, by priority and rank, and their integrals."""

from __future__ import annotations

from drumbeat.twin.engine.floor.kinds import EDD, SPT
from drumbeat.twin.engine.floor.records import NUM_DIRTY, Floor, hot


@hot
def mark(floor: Floor, group: int) -> None:
    """Have a group looked at before time goes on."""
    if floor.group[group].is_dirty == 0:
        floor.group[group].is_dirty = 1
        n = floor.counter[NUM_DIRTY]
        floor.dirty[n] = group
        floor.counter[NUM_DIRTY] = n + 1


@hot
def join_queue(floor: Floor, group: int, lot: int, now: float) -> None:
    """Put a lot into a group's queue: behind all of the same priority and rank."""
    queue, lots = floor.group[group], floor.lot
    rank = 0.0
    if queue.rule == EDD:
        rank = lots[lot].due
    elif queue.rule == SPT:
        step = lots[lot].step
        rank = floor.step[step].run_mean * (lots[lot].pieces if floor.step[step].unit == 1 else 1)
    priority = lots[lot].priority
    lots[lot].rank, lots[lot].entered = rank, now
    before = queue.tail
    while before >= 0 and (
        lots[before].priority > priority or (lots[before].priority == priority and lots[before].rank > rank)
    ):
        before = lots[before].prev
    after = lots[before].next if before >= 0 else queue.head
    lots[lot].prev, lots[lot].next = before, after
    if before >= 0:
        lots[before].next = lot
    else:
        queue.head = lot
    if after >= 0:
        lots[after].prev = lot
    else:
        queue.tail = lot
    queue.queue += queue.size * (now - queue.since)
    queue.since = now
    queue.size += 1
    queue.arrivals += 1
    slot = floor.step[lots[lot].step].batch_slot
    if slot >= 0:
        floor.batch_pieces[slot] += lots[lot].pieces


@hot
def leave_queue(floor: Floor, group: int, lot: int, now: float) -> None:
    """Take a lot out of a group's queue, for a machine."""
    queue, lots = floor.group[group], floor.lot
    before, after = lots[lot].prev, lots[lot].next
    if before >= 0:
        lots[before].next = after
    else:
        queue.head = after
    if after >= 0:
        lots[after].prev = before
    else:
        queue.tail = before
    queue.queue += queue.size * (now - queue.since)
    queue.since = now
    queue.size -= 1
    queue.starts += 1
    queue.wait += now - lots[lot].entered
    slot = floor.step[lots[lot].step].batch_slot
    if slot >= 0:
        floor.batch_pieces[slot] -= lots[lot].pieces
