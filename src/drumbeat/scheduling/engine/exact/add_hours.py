"""Working hours in a model: work goes on while calendars are open, and pauses or may not while they are closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from drumbeat.basics.calendars import OpenTimes, intersect_calendars
from drumbeat.scheduling.engine.exact.model import CpsatModel, NotModelledError
from drumbeat.scheduling.engine.shop import own_calendar


@dataclass(frozen=True)
class Hours:
    """Open intervals up to the model's horizon, in its units, and what is worked before each."""

    opens: list[int]
    closes: list[int]
    before: list[int]

    @classmethod
    def of(cls, made: CpsatModel, times: OpenTimes) -> Hours:
        """Cut open times at the horizon; the last interval may reach beyond it."""
        opens, closes, before, worked = [], [], [], 0
        for start, end in zip(times.open_start.tolist(), times.open_end.tolist(), strict=True):
            if start // made.unit > made.horizon:
                break
            if end <= made.outside.floor:
                continue
            opens.append(start // made.unit)
            closes.append(made.in_units(end))
            before.append(worked)
            worked += closes[-1] - opens[-1]
        return cls(opens, closes, before)

    @property
    def total(self) -> int:
        """Units worked in all."""
        return self.before[-1] + self.closes[-1] - self.opens[-1] if self.opens else 0

    def worked(self, moment: int) -> int:
        """Units worked up to a moment."""
        return max(
            (
                before + min(moment, close) - start
                for start, close, before in zip(self.opens, self.closes, self.before, strict=True)
                if start <= moment
            ),
            default=0,
        )

    def reach(self, worked: int) -> int | None:
        """First moment by which so much is worked; None where it never is."""
        for start, close, before in zip(self.opens, self.closes, self.before, strict=True):
            if worked <= before + close - start:
                return start + worked - before
        return None


def join_hours(made: CpsatModel, times: OpenTimes | None, calendars: list[int]) -> Hours | None:
    """Hours in which some open times and calendars are all open; None for always."""
    if times is None and not any(calendar >= 0 for calendar in calendars):
        return None
    # Many tasks share them. The open times are kept, too, so that no other object gets their number.
    key = (id(times), *calendars)
    if key not in made.hours:
        own = [own_calendar(made.problem, calendar) for calendar in calendars if calendar >= 0]
        parts = [part for part in (times, *own) if part is not None]
        made.hours[key] = (times, Hours.of(made, intersect_calendars(parts)))
    hours: Hours = made.hours[key][1]
    return hours


def add_work(
    made: CpsatModel, start: Any, end: Any, work: Any, hours: Hours | None, literal: Any, can_pause: bool
) -> None:
    """Let work begin at `start`, at an open moment, and end at `end`, wherever `literal` holds.

    `start` is a number (of a fixed task: it may then be closed) or a variable, `work` a number or an expression.
    Nothing ends at an opening.
    """
    model = made.model
    if hours is None:
        model.add(end == start + work).only_enforce_if(literal)
    elif isinstance(start, int):
        _add_from_number(made, start, end, work, hours, literal)
    elif isinstance(work, int):
        _add_fixed_work(made, start, end, work, hours, literal, can_pause)
    elif can_pause:
        _add_pausing(made, start, end, work, hours, literal)
    else:
        inside = _choose(made, hours, literal)
        for chosen, opens, closes in zip(inside, hours.opens, hours.closes, strict=True):
            model.add(start >= opens).only_enforce_if(chosen)
            model.add(start <= closes - 1).only_enforce_if(chosen)
            model.add(end <= closes).only_enforce_if(chosen)
        model.add(end == start + work).only_enforce_if(literal)


def _choose(made: CpsatModel, hours: Hours, literal: Any) -> list[Any]:
    """One literal for each open interval, of which one is true where `literal` is."""
    made.count_pieces(len(hours.opens))
    inside = [made.model.new_bool_var("") for _ in hours.opens]
    made.model.add_exactly_one([*inside, literal.negated()])
    return inside


def _add_from_number(made: CpsatModel, start: int, end: Any, work: Any, hours: Hours, literal: Any) -> None:
    worked = hours.worked(start)
    if not isinstance(work, int):
        _add_end(made, end, worked + work, hours, literal)
        return
    moment = start if work == 0 else hours.reach(worked + work)
    if moment is None:
        raise NotModelledError("a fixed task outlasts its calendars")
    made.model.add(end == moment).only_enforce_if(literal)


def _add_fixed_work(
    made: CpsatModel, start: Any, end: Any, work: int, hours: Hours, literal: Any, can_pause: bool
) -> None:
    model = made.model
    pairs = list(zip(hours.opens, hours.closes, strict=True))
    if not can_pause:
        spans = [[opens, min(closes - max(work, 1), made.horizon)] for opens, closes in pairs]
        allowed = cp_model.Domain.from_intervals([span for span in spans if span[0] <= span[1]])
        model.add_linear_expression_in_domain(start, allowed).only_enforce_if(literal)
        model.add(end == start + work).only_enforce_if(literal)
        return
    pieces = find_pieces(pairs, work, made.horizon)
    made.count_pieces(len(pieces))
    chosen = [model.new_bool_var("") for _ in pieces]
    model.add_exactly_one([*chosen, literal.negated()])
    for piece, (first, last, lasts) in zip(chosen, pieces, strict=True):
        model.add_linear_constraint(start, first, last).only_enforce_if(piece)
        model.add(end == start + lasts).only_enforce_if(piece)


def find_pieces(intervals: list[tuple[int, int]], work: int, horizon: int) -> list[tuple[int, int, int]]:
    """Ranges of starts over which work that pauses lasts equally long: (first, last, length) each."""
    pieces = []
    for i, (opens, closes) in enumerate(intervals):
        first, closed, k = opens, 0, i
        until = closes - work  # last start that ends in interval k
        while first < closes:
            last = min(until, closes - 1, horizon)
            if last >= first:
                pieces.append((first, last, work + closed))
                first = last + 1
            if first > horizon or k + 1 >= len(intervals):
                break
            closed += intervals[k + 1][0] - intervals[k][1]
            until += intervals[k + 1][1] - intervals[k + 1][0]
            k += 1
    return pieces


def _add_pausing(made: CpsatModel, start: Any, end: Any, work: Any, hours: Hours, literal: Any) -> None:
    """Count in time worked: from the start's, by the work, to the end's."""
    model = made.model
    worked = model.new_int_var(0, hours.total, "")
    for chosen, opens, closes, before in zip(
        _choose(made, hours, literal), hours.opens, hours.closes, hours.before, strict=True
    ):
        model.add(start == worked + (opens - before)).only_enforce_if(chosen)
        model.add_linear_constraint(worked, before, before + closes - opens - 1).only_enforce_if(chosen)
    is_some = model.new_bool_var("")
    model.add(work >= 1).only_enforce_if(is_some)
    model.add(work == 0).only_enforce_if(is_some.negated())
    model.add(end == start).only_enforce_if([literal, is_some.negated()])
    _add_end(made, end, worked + work, hours, made.both(literal, is_some))


def _add_end(made: CpsatModel, end: Any, worked: Any, hours: Hours, literal: Any) -> None:
    """Let the end be the first moment by which so much, more than at an opening, is worked."""
    for chosen, opens, closes, before in zip(
        _choose(made, hours, literal), hours.opens, hours.closes, hours.before, strict=True
    ):
        made.model.add(end == worked + (opens - before)).only_enforce_if(chosen)
        made.model.add_linear_constraint(worked, before + 1, before + closes - opens).only_enforce_if(chosen)


def add_next_open(made: CpsatModel, moment: Any, following: Any, hours: Hours, literal: Any) -> None:
    """Let `following` be the first open moment at or after `moment`, which is open or a closing."""
    model = made.model
    same = model.new_bool_var("")
    model.add(following == moment).only_enforce_if(same)
    jumps = [model.new_bool_var("") for _ in hours.opens[1:]]
    model.add_exactly_one([same, *jumps, literal.negated()])
    for jump, closes, opens in zip(jumps, hours.closes, hours.opens[1:], strict=False):
        model.add(moment == closes).only_enforce_if(jump)
        model.add(following == opens).only_enforce_if(jump)
    inside = [[opens, closes - 1] for opens, closes in zip(hours.opens, hours.closes, strict=True)]
    model.add_linear_expression_in_domain(following, cp_model.Domain.from_intervals(inside)).only_enforce_if(literal)
