"""The condition of a company between two periods: what wears, tires, trusts, leaves and is under way."""

from __future__ import annotations

from dataclasses import dataclass

from drumbeat.lab.engine.company import Company


@dataclass(frozen=True, slots=True)
class Adoption:
    """Changes that are being made, or have been: an option that was chosen, an event that happened.

    Parameters
    ----------
    path
        "decision.option" or "event.code".
    progress
        Periods of full attention that it has had; negative while it waits to begin.
    takes
        Periods of full attention until it is done.
    effort
        Initiatives that it is worth until then.
    age
        Calendar periods since it was adopted.
    """

    path: str
    progress: float
    takes: int
    effort: float
    age: int = 0

    @property
    def is_running(self) -> bool:
        """Whether it still takes attention."""
        return self.effort > 0 and self.progress < self.takes


@dataclass(frozen=True, slots=True)
class LotOnFloor:
    """A lot that a period leaves unfinished.

    Parameters
    ----------
    product
        Code.
    step
        Step of its routing at which it is, 0 = the first; one under way begins anew.
    pieces
        What is left of it.
    age_seconds, due_seconds
        Since its release; until it is due, below 0 when it is late.
    """

    product: str
    step: int
    pieces: int
    age_seconds: float
    due_seconds: float


@dataclass(frozen=True, slots=True)
class Condition:
    """What a period leaves to the next one.

    Parameters
    ----------
    backlog
        Hours of overdue upkeep, by group in the company's order.
    gaps
        By skill: weeks until each of those who left is replaced.
    outages
        By supplier: weeks until it delivers again, 0 = it does; and weeks of our stock already used up.
    fatigue, trust
        0 to 1.
    goodwill
        What demand is multiplied by, 0.2 to 1: customers who were let down are gone.
    escapes
        Bad pieces delivered in the last period, still to be found by customers.
    cash, committed
        Money there is, and money of the player's budget that is spent.
    adoptions
        Changes made so far, in order.
    floor
        Lots on the floor, by product in the order in which they came.
    """

    backlog: tuple[float, ...]
    gaps: tuple[tuple[float, ...], ...]
    outages: tuple[tuple[float, float], ...]
    fatigue: float
    trust: float
    goodwill: float
    escapes: float
    cash: float
    committed: float = 0.0
    adoptions: tuple[Adoption, ...] = ()
    floor: tuple[LotOnFloor, ...] = ()

    @property
    def num_running(self) -> float:
        """Initiatives under way, those of before the game excluded."""
        return sum(one.effort for one in self.adoptions if one.is_running)


def begin_condition(company: Company) -> Condition:
    """Return the condition in which a company starts, as its parameters say."""
    return Condition(
        backlog=tuple(group.backlog for group in company.groups),
        gaps=tuple(() for _ in company.skills),
        outages=tuple((0.0, 0.0) for _ in company.suppliers),
        fatigue=company.organisation.fatigue,
        trust=company.organisation.trust,
        goodwill=1.0,
        escapes=0.0,
        cash=company.money.cash,
    )
