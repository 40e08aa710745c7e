"""What choosing among designs is asked: how a design is played, what counts as better, how sure it must be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

from drumbeat.basics.arrays import Floats, Int64s


class Evaluate(Protocol):
    """Plays designs: the twin, or anything that gives a number for a design and a replication.

    The value of a design in a replication must depend on these two alone, never on what is played beside it or on how
    the work is split; on common random numbers, replication r has the same luck for all designs.
    """

    def __call__(self, designs: Int64s, first: int, last: int, /) -> Floats:
        """Play replications `first` to `last - 1` of some designs.

        Parameters
        ----------
        designs
            Indices of designs; shape (n,).
        first, last
            Range of replications, 0 <= first < last.

        Returns
        -------
        The KPI's values, in its unit; shape (n, last - first). A row with a value that is not finite marks a design
        that cannot be played: it is dropped and named.
        """


@dataclass(frozen=True, slots=True)
class Observed:
    """Values that are there already, as an `Evaluate`.

    Parameters
    ----------
    values
        Design by replication, paired: column r is replication r of every design; shape (designs, replications).
    """

    values: Floats

    def __call__(self, designs: Int64s, first: int, last: int, /) -> Floats:
        """Return the columns asked for."""
        return self.values[designs, first:last]


@dataclass(frozen=True, slots=True)
class Workers:
    """Who plays the designs; the answer is the same, bit by bit, whoever does.

    Parameters
    ----------
    cores
        Workers on this machine; 0 or less = all cores.
    use
        "threads" where `Evaluate` is a compiled kernel that releases the interpreter's lock, else "processes".
    cluster
        Address of a Dask scheduler that plays them instead; None = this machine.
    """

    cores: int = 1
    use: Literal["threads", "processes"] = "threads"
    cluster: str | None = None


HERE = Workers()
"""One core of this machine."""


@dataclass(frozen=True, slots=True)
class SelectParams:
    """How to choose.

    Parameters
    ----------
    delta
        Indifference zone, in the KPI's unit, > 0: designs that are worse by less than this are as good as the best.
    higher_is_better
        Whether higher values are better.
    alpha
        Probability, 0 to 0.5 exclusive, that the design chosen from the short list may be worse by `delta` or more.
    short_list
        Designs that halving leaves for the sequential selection, >= 1. With no more designs than this, halving is
        left out and the guarantee is for all of them.
    budget
        Plays (designs times replications) that screening and halving may take; None = 16 for each design, or 2 where
        designs are screened by what they are made of.
    keep
        Share of the designs that each round of halving keeps, 0 to 1 exclusive.
    first_stage
        Replications from which the sequential selection estimates variances, >= 3.
    most
        Replications of a design in the sequential selection at most, >= `first_stage`; when that is reached the
        choice stands without its guarantee.
    seed
        Of the draws that weigh what remains uncertain; the plays' luck is `Evaluate`'s own.

    Raises
    ------
    ValueError
        Naming every parameter that is out of its range.
    """

    delta: float
    higher_is_better: bool = True
    alpha: float = 0.05
    short_list: int = 10
    budget: int | None = None
    keep: float = 0.5
    first_stage: int = 20
    most: int = 10_000
    seed: int = 1

    def __post_init__(self) -> None:
        rules = {
            "delta": (math.isfinite(self.delta) and self.delta > 0, "above 0"),
            "alpha": (0 < self.alpha < 0.5, "above 0 and below 0.5"),
            "short_list": (self.short_list >= 1, "1 or more"),
            "budget": (self.budget is None or self.budget >= 1, "1 or more"),
            "keep": (0 < self.keep < 1, "above 0 and below 1"),
            "first_stage": (self.first_stage >= 3, "3 or more"),
            "most": (self.most >= self.first_stage, f"{self.first_stage} (first_stage) or more"),
        }
        broken = [f"{name} is {said}, not {getattr(self, name)}" for name, (holds, said) in rules.items() if not holds]
        if broken:
            raise ValueError("; ".join(broken))
