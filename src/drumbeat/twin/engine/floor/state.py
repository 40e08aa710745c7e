"""The state of a floor at a moment: everything that one replication needs to go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drumbeat.twin.engine.floor.records import Floor


@dataclass(frozen=True, slots=True)
class State:
    """A floor at a moment: lots and where they are, machines and their wear, stock, people, what is about to happen.

    Made by `simulate_floor(..., keep_states=True)`; `carry_state` moves it to a problem that has changed. It is never
    altered by playing on from it: a roadmap can branch from it as often as it likes. It can be pickled.

    Parameters
    ----------
    now
        Seconds.
    seed, replication
        Whose luck it goes on with.
    floor
        The kernel's arrays.
    """

    now: float
    seed: int
    replication: int
    floor: Floor

    @property
    def num_lots(self) -> int:
        """Lots in the system."""
        return int(self.floor.product["wip"].sum())
