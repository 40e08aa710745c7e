"""Improve decisions of a two-stage program box by box: near known ones, even a large program is solved soon."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumbeat.basics.progress import Progress, silent
from drumbeat.strategy.engine.programs.problem import TwoStageProgram
from drumbeat.strategy.engine.programs.solve_extensive import ProgramResult, solve_extensive

FIRST_GAP = 1e-2
"""The first decisions are looked for everywhere, to within this share."""


def solve_by_boxes(
    program: TwoStageProgram, reach: float = 0.2, gap: float = 1e-4, seconds: float = 8.0, most_boxes: int = 8,
    progress: Progress = silent,
) -> ProgramResult:  # fmt: skip
    """Solve a two-stage program whose whole numbers are in the second stage, by a walk from box to box.

    Where the second stage has whole numbers, its cost jumps, and the search over all decisions hardly prunes. In a box
    around decisions that are known, most of the jumps are out of reach. The walk goes to the best of a box, puts the
    next box around it, and halves the box where that is no better (neighbourhoods as of Hansen and Mladenovic 2001).

    Parameters
    ----------
    program
        What to decide.
    reach
        Half the side of the first box, as a share of each continuous decision, of 1 where it is smaller; above 0. Whole
        decisions are free in every box.
    gap
        Each box is solved to within this share.
    seconds
        Most time for a box.
    most_boxes
        Most boxes; also ends when two in a row are no better.
    progress
        Hears of every box.

    Returns
    -------
    ProgramResult
        Its bound holds for all decisions, not just for the last box: it comes from the first look everywhere.

    Raises
    ------
    InputError
        When nothing keeps all rows.
    """
    progress(0.0, "looking everywhere")
    best = solve_extensive(program, FIRST_GAP, 3 * seconds)
    bound, now, failed = best.bound, program.num_columns_now, 0
    for number in range(most_boxes):
        progress((1 + number) / (1 + most_boxes), f"box {number + 1}")
        side = np.where(program.is_whole[:now], np.inf, reach * np.maximum(np.abs(best.now), 1.0))
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[:now] = np.maximum(lower[:now], best.now - side)
        upper[:now] = np.minimum(upper[:now], best.now + side)
        found = solve_extensive(replace(program, lower=lower, upper=upper), gap, seconds)
        if found.cost < best.cost * (1 - np.sign(best.cost) * gap / 10):
            best, failed = found, 0
        else:
            failed, reach = failed + 1, reach / 2
            if failed == 2:
                break
    return replace(best, bound=min(bound, best.cost))
