"""Observed times, whole and cut: what distributions are fitted to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from drumbeat.basics.arrays import Floats

COMPLETE, RUNNING, REST, RUNNING_REST = 0, 1, 2, 3
"""What is known of a time: begin and end; that it has lasted so long (right-censored); begun before the record at an
unknown moment and ended so long after the record's start; begun before it and still going on so long after."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Observed times.

    Parameters
    ----------
    value
        Shape (n,): seen length, in any unit, > 0 and finite.
    kind
        Shape (n,): `COMPLETE`, `RUNNING`, `REST` or `RUNNING_REST`.

    Raises
    ------
    ValueError
        When the shapes differ, a value is not above 0 and finite, or a kind is unknown.
    """

    value: Floats
    kind: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.value.ndim != 1 or self.value.shape != self.kind.shape:
            raise ValueError(f"values and kinds have one shape (n,), not {self.value.shape} and {self.kind.shape}")
        if not (np.isfinite(self.value) & (self.value > 0)).all():
            raise ValueError("observed times are above 0 and finite")
        if not np.isin(self.kind, (COMPLETE, RUNNING, REST, RUNNING_REST)).all():
            raise ValueError("a time is complete, running, a rest or a running rest")

    @classmethod
    def of(
        cls, complete: ArrayLike = (), running: ArrayLike = (), rest: ArrayLike = (), running_rest: ArrayLike = ()
    ) -> Sample:
        """Make a sample of its four kinds of times.

        Examples
        --------
        >>> Sample.of([3.0, 5.0], running=[7.0]).num_ended
        2
        """
        parts = [np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in (complete, running, rest, running_rest)]
        return cls(np.concatenate(parts), np.repeat(np.arange(4), [len(part) for part in parts]))

    @classmethod
    def join(cls, samples: Iterable[Sample]) -> Sample:
        """Put samples together; an empty one of none."""
        parts = list(samples)
        if not parts:
            return cls.of()
        return cls(np.concatenate([part.value for part in parts]), np.concatenate([part.kind for part in parts]))

    @property
    def size(self) -> int:
        """Number of observations."""
        return len(self.value)

    @property
    def num_ended(self) -> int:
        """Number of ends that were seen."""
        return int(np.isin(self.kind, (COMPLETE, REST)).sum())

    @property
    def mean_if_memoryless(self) -> float:
        """Time seen over ends seen: the mean if nothing aged; with a half end where none was seen, nan without any."""
        total = float(self.value.sum())
        return total / max(self.num_ended, 0.5) if total > 0 else float("nan")
