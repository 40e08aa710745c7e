"""How unsure the parameters of a simulation are: sets of them, each as plausible as the data allow.

Replication r is played with set r % D. Within a set only luck differs; between sets, what is believed of the plant. The
spread between sets is what more data would take away, and widens the intervals of the answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s


def _indices() -> Int32s:
    return np.zeros(0, dtype=np.int32)


def _table() -> Floats:
    return np.zeros((0, 0), dtype=np.float64)


def _cube() -> Floats:
    return np.zeros((0, 0, 0), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Sets of parameters; every table has D rows, or none where its parameters are sure.

    Parameters
    ----------
    run_group
        Shape (T,) by task of the scheduling problem: column of the run time's tables; -1 = sure. Empty = all sure.
    run_mean, run_shape
        Shape (D, G): what the mean run time, and its shape, are multiplied by; > 0.
    life_mean, life_shape, repair_mean, repair_shape
        Shape (D, F) by failure mode: what the parameters of `Failures` are multiplied by; > 0.
    quantiles
        Shape (D, S, K): lateness by supplier, in place of `Lateness.quantiles`.
    absence
        Shape (D, P) by pool: what the rate of absence is multiplied by; >= 0.
    """

    run_group: Int32s = field(default_factory=_indices)
    run_mean: Floats = field(default_factory=_table)
    run_shape: Floats = field(default_factory=_table)
    life_mean: Floats = field(default_factory=_table)
    life_shape: Floats = field(default_factory=_table)
    repair_mean: Floats = field(default_factory=_table)
    repair_shape: Floats = field(default_factory=_table)
    quantiles: Floats = field(default_factory=_cube)
    absence: Floats = field(default_factory=_table)

    @property
    def num_sets(self) -> int:
        """Number of sets; 1 where nothing is in doubt."""
        return max(1, *(len(table) for table in self.tables))

    @property
    def tables(self) -> tuple[Floats, ...]:
        """All tables, empty ones too."""
        lives = (self.life_mean, self.life_shape, self.repair_mean, self.repair_shape)
        return (self.run_mean, self.run_shape, *lives, self.quantiles, self.absence)
