"""What choosing among designs gives back: the choice, how it came about, and what remains uncertain."""

from __future__ import annotations

from dataclasses import dataclass

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.intervals import Interval


@dataclass(frozen=True, slots=True)
class Round:
    """One round of halving.

    Parameters
    ----------
    num_designs
        Designs played.
    replications
        Replications that each of them had by then, earlier rounds included.
    num_kept
        Designs that stayed.
    """

    num_designs: int
    replications: int
    num_kept: int


@dataclass(frozen=True, slots=True)
class Screening:
    """What screening combinations of measures leaves.

    Parameters
    ----------
    designs
        Those kept, best estimate first; shape (k,).
    estimates
        Estimated value of every design, played or not; nan for those that failed; shape (designs,).
    share_explained
        Share of the spread within blocks that the measures explain, 0 to 1: near 0, screening is guessing.
    failed
        Designs that could not be played; shape (f,).
    replications
        First replication that was not used yet.
    num_plays
        Designs that were played, once each.
    """

    designs: Int64s
    estimates: Floats
    share_explained: float
    failed: Int64s
    replications: int
    num_plays: int


@dataclass(frozen=True, slots=True)
class Halving:
    """What successive halving leaves.

    Parameters
    ----------
    designs
        The short list, best mean first; shape (s,).
    means
        Their means over the last round's replications; shape (s,).
    rounds
        In order.
    failed
        Designs that could not be played; shape (f,).
    replications
        First replication that was not used yet.
    num_plays
        Designs times replications that were played.
    """

    designs: Int64s
    means: Floats
    rounds: tuple[Round, ...]
    failed: Int64s
    replications: int
    num_plays: int


@dataclass(frozen=True, slots=True)
class Elimination:
    """What the sequential selection leaves.

    Parameters
    ----------
    designs
        The designs it was asked about, without those that failed; shape (k,).
    best
        Row of the best of them, of `designs` and `values`.
    replications
        Replications after which each was dropped or the selection ended; shape (k,).
    values
        Values by design and replication, nan after a design was dropped; shape (k, most replications).
    is_decided
        Whether it ended by its rule, and thus with its guarantee; False when `most` replications were reached first.
    failed
        Designs that could not be played; shape (f,).
    """

    designs: Int64s
    best: int
    replications: Int64s
    values: Floats
    is_decided: bool
    failed: Int64s


@dataclass(frozen=True, slots=True)
class Weighing:
    """What remains uncertain about a choice.

    Parameters
    ----------
    probability_best
        Probability that each design is the best of them; sums to 1; shape (k,).
    expected_loss
        What choosing each design is expected to lose against the best, in the KPI's unit, >= 0; shape (k,).
    best
        The design with the best mean; of equal ones the first.
    differences
        Each design less the best one, with intervals that all hold at once with the probability asked for
        (Bonferroni); (0, 0, 0) for the best itself.
    """

    probability_best: Floats
    expected_loss: Floats
    best: int
    differences: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """The choice among designs.

    Parameters
    ----------
    best
        Index of the design that was chosen; -1 when every design failed.
    short_list
        Indices of the designs that were left after halving, the chosen one first, then by their means; shape (s,).
    means, replications
        Their means, and on how many replications those stand; shape (s,).
    weighing
        P(best), expected loss and differences, in the order of `short_list`; None without a design.
    is_guaranteed
        Whether the best of the short list is chosen with probability 1 - alpha at least, up to `delta`.
    is_complete
        Whether the short list holds all designs: then the guarantee is for all of them.
    screening
        What screening said of every design; None without features, or with few designs.
    rounds
        The rounds of halving; empty when there were few designs.
    failed
        Indices of designs that could not be played.
    num_plays
        Designs times replications that were played.
    """

    best: int
    short_list: Int64s
    means: Floats
    replications: Int64s
    weighing: Weighing | None
    is_guaranteed: bool
    is_complete: bool
    screening: Screening | None
    rounds: tuple[Round, ...]
    failed: Int64s
    num_plays: int
