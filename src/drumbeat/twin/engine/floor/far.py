"""Where kernels find the far ones that they call by address, and a floor its arrays."""

from __future__ import annotations

from functools import cache

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.twin.engine.floor import records as r
from drumbeat.twin.engine.floor.draw_time import draw_rare
from drumbeat.twin.engine.floor.end import decide, go_on
from drumbeat.twin.engine.floor.memory import FAR, KINDS, PLACES
from drumbeat.twin.engine.floor.play import happen_rarely
from drumbeat.twin.engine.floor.release import release_split
from drumbeat.twin.engine.floor.settle import pull, serve_any, settle_far, settle_pending
from drumbeat.twin.engine.floor.start import gather
from drumbeat.twin.engine.floor.upkeep import break_busy, care_round, check_care

KERNELS = (
    draw_rare, happen_rarely, serve_any, pull, settle_pending, release_split, go_on, break_busy, check_care, care_round,
    decide, gather, settle_far,
)  # fmt: skip
"""In the order of their places, see `memory`."""


@cache
def _find_addresses() -> tuple[int, ...]:
    """Compile or load the far kernels once a process; their addresses."""
    found = []
    for kernel in KERNELS:
        compiled = kernel.get_compile_result(FAR)
        assert compiled.signature == FAR, f"{kernel.__name__} does not give a float64"
        found.append(compiled.library.get_pointer_to_function(compiled.fndesc.llvm_cfunc_wrapper_name))
    return tuple(found)


def make_table(floor: r.Floor) -> Int64s:
    """Make the table of a floor's addresses; floor and table must outlive the kernel that gets it."""
    addresses = _find_addresses()
    table = np.zeros((len(KINDS) + len(addresses), PLACES), np.int64)
    for n, (name, array) in enumerate(floor._asdict().items()):
        kind, dimensions = KINDS[name]
        assert array.dtype == np.dtype(kind), name
        assert array.ndim == dimensions, name
        assert array.flags.c_contiguous, name
        table[n, 0] = array.ctypes.data
        table[n, 1 : 1 + dimensions] = array.shape
    table[len(KINDS) :, 0] = addresses
    return table
