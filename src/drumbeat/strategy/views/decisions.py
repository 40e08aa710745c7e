"""Decision records: the list, one decision, and what people do with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from math import isnan
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import check_role, require
from drumbeat.basics.findings import InputError
from drumbeat.data.models import WhatIf
from drumbeat.strategy import decide
from drumbeat.strategy.models import Assumption, Criterion, Decision, DecisionOption, OptionScore
from drumbeat.strategy.models.roadmap import Function
from drumbeat.strategy.read_form import read_day, read_number
from drumbeat.strategy.weigh_decision import MOST_SCORE, judge_pair, list_pairs, weigh_decision

ROWS_PER_PAGE = 50
RATIOS = [(9.0, "extremely more"), (5.0, "much more"), (3.0, "more"), (2.0, "a little more"), (1.0, "as")]
MOST_CRITERIA = 15
Do = Callable[[Decision, Any, str], str | None]


@require("viewer")
def decisions(request: Any) -> HttpResponse:
    """List the decisions, the newest first, with what they were worth."""
    check_role(request.user, "viewer", "")
    rows = Decision.objects.select_related("chosen").prefetch_related("assumptions", "signatures")
    context = {
        "tab": "decisions", "page": Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "score": decide.score_decisions(), "may_edit": request.user.may("planner", ""), "today": timezone.now().date(),
    }  # fmt: skip
    return render(request, "strategy/decisions.html", context)


@require("planner")
@require_POST
def new_decision(request: Any) -> HttpResponse:
    """Write down a question."""
    check_role(request.user, "planner", "")
    try:
        found = decide.open_decision(
            request.POST.get("title", ""), request.user.get_username(), timezone.now(), request.POST.get("question", "")
        )
    except InputError as error:
        messages.error(request, str(error))
        return redirect("decisions")
    return redirect("decision", found.code)


@require("viewer")
def decision(request: Any, code: str) -> HttpResponse:
    """Show one decision: options, weights, assumptions, signatures, what it lacks, what happened."""
    check_role(request.user, "viewer", "")
    found = get_object_or_404(Decision.objects.select_related("chosen"), code=code)
    today = timezone.now().date()
    standing = decide.list_standing(found)
    weighed = weigh_decision(found)
    function = request.GET.get("for", "")
    function = function if function in Function.values else Function.PRODUCTION.value
    options, may_plan = list(found.options.all()), request.user.may("planner", "")
    context = {
        "tab": "decisions", "decision": found, "options": options, "weighed": weighed, "today": today,
        "weights": _tell_weights(weighed), "rows": _tell_scores(found, options, weighed),
        "signed": [(label, *standing.get(value, (None, False))) for value, label in Function.choices],
        "assumptions": found.assumptions.all(), "lacks": decide.list_lacks(found, today).shown,
        "functions": Function.choices, "function": function, "pairs": list_pairs(found, function), "ratios": _ratios(),
        "events": found.events.all()[:100],
        "watched": decide.WATCHED.items(), "what_ifs": WhatIf.objects.values_list("code", "name")[:500],
        "may_edit": may_plan and found.state in (Decision.State.OPEN, Decision.State.REOPENED),
        "may_look": may_plan and found.state != Decision.State.RESOLVED, "may_decide": request.user.may("manager", ""),
    }  # fmt: skip
    return render(request, "strategy/decision.html", context)


def _ratios() -> list[tuple[float, str]]:
    """Choices of a judgement, from "the second much more" to "the first much more"."""
    first = [(ratio, f"{words} important than" if ratio > 1 else "as important as") for ratio, words in RATIOS]
    second = [(1 / ratio, f"{words.replace('more', 'less')} important than") for ratio, words in RATIOS[-2::-1]]
    return first + second


def _tell_weights(weighed: Any) -> list[tuple[str, float | None, list[tuple[str, float]]]]:
    """Each criterion with its weight by all functions and by each."""
    return [
        (
            name,
            None if weighed.together is None else float(weighed.together.weights[at]),
            [(str(Function(one).label), float(weights.weights[at])) for one, weights in weighed.by_function.items()],
        )
        for at, name in enumerate(weighed.criteria)
    ]


def _tell_scores(found: Decision, options: list[DecisionOption], weighed: Any) -> list[tuple[Any, list[Any], Any]]:
    """Each option with its score by each criterion and its total."""
    criteria = list(found.criteria.all())
    totals = {} if weighed.ranking is None else dict(zip(weighed.ranking.options, weighed.ranking.totals, strict=True))
    return [
        (
            option,
            [(c, None if isnan(value) else float(value)) for c, value in zip(criteria, row, strict=True)],
            totals.get(option.name),
        )
        for option, row in zip(options, weighed.scores, strict=True)
    ]


def _change(role: str, do: Do, *, also_when_made: bool = False) -> Callable[..., HttpResponse]:
    """Make the view of a change of a decision: `do` gets it, the form and who asks, and may say what it did.

    What was stated when a decision was made stays as it was, unless it is reopened: or nobody could be judged by it.
    """

    @require(role)
    @require_POST
    def view(request: Any, code: str) -> HttpResponse:
        check_role(request.user, role, "")
        found = get_object_or_404(Decision, code=code)
        back = redirect("decision", code)
        is_made = found.state in (Decision.State.DECIDED, Decision.State.RESOLVED)
        if found.state == Decision.State.RESOLVED or (is_made and not also_when_made):
            messages.error(request, "It was made: what was stated stays as it was. A broken assumption reopens it.")
            return back
        try:
            said = do(found, request.POST, request.user.get_username())
        except InputError as error:
            messages.error(request, str(error))
            return back
        if said:
            messages.success(request, said)
        anchor = request.POST.get("anchor", "")
        if anchor.isalpha():
            back["Location"] += f"#{anchor}"
        return back

    return view


def _save(found: Decision, form: Any, who: str) -> str:
    if form.get("seen", "") != found.changed_at.isoformat():
        raise InputError(decide.tell_changed(found))
    found.title = form.get("title", "").strip()[:200] or found.title
    for name, longest in (("question", 4000), ("claim", 400), ("premortem", 4000)):
        setattr(found, name, form.get(name, "").strip()[:longest])
    share = read_number(form, "probability", low=0, high=100)
    found.probability = None if share is None else share / 100
    found.resolves_on = read_day(form, "resolves_on")
    found.chosen = found.options.filter(pk=int(form["chosen"])).first() if form.get("chosen", "").isdigit() else None
    found.changed_at = timezone.now()
    found.save()
    decide.note_event(found, who, "Text changed", found.changed_at)
    return "Saved."


def _save_option(found: Decision, form: Any, who: str) -> str:
    values = {name: read_number(form, name) for name in ("cost", "value_low", "value_mid", "value_high")}
    text = {"name": form.get("name", ""), "note": form.get("note", "").strip()[:2000]}
    row = decide.save_option(found, values | text | {"what_if": form.get("what_if", "")[:120]}, timezone.now())
    decide.note_event(found, who, f"Option {row.name}", timezone.now())
    return f"Kept: {row.name}."


def _remove(found: Decision, form: Any, who: str) -> str:
    """Remove an option, a criterion or an assumption."""
    kinds: dict[str, Any] = {"option": DecisionOption, "criterion": Criterion, "assumption": Assumption}
    kind, number = kinds.get(form.get("kind", "")), form.get("number", "")
    row = kind.objects.filter(decision=found, pk=int(number)).first() if kind and number.isdigit() else None
    if row is None:
        return "It was gone already."
    name = getattr(row, "text", None) or row.name
    row.delete()
    decide.note_event(found, who, f"Removed: {name}", timezone.now())
    return f"Removed: {name}."


def _add_criterion(found: Decision, form: Any, who: str) -> str:
    name = form.get("name", "").strip()[:60]
    if name and found.criteria.count() < MOST_CRITERIA:
        Criterion.objects.get_or_create(decision=found, name=name)
        decide.note_event(found, who, f"Criterion {name}", timezone.now())
        return f"Kept: {name}."
    raise InputError(decide.tell_bad_criterion(name, MOST_CRITERIA))


def _judge(found: Decision, form: Any, who: str) -> str:
    function = form.get("function", "")
    if function not in Function.values:
        raise InputError(decide.tell_unknown_function(function))
    for first, second, _ in list_pairs(found, function):
        judge_pair(first, second, function, read_number(form, f"pair-{first.pk}-{second.pk}", low=1 / 9, high=9), who)
    decide.note_event(found, who, f"{Function(function).label} judged the criteria", timezone.now())
    return f"Kept: what {Function(function).label} holds important."


def _score(found: Decision, form: Any, who: str) -> str:
    for option in found.options.all():
        for criterion in found.criteria.all():
            value = read_number(form, f"score-{option.pk}-{criterion.pk}", low=0, high=MOST_SCORE)
            if value is None:
                OptionScore.objects.filter(option=option, criterion=criterion).delete()
            else:
                OptionScore.objects.update_or_create(option=option, criterion=criterion, defaults={"score": value})
    decide.note_event(found, who, "Options scored", timezone.now())
    return "Scores kept."


def _assume(found: Decision, form: Any, who: str) -> str:
    values = {name: form.get(name, "").strip()[:120] for name in ("owner", "figure", "scope")}
    row = decide.add_assumption(
        found, form.get("text", ""), read_day(form, "expires_on"), timezone.now(),
        least=read_number(form, "least"), most=read_number(form, "most"), **values,
    )  # fmt: skip
    decide.note_event(found, who, f"Assumed: {row.text}", timezone.now())
    return "Assumption kept."


def _look(found: Decision, form: Any, who: str) -> str:
    """Confirm or break an assumption."""
    number = form.get("number", "")
    row = get_object_or_404(Assumption, decision=found, pk=int(number) if number.isdigit() else 0)
    if form.get("verdict") == "broken":
        decide.break_assumption(row, form.get("note", "").strip() or "said by hand", who, timezone.now())
        return "Broken: a decision that was made on it is open again."
    until: date | None = read_day(form, "expires_on")
    decide.confirm_assumption(row, until or row.expires_on, who, timezone.now())
    return "It holds."


def _sign(found: Decision, form: Any, who: str) -> str:
    function = form.get("function", "")
    if function not in Function.values:
        raise InputError(decide.tell_unknown_function(function))
    agrees = form.get("agrees") == "yes"
    decide.sign(found, function, who, agrees, form.get("reason", ""), timezone.now())
    return f"{Function(function).label} {'agrees' if agrees else 'does not agree'}: kept with your name."


def _decide(found: Decision, form: Any, who: str) -> str:  # noqa: ARG001 - all changes take the form
    decide.decide(found, who, timezone.now())
    return "Decided."


def _resolve(found: Decision, form: Any, who: str) -> str:
    decide.resolve(found, form.get("came_true") == "yes", form.get("outcome", ""), who, timezone.now())
    return "Resolved: it counts in how well we know ourselves."


save_decision = _change("planner", _save)
save_option = _change("planner", _save_option)
remove_part = _change("planner", _remove)
add_criterion = _change("planner", _add_criterion)
judge_criteria = _change("planner", _judge)
score_options = _change("planner", _score)
assume = _change("planner", _assume)
look_at_assumption = _change("planner", _look, also_when_made=True)
sign_decision = _change("planner", _sign, also_when_made=True)
make_decision = _change("manager", _decide)
resolve_decision = _change("manager", _resolve, also_when_made=True)
