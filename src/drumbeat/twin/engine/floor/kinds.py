"""Words of the floor as numbers: rules, units, clocks, what machines do, what happens. Kernels know no nouns."""

from __future__ import annotations

import numpy as np

FIFO, EDD, SPT, CRITICAL_RATIO, ATC = range(5)
"""Dispatching rules. First come first served at the group; earliest due time; shortest run; (due - now) / work left;
apparent tardiness cost (Vepsalainen and Morton 1987): weight / run x exp(-max(0, due - now - work left) / (2 x the mean
run of those that wait))."""

PER_LOT, PER_PIECE, PER_BATCH = range(3)
"""What a run time is for. For a batch and a lot the same, but with `PER_BATCH` one draw serves the whole batch, that of
its first lot; otherwise a batch takes its longest lot's time."""

RENEWAL, SATURATED, CONSTANT_WIP = range(3)
"""Kinds of source: intervals are drawn; there is always one more lot (the first machines never starve); one lot comes
for each that leaves."""

BUSY, CALENDAR, PIECES = range(3)
"""What a clock counts: seconds of setup and run, all seconds, pieces."""

DURING_RUN, DURING_SETUP, DURING_BOTH = range(3)
"""When units of a pool are held."""

UNIFORM, EMPIRICAL = 5, 6
"""Two more kinds of distribution than `drumbeat.basics.streams` knows."""

IDLE, SETTING_UP, RUNNING, BLOCKED, BROKEN, IN_CARE, CLOSED, STOPPED, LACKING = range(9)
"""What a machine does. Nothing, as no lot waits (or none that makes a batch); setting up; running; holding a lot that
finds no place; under repair or waiting for it; in planned maintenance; closed by its calendar; stopped by an outage;
waiting for people, tools or material while a lot is there. Of several stops at once the first in the order BROKEN,
STOPPED, CLOSED counts."""

NUM_STATES = 9

RELEASE, START_SETUP, START_RUN, PAUSE, RESUME, END_RUN, BLOCK, LEAVE, SCRAP, FINISH = range(10)
FAIL, REPAIRED, START_CARE, END_CARE, LOSE = range(10, 15)
"""Kinds of events in a trace. END_RUN ends a setup or a run; LEAVE: the lot leaves the machine; PAUSE and RESUME: work
stops and goes on (a breakdown, a closing, an outage); LOSE: an arrival finds no place."""

EVENT = np.dtype(
    [("time", np.float64), ("kind", np.int32), ("machine", np.int32), ("product", np.int32), ("step", np.int32),
     ("lot", np.int64), ("pieces", np.int64)]
)  # fmt: skip
"""One event; -1 for what it has not. `lot` is unique in the replication: the number of its release. Of FAIL, REPAIRED,
START_CARE and END_CARE `lot` is the index of the failure mode or of the care."""
