"""The facilitator's pages: gather a cohort, seat people, pause, let things happen, compare, take the log away."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import polars as pl
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import require
from drumbeat.basics.findings import InputError
from drumbeat.demand.views import send_sheets
from drumbeat.lab import actions, actions_cohort
from drumbeat.lab.engine.company import list_parameters
from drumbeat.lab.find_scenario import parse, text_of
from drumbeat.lab.models import Cohort, Game, Seat
from drumbeat.lab.read_number import read_number

MOST_TEAMS = 40
Act = Callable[[Any, int, Any], str]


@require("planner")
def cohorts(request: Any) -> HttpResponse:
    """List the cohorts that one facilitates, and gather a new one."""
    cards = actions.list_scenarios()
    context = {"cohorts": actions_cohort.cohorts_of(request.user), "cards": cards}
    return render(request, "lab/cohorts.html", context)


@require("planner")
@require_POST
def new_cohort(request: Any) -> HttpResponse:
    """Gather a cohort."""
    form = request.POST
    teams = [line.strip() for line in form.get("teams", "").splitlines() if line.strip()][:MOST_TEAMS]
    try:
        made = actions_cohort.create_cohort(
            request.user, form.get("name", ""), form.get("scenario", "")[:60], timezone.now(), teams=teams,
            transfer=form.get("transfer", "")[:60],
        )  # fmt: skip
    except InputError as error:
        messages.error(request, str(error))
        return redirect("cohorts")
    return redirect("cohort", made.pk)


def _find(request: Any, number: int) -> Cohort:
    """Return a cohort of the user's; the page of any other one does not exist for them."""
    try:
        return actions_cohort.find_cohort(request.user, number)
    except PermissionDenied as error:
        raise Http404(str(error)) from None


@require("planner")
def cohort(request: Any, number: int) -> HttpResponse:
    """Show a cohort: who is in it, how far its games are, and what they did; in the order of names, no ranking."""
    found = _find(request, number)
    rows = actions_cohort.compare_games(request.user, number)
    scenario = parse(text_of(found.scenario))
    mine = [row for row in rows if row["purpose"] == Game.Purpose.PLAY]
    context = {
        "cohort": found, "rows": mine, "teams": found.teams.prefetch_related("seats__user"),
        "seats": found.seats.select_related("user", "team"), "roles": Seat.Role.choices,
        "decisions": [(one.code, one.title) for one in scenario.decisions],
        "chosen": [
            (row, sum(row["mistakes"].values()), [row["choices"].get(one.code, "") for one in scenario.decisions])
            for row in mine
        ],
        "learning": actions_cohort.measure_learning(request.user, number), "title": scenario.title,
        "currency": scenario.company.money.currency, "rounds": scenario.rounds,
        "parameters": [
            (key, f"{key}: {field.metadata['doc']} {field.metadata['unit']}".rstrip())
            for key, field in list_parameters(scenario.company).items()
        ],
    }  # fmt: skip
    part = request.headers.get("HX-Target") == "games"
    return render(request, "lab/cohort_games.html" if part else "lab/cohort.html", context)


def _act(do: Act) -> Callable[..., HttpResponse]:
    """Make the view of what a facilitator does."""

    @require("planner")
    @require_POST
    def view(request: Any, number: int) -> HttpResponse:
        _find(request, number)
        try:
            messages.success(request, do(request.user, number, request.POST))
        except InputError as error:
            messages.error(request, str(error))
        return redirect("cohort", number)

    return view


def _team(user: Any, number: int, form: Any) -> str:
    return f"Added: {actions_cohort.add_team(user, number, form.get('name', ''), timezone.now()).name}."


def _seat(user: Any, number: int, form: Any) -> str:
    seat_id = int(form.get("seat", "0")) if form.get("seat", "").isdigit() else 0
    seat = actions_cohort.assign_seat(user, number, seat_id, team=form.get("team", ""), role=form.get("role", ""))
    return f"{seat.user.username}: {seat.get_role_display()}, {seat.team.name if seat.team else 'no team'}."


def _pause(user: Any, number: int, form: Any) -> str:
    paused = form.get("pause") == "yes"
    actions_cohort.pause_cohort(user, number, is_paused=paused)
    return "Paused: nobody can move until it goes on." if paused else "It goes on."


def _inject(user: Any, number: int, form: Any) -> str:
    change: dict[str, Any] = {
        "parameter": form.get("parameter", ""), "how": form.get("how", ""),
        "value": read_number(form, "value", "how much"),
    }  # fmt: skip
    lasts = form.get("lasts", "").strip()
    if lasts:
        change["lasts"] = int(read_number(form, "lasts", "for how many periods"))
    games = [int(one) for one in form.getlist("game") if one.isdigit()]
    told = actions_cohort.inject_event(user, number, form.get("text", ""), [change], timezone.now(), games=games)
    return f"It happens in {len(told)} games, from their next period on."


add_team = _act(_team)
assign_seat = _act(_seat)
pause = _act(_pause)
inject = _act(_inject)


@require("planner")
def export(request: Any, number: int) -> HttpResponse:
    """Send every move and note of a cohort as a workbook, with the comparison of its games."""
    found = _find(request, number)
    log = [
        row | {"data": json.dumps(row["data"], ensure_ascii=False)}
        for row in actions_cohort.export_cohort(request.user, number)
    ]
    games = [
        {
            "name": row["name"], "purpose": row["purpose"], "round": row["round"], "phase": row["phase"],
            "value": row["value"], "brier": row["brier"], "bought": row["num_bought"], **row["mistakes"],
        }
        for row in actions_cohort.compare_games(request.user, number)
    ]  # fmt: skip
    sheets = {
        "games": pl.DataFrame(games, infer_schema_length=None),
        "log": pl.DataFrame(log, infer_schema_length=None),
    }
    return send_sheets(sheets, f"cohort-{found.pk}.xlsx")
