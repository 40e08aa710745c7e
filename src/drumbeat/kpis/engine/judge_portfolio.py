"""Judge all series of a scorecard together, and say each verdict in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from drumbeat.kpis.engine.find_changes import alarm_level, estimate_correlation
from drumbeat.kpis.engine.judge_series import LEAST_BASELINE, judge_series
from drumbeat.kpis.engine.result import NOT_ENOUGH, Figure, Point, Trend, format_difference


def judge_portfolio(figures: Sequence[Figure]) -> list[Figure]:
    """Judge the trends of figures, with so few false alarms as if they were one series.

    Parameters
    ----------
    figures
        With their series; figures of the same measure at several levels count each, although they move together.

    Returns
    -------
    The same figures, in the same order, with trends and words.

    Notes
    -----
    Each series may give a false alarm in a week with a chance of 0.5 / 13 / the number of series: then all together are
    expected to give one in two quarters, whatever they have in common. See `find_changes`.
    """
    known = [[point.value for point in figure.series if point.value is not None] for figure in figures]
    judged = [series for series in known if len(series) > LEAST_BASELINE]
    level, correlation = alarm_level(len(judged)), estimate_correlation(judged)
    return [_judge(figure, level, correlation) for figure in figures]


def _judge(figure: Figure, level: float, correlation: float) -> Figure:
    values = [point.value for point in figure.series]
    floor = sampling_variance(figure.series) if figure.is_count else 0.0
    trend = judge_series(values, figure.better, level=level, correlation=correlation, floor=floor)
    return replace(figure, trend=replace(trend, words=tell_trend(trend, figure.series, figure.unit)))


def sampling_variance(series: Sequence[Point]) -> float:
    """Return the variance that a weekly share of counted things has by chance alone; 0 without any.

    One more of each kind is added (Laplace), so that a series of nothing but successes is not taken for certain.
    """
    counts = [point.n for point in series if point.value is not None and point.n > 0]
    if not counts:
        return 0.0
    met = sum(point.value * point.n for point in series if point.value is not None)
    share = (met + 1) / (sum(counts) + 2)
    return share * (1 - share) * len(counts) / sum(counts)


def tell_trend(trend: Trend, series: Sequence[Point], unit: str) -> str:
    """Say a verdict in words: "fell by 2.1 points in week 14", "no signal: within its usual spread".

    Parameters
    ----------
    trend
        Of `judge_series` on the values of the series.
    series
        For the date of a change.
    unit
        Of the values, as in `Figure`.
    """
    if trend.verdict == NOT_ENOUGH:
        return NOT_ENOUGH
    change = ""
    if trend.changed is not None and trend.before is not None and trend.after is not None:
        how = "rose" if trend.after > trend.before else "fell"
        much = format_difference(trend.after - trend.before, unit)
        change = f"{how} by {much} in {name_week(series[trend.changed].start)}"
    if trend.verdict != "noise":
        return change
    if trend.is_last_outside:
        return "no signal: last week lies outside its natural limits, but weeks like it come by chance"
    return f"no signal since it {change}" if change else "no signal: within its usual spread"


def name_week(start: datetime) -> str:
    """Name a week by the ISO number of the one that most of it lies in: "week 14"."""
    return f"week {(start + timedelta(days=3, hours=12)).isocalendar().week}"
