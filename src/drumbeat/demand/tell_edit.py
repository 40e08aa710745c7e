"""Tell what an edit does to the newest forecast: what it found, what it left, or why it is left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from drumbeat.demand.models import ForecastEdit
from drumbeat.demand.read_forecast import read_current


class Effect(NamedTuple):
    """What an edit does to the newest forecast.

    Parameters
    ----------
    before, after
        Units that it found and left, over the days that it is about; None where it does not count.
    said
        Why it does not count, or what is to be known of it; "" = nothing.
    """

    before: float | None
    after: float | None
    said: str


def tell_edit(edit: ForecastEdit) -> Effect:
    """Tell what an edit does to the newest forecast; other edits stay as they are."""
    return tell_edits([edit])[edit.code]


def tell_edits(edits: Iterable[ForecastEdit]) -> dict[str, Effect]:
    """Tell what each of some edits does to the newest forecast, by code."""
    current = read_current()
    if current is None:
        none = Effect(None, None, "Nothing has been forecast yet: it counts from the first forecast on.")
        return {edit.code: none for edit in edits}
    rows = {row["code"]: row for row in current.edits.iter_rows(named=True)}
    said: dict[str, list[str]] = {}
    for finding in current.findings.shown:
        text = f"{finding.rule[:1].upper()}{finding.rule[1:]}. {finding.remedy}."
        said.setdefault(str(finding.value).partition(": ")[0], []).append(text)
    told = {}
    for edit in edits:
        row, words = rows.get(edit.code), " ".join(said.get(edit.code, []))
        if row is None:
            told[edit.code] = Effect(None, None, words or "It is about no day of the newest forecast.")
        else:
            told[edit.code] = Effect(row["before"], row["after"], words)
    return told
