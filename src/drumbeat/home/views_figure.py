"""A figure of the scorecard opened: its weeks, whether they moved, and the rows behind each of them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from drumbeat.home.draw_fan import draw_chart
from drumbeat.home.read_scorecard import read_scorecard, shown_levels
from drumbeat.home.sight import Sight, page
from drumbeat.kpis.actions import Figure
from drumbeat.kpis.engine.build_figures import WEEK
from drumbeat.kpis.engine.judge_portfolio import name_week
from drumbeat.kpis.engine.result import format_value
from drumbeat.kpis.read_facts import FACTS, read_facts

ROWS_PER_PAGE = 50


@page("viewer")
def figure(request: HttpRequest, sight: Sight, key: str) -> HttpResponse:
    """Show a figure of a place week by week, and the rows of one week or of the whole period."""
    card = read_scorecard(sight)
    levels = shown_levels(sight)
    figures = [one for one in (card.figures if card else ()) if one.key == key and one.level in levels]
    if not figures:
        raise Http404(f"There is no figure {key} at the sites that you may see.")
    wanted = (request.GET.get("level", ""), request.GET.get("scope", ""))
    shown = next((one for one in figures if (one.level, one.scope) == wanted), figures[0])
    week = _find_week(shown, request.GET.get("week", ""))
    start, end = (week, week + WEEK) if week else (shown.start, shown.end)
    rows = read_facts(key, shown.level, shown.scope, start, end)
    shown_rows = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page")) if rows is not None else None
    context = {
        "sight": sight, "tab": "scorecard", "figure": shown, "figures": figures, "week": week,
        "chart": draw_chart([asdict(point) for point in shown.series], shown.unit, asdict(shown.trend)),
        "weeks": [
            {"point": point, "name": name_week(point.start), "value": _text(point.value, shown.unit)}
            for point in reversed(shown.series)
        ],
        "page": shown_rows, "title": FACTS[key].title if key in FACTS else "",
        "columns": _columns(key), "cells": _cells(key, shown_rows),
    }  # fmt: skip
    return render(request, "home/figure.html", context)


def _find_week(shown: Figure, asked: str) -> datetime | None:
    """The start of the week that was asked for by its first day; None for none, or one that is not there."""
    return next((point.start for point in shown.series if f"{point.start:%Y-%m-%d}" == asked), None)


def _text(value: float | None, unit: str) -> str:
    return "" if value is None else format_value(value, unit)


def _columns(key: str) -> list[str]:
    return [name.replace("_", " ") for name in FACTS[key].columns] if key in FACTS else []


def _cells(key: str, rows: Any) -> list[list[Any]]:
    if rows is None:
        return []
    names = FACTS[key].columns
    return [[_cell(row, name) for name in names] for row in rows]


def _cell(row: Any, name: str) -> Any:
    field = row._meta.get_field(name)
    return getattr(row, field.attname)
