"""Policies: who plays when nobody does. Each sees a position, and plays the round's moves by what a player would see.

`Informed` alone looks at what is hidden; it is there to be compared with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from drumbeat.lab.engine.age_organisation import CHOICE, draw_uniform
from drumbeat.lab.engine.believe import known_company, list_found
from drumbeat.lab.engine.defend import price_of
from drumbeat.lab.engine.game import DECIDE, OVER, Buy, Decide, Defend, Play, Position
from drumbeat.lab.engine.make_move import list_offers, make_move
from drumbeat.lab.engine.scenario import Decision

Plan = Mapping[str, str]
"""Option by decision."""

SURE = 0.6
"""Probability that a policy gives every wager: it has no opinion."""


class Policy(Protocol):
    """Somebody who plays."""

    def buys(self, position: Position, /) -> tuple[str, ...]:
        """Return the information to buy in this round."""

    def chooses(self, position: Position, decision: Decision, /) -> str:
        """Return the code of an option; the default is taken where it cannot be chosen."""


def default_of(decision: Decision) -> str:
    """Return what happens when nothing is decided."""
    return next(option.code for option in decision.options if option.is_default)


def defend_plainly(position: Position) -> Defend:
    """Return the defence of somebody honest: all that was read, the true cost, a level that fits the probability."""
    made = position.made[-1]
    decision, option = position.scenario.option_of(made.path)
    wager = decision.wager
    better = 1.0 if (made.probability >= 0.5) == wager.at_least else -1.0
    read = [one for one in position.seen if one.ready <= position.round]
    cited = tuple(one.code for one in read if made.path not in one.opposes)
    return Defend(
        evidence=(*cited, "report.on_time"),
        cost=price_of(option, position.scenario.rounds - position.round + 1),
        level=wager.level + better * max(abs(wager.level), 1.0) * 0.01,
        steps="stop and look after each step",
    )


def play_round(position: Position, policy: Policy) -> Position:
    """Play what is left of a round as a policy would."""
    if position.phase == DECIDE:
        for code in policy.buys(position):
            position = make_move(position, Buy(code))
        decision = position.scenario.decision_of(position.round)
        assert decision is not None
        choice = policy.chooses(position, decision)
        if choice not in {option.code for option in list_offers(position)}:
            choice = default_of(decision)
        position = make_move(position, Decide(choice, SURE))
    if position.phase == "defend":
        position = make_move(position, defend_plainly(position))
    return make_move(position, Play())


def play_out(position: Position, policy: Policy) -> Position:
    """Play a game to its end as a policy would."""
    while position.phase != OVER:
        position = play_round(position, policy)
    return position


@dataclass(frozen=True, slots=True)
class Fixed:
    """Chooses by a plan whatever happens; buys what it is told, when it is told.

    Parameters
    ----------
    plan
        Option by decision; what it does not name is left at the default.
    purchases
        Information by round.
    """

    plan: Plan = field(default_factory=dict)
    purchases: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def buys(self, position: Position, /) -> tuple[str, ...]:
        """Return what the plan says."""
        return self.purchases.get(position.round, ())

    def chooses(self, _: Position, decision: Decision, /) -> str:
        """Return what the plan says."""
        return self.plan.get(decision.code, default_of(decision))


@dataclass(frozen=True, slots=True)
class Constant:
    """Always takes the option in one place of the list, 0 first; the last where there are fewer."""

    place: int = 0

    def buys(self, _: Position, /) -> tuple[str, ...]:
        """Buy nothing."""
        return ()

    def chooses(self, _: Position, decision: Decision, /) -> str:
        """Return the option in its place."""
        return decision.options[min(self.place, len(decision.options) - 1)].code


@dataclass(frozen=True, slots=True)
class Constantly:
    """Always takes an option of one kind where there is one."""

    kind: str

    def buys(self, _: Position, /) -> tuple[str, ...]:
        """Buy nothing."""
        return ()

    def chooses(self, position: Position, decision: Decision, /) -> str:
        """Return an option of its kind."""
        return next((one.code for one in list_offers(position) if one.kind == self.kind), default_of(decision))


@dataclass(frozen=True, slots=True)
class Random:
    """Chooses and buys by lot.

    Parameters
    ----------
    seed
        Of its own luck, not the game's.
    """

    seed: int

    def buys(self, position: Position, /) -> tuple[str, ...]:
        """Buy each piece of information that can be paid for with a probability of a fifth."""
        bought, left = [], position.budget_left
        for one in position.scenario.information:
            is_open = one.first <= position.round and all(seen.code != one.code for seen in position.seen)
            wants = draw_uniform(self.seed, one.code, CHOICE, position.round) < 0.2
            if is_open and wants and one.price <= left:
                bought.append(one.code)
                left -= one.price
        return tuple(bought)

    def chooses(self, position: Position, decision: Decision, /) -> str:
        """Return any of the offers."""
        offers = list_offers(position)
        return offers[int(draw_uniform(self.seed, decision.code, CHOICE, 0) * len(offers))].code


@dataclass(frozen=True, slots=True)
class Greedy:
    """Takes what promises most in the coming period, by the books; buys nothing."""

    def buys(self, _: Position, /) -> tuple[str, ...]:
        """Buy nothing."""
        return ()

    def chooses(self, position: Position, decision: Decision, /) -> str:
        """Return the option after which the next period's contribution, price paid, is the largest by the books."""
        return max(list_offers(position), key=lambda option: _imagine(position, decision.code, option.code)).code


