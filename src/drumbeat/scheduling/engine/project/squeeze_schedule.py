"""Squeezing one schedule after the other, a chunk of stretches at a time."""

from __future__ import annotations

import numpy as np

from drumbeat.scheduling.engine.project.build_model import Incumbent
from drumbeat.scheduling.engine.project.build_network import Project
from drumbeat.scheduling.engine.project.luck import make_luck
from drumbeat.scheduling.engine.project.place_tasks import make_room
from drumbeat.scheduling.engine.project.squeeze import make_hole, squeeze

SECONDS_PER_STRETCH, SECONDS_PER_TASK = 5e-4, 1e-6
"""What it takes to try one, and for each task of the project besides; deterministic searches count it."""
STRETCHES = 8
"""Tried at a time."""
SHORTEST, LONGEST = 8.0, 45.0
"""Tasks that a stretch holds, about."""


class Squeezer:
    """A schedule that is squeezed, its modes kept, and rearranged at the same length where it cannot be.

    Parameters
    ----------
    project, incumbent
        What it begins with.
    seed, lane
        Of its luck.
    """

    def __init__(self, project: Project, incumbent: Incumbent, seed: int, lane: int) -> None:
        self.project = project
        self._kernel = project.network, make_room(project.network), make_hole(project.network)
        self._luck = make_luck(seed, lane)
        self._turn = 0
        self._place = np.empty_like(project.topology)
        self._place[project.topology] = np.arange(len(project.topology))
        self.take(incumbent)

    def take(self, incumbent: Incumbent) -> None:
        """Go on from another schedule."""
        self.current = Incumbent(incumbent.mode.copy(), incumbent.start.copy())
        self._order = np.lexsort((self._place, self.current.start))

    def work(self) -> float:
        """Squeeze, or every other time rearrange; return the seconds that this takes on an ordinary core."""
        self._turn += 1
        gain = self._turn % 2
        span = int(self.current.end(self.project).max(initial=1))
        mean = span / max(len(self._order), 1)
        share = (self._turn * 0.618034) % 1.0
        length = max(1, int(mean * (SHORTEST + share * (LONGEST - SHORTEST))))
        tries = STRETCHES
        squeeze(
            *self._kernel,
            self._order,
            self.current.mode,
            self.current.start,
            gain,
            length,
            tries,
            self._luck,
        )
        return (SECONDS_PER_STRETCH + SECONDS_PER_TASK * len(self._order)) * tries
