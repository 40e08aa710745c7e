"""What can be inferred of a plant from its log, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

LOG_COLUMNS: dict[str, pl.DataType] = {
    "order": pl.String(),
    "part": pl.String(),
    "order_quantity": pl.Float64(),
    "activity": pl.String(),
    "machine": pl.String(),
    "worker": pl.String(),
    "starts_at": pl.Datetime("us", "UTC"),
    "ends_at": pl.Datetime("us", "UTC"),
    "kind": pl.String(),
    "good": pl.Float64(),
    "scrap": pl.Float64(),
    "review": pl.Float64(),
    "is_rework": pl.Boolean(),
}
"""Columns of a log: one row a report. `kind` is "run", "setup" or "down"; `worker` and `order_quantity` may be null;
`good`, `scrap` and `review` are the units completed, rejected and set aside for review in this row."""

SURE, FAIR, WEAK, GUESS = "sure", "fair", "weak", "guess"


def say_confidence(num_observations: int) -> str:
    """Say how sure a figure is by its number of observations: from 30 "sure", 10 "fair", 4 "weak", else "guess"."""
    if num_observations >= 30:
        return SURE
    if num_observations >= 10:
        return FAIR
    return WEAK if num_observations >= 4 else GUESS


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that was inferred.

    Parameters
    ----------
    topic
        "log", "machines", "routings", "times", "breakdowns", "yields", "calendars", "people", "orders".
    subject
        What it is about: a machine, a part, "all".
    text
        The statement, a sentence without a full stop.
    num_observations
        Observations behind it.
    confidence
        "sure", "fair", "weak" or "guess".
    value
        The figure in it, NaN where there is none.
    low, high
        Its interval or its spread, as the text says; NaN where there is none.
    """

    topic: str
    subject: str
    text: str
    num_observations: int
    confidence: str
    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")


@dataclass(frozen=True, slots=True)
class InferenceParams:
    """How a log is read.

    Parameters
    ----------
    site
        Code of the site that the plant gets.
    time_zone
        IANA time zone of the site.
    open_share
        An hour of the week is a working hour where something ran in at least this share of the weeks, above 0.
    promise
        "none": open orders have no due date, as the log has none; "usual": they are due after the time that four in
        five finished orders of their part took.
    people_bind
        Whether operations hold somebody with the skill; false where people mind several machines at a time.
    min_breakdowns
        Fewest breakdowns from which a failure mode is made, >= 2.

    Raises
    ------
    ValueError
        When a value is outside its bounds.
    """

    site: str = "SITE"
    time_zone: str = "UTC"
    open_share: float = 0.25
    promise: str = "none"
    people_bind: bool = False
    min_breakdowns: int = 3

    def __post_init__(self) -> None:
        if not 0 < self.open_share <= 1:
            raise ValueError(f"open_share is above 0 and at most 1, not {self.open_share}")
        if self.promise not in {"none", "usual"}:
            raise ValueError(f"promise is 'none' or 'usual', not {self.promise!r}")
        if self.min_breakdowns < 2:
            raise ValueError(f"min_breakdowns is at least 2, not {self.min_breakdowns}")


@dataclass(frozen=True, slots=True)
class Inference:
    """A plant inferred from a log.

    Parameters
    ----------
    frames
        Tables by name, as the snapshot knows them; columns that are missing take their default.
    statements
        What was inferred, and how sure it is.
    variants
        Columns `part`, `rank` (1 = the routing), `steps` (capabilities joined by " > "), `orders`, `share`.
    times
        Columns `part`, `capability`, `orders`, `unit_minutes` (median), `unit_minutes_low`, `unit_minutes_high`
        (quartiles), `spread` (robust sigma of the logarithm), `setup_share`, `setup_minutes` (median where there was
        one), `units`, `yield`, `yield_low`, `yield_high` (Wilson 95 %).
    as_of
        Moment up to which the log counts.
    """

    frames: Mapping[str, pl.DataFrame]
    statements: tuple[Statement, ...]
    variants: pl.DataFrame
    times: pl.DataFrame
    as_of: datetime