def _imagine(position: Position, decision: str, option: str) -> float:
    """Contribution of the next period as the books have it, on luck of its own."""
    company = known_company(position)
    backlog = tuple(group.backlog for group in company.groups)
    condition = replace(position.condition, backlog=backlog, fatigue=0.0)
    imagined = replace(position, truth=company, condition=condition, seed=position.seed ^ 0x5EED)
    imagined = play_round(imagined, Fixed({decision: option}))
    return imagined.played[-1].contribution


def name_found(found: Mapping[str, float]) -> str:
    """Return a name for what has been found out: "press-backlog=1050 smiths=0.3", "" for nothing."""
    return " ".join(f"{code}={value:g}" for code, value in sorted(found.items()))


def find_plan(plans: Mapping[str, Plan], found: Mapping[str, float]) -> Plan:
    """Return the plan for what is known.

    Parameters
    ----------
    plans
        Plan by what is known (`name_found`).
    found
        What is known, by code of the hidden thing.

    Returns
    -------
    The plan for just that. Where there is none: the one for nothing, with what each thing known alone changes in it,
    and with what the plans of all ways that fit what is known agree on.
    """
    exact = plans.get(name_found(found))
    if exact is not None:
        return exact
    prior = plans.get("", {})
    joined = dict(prior)
    for code, value in sorted(found.items()):
        alone = plans.get(name_found({code: value}), prior)
        joined |= {decision: option for decision, option in alone.items() if prior.get(decision) != option}
    told = set(name_found(found).split())
    fitting = [plan for name, plan in plans.items() if told and told < set(name.split())]
    for decision, option in fitting[0].items() if fitting else ():
        if all(plan.get(decision) == option for plan in fitting):
            joined[decision] = option
    return joined


@dataclass(frozen=True, slots=True)
class Adaptive:
    """The best policy on visible information that was found: buys what is worth its price, and goes by what it says.

    Parameters
    ----------
    purchases
        Information by round.
    plans
        Plan by what has been found out (`name_found`); the one for nothing serves where there is none.
    """

    purchases: Mapping[int, tuple[str, ...]]
    plans: Mapping[str, Plan]

    def buys(self, position: Position, /) -> tuple[str, ...]:
        """Return what is worth its price."""
        return self.purchases.get(position.round, ())

    def chooses(self, position: Position, decision: Decision, /) -> str:
        """Return what the plan for this knowledge says."""
        return find_plan(self.plans, list_found(position)).get(decision.code, default_of(decision))


@dataclass(frozen=True, slots=True)
class Informed:
    """Knows what is hidden; not the luck. Give it a position that has been told all (`grant_information`).

    Parameters
    ----------
    plans
        Plan by what is hidden (`name_found`).
    """

    plans: Mapping[str, Plan]

    def buys(self, _: Position, /) -> tuple[str, ...]:
        """Buy nothing."""
        return ()

    def chooses(self, position: Position, decision: Decision, /) -> str:
        """Return what the plan for the truth says."""
        return find_plan(self.plans, position.hidden).get(decision.code, default_of(decision))
