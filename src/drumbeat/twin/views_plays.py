"""The plant some weeks ahead: start a play, see what came out, take it away as a workbook."""

from __future__ import annotations

from typing import Any

import polars as pl
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from drumbeat.accounts.models import Role
from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.data.send_sheets import send_sheets
from drumbeat.planning.views import zone_of
from drumbeat.plant.models import Site
from drumbeat.twin.compile_floor import MOST_WEEKS, RULES
from drumbeat.twin.draw_play import draw_fan, draw_losses
from drumbeat.twin.find_play_threats import MOST_NAMED
from drumbeat.twin.keep_plays import plays_in_sight, read_assumed, read_fans, read_kpis, read_threats, read_weekly
from drumbeat.twin.models import FloorPlay, Validation
from drumbeat.twin.read_confidence import read_trust
from drumbeat.twin.tell_causes import tell_cause
from drumbeat.web.jobs import enqueue_once
from drumbeat.web.models import Job

ROWS_PER_PAGE, ROWS_SHOWN = 40, 15
MOST_LOSSES = 24
"""Lines whose losses are drawn; with more, those of sites are."""

MOST_REPLICATIONS = 1000
SHOWN_PLAYS = 12

RULE_WORDS = {
    "edd": "earliest due date first",
    "fifo": "first come, first served",
    "spt": "shortest work first",
    "critical-ratio": "least time left for the work left",
    "atc": "what is about to be late, short work first",
}

WORDS = {
    "utilisation": "utilisation", "setup": "setup", "downtime": "down", "maintenance": "care",
    "waiting for people or material": "lacking", "without work": "idle", "wait before it": "wait",
    "people at work": "held", "overtime": "overtime", "output": "output", "on time": "on_time", "lead time": "lead",
    "work in progress": "wip", "scrap": "scrap", "escapes": "escapes", "sales value of output": "value",
    "maintenance backlog": "backlog", "work waits for it": "waits", "machine cost": "cost",
}  # fmt: skip
"""What templates call a KPI."""

SORTS = {"utilisation": "Utilisation", "wait": "Wait before it", "down": "Breakdowns", "lacking": "Waits for others"}
"""What machines can be sorted by, the largest first."""


class TermsForm(forms.Form):
    """What a play is asked for."""

    weeks = forms.IntegerField(min_value=1, max_value=min(MOST_WEEKS, 104), initial=13, label="Weeks ahead")
    replications = forms.IntegerField(min_value=2, max_value=MOST_REPLICATIONS, initial=100, label="How often")
    rule = forms.ChoiceField(
        choices=[(word, RULE_WORDS[word]) for word in RULES], initial="edd", label="A machine takes next"
    )
    threats = forms.IntegerField(min_value=0, max_value=MOST_NAMED, initial=5, required=False, label="Threats to name")
    setups_first = forms.BooleanField(required=False, label="Shortest changeover first")
    site = forms.CharField(required=False, max_length=120)


def figures_of(kpis: pl.DataFrame, scope: str) -> list[dict[str, Any]]:
    """Put the figures of a scope into one row a name, by the words of `WORDS`."""
    found: dict[str, dict[str, Any]] = {}
    for row in kpis.filter(pl.col("scope") == scope).iter_rows(named=True):
        if row["kpi"] in WORDS:
            found.setdefault(row["name"], {"name": row["name"], "site": row["site"]})[WORDS[row["kpi"]]] = row
    return list(found.values())


@require("viewer")
def plays(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """Show the newest play, or one of them."""
    allowed = sites_of(request.user)  # type: ignore[arg-type]
    rows = plays_in_sight(allowed)
    found = _find(rows, number)
    running = Job.objects.filter(kind="play", state__in=[Job.State.WAITING, Job.State.RUNNING]).first()
    context: dict[str, Any] = {
        "tab": "confidence", "play": found, "form": TermsForm(), "sites_to_play": _sites_to_play(request),
        "running": running, "rows": list(rows[:SHOWN_PLAYS]),
    }  # fmt: skip
    if found is None:
        return render(request, "twin/plays.html", context)
    site, sites, wanted = _sites_shown(request, found, allowed)
    kpis = read_kpis(found, wanted)
    context["trust"] = read_trust(list(Validation.objects.all()[:SHOWN_PLAYS])) if allowed is None else None
    context |= {"site": site, "sites": sites, "sees_all": allowed is None, **_list_machines(request, kpis)}
    with timezone.override(zone_of(request)):
        if request.headers.get("HX-Target") == "play-machines":
            return render(request, "twin/play_machines.html", context)
        context |= _describe(found, kpis, site, wanted)
        context["threats"] = _list_threats(read_threats(found, allowed), site)
        context |= {"assumed": read_assumed(found, allowed), "num_assumed": found.findings.get("total", 0)}
        return render(request, "twin/plays.html", context)


def _find(rows: Any, number: int | None) -> FloorPlay | None:
    wanted = rows if number is None else rows.filter(pk=min(number, 2**63 - 1))
    found: FloorPlay | None = wanted.first()
    if found is None and number is not None:
        raise Http404("There is no such play.")
    return found


def _sites_to_play(request: Any) -> list[str]:
    """Sites that the user may play; the first is "" (all of them) for those who plan for all."""
    own = sites_of(request.user, Role.PLANNER)
    codes = list(Site.objects.order_by("code").values_list("code", flat=True))
    if own is None:
        return ["", *codes] if len(codes) > 1 else [""]
    return [code for code in codes if code in own]


def _sites_shown(request: Any, play: FloorPlay, allowed: set[str] | None) -> tuple[str, list[str], set[str] | None]:
    """Site that is shown ("" = all in sight), sites to choose from, and those whose figures are read (None = all)."""
    known = sorted(set(read_kpis(play, allowed).filter(pl.col("scope") == "site")["name"]))
    site = request.GET.get("site", "")
    if site not in known:
        # The plant as a whole is told to those who see all of it.
        site = known[0] if known and (len(known) == 1 or allowed is not None) else ""
    return site, known, {site} if site else allowed


def _list_machines(request: Any, kpis: pl.DataFrame) -> dict[str, Any]:
    sort = request.GET.get("sort", "utilisation")
    sort = sort if sort in SORTS else "utilisation"
    words = request.GET.get("q", "")
    parts = words.lower().split()
    rows = [row for row in figures_of(kpis, "machine") if all(part in row["name"].lower() for part in parts)]
    rows.sort(key=lambda row: (-row[sort]["mean"] if sort in row else 1.0, row["name"]))
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    return {"page": page, "sort": sort, "sorts": SORTS, "words": words}


def _describe(play: FloorPlay, kpis: pl.DataFrame, site: str, wanted: set[str] | None) -> dict[str, Any]:
    """What the page shows of a play at a site, or of all in sight."""
    scope = "site" if site else "plant"
    totals = figures_of(kpis, scope)
    fans = read_fans(play, wanted).filter(pl.col("scope") == scope)
    lines = draw_losses(kpis, ["line"])
    weeks = list(fans.iter_rows(named=True))
    products = figures_of(kpis, "product")
    products.sort(key=lambda row: (row["on_time"]["mean"] if "on_time" in row else 2.0, row["name"]))
    people = sorted(figures_of(kpis, "people"), key=lambda row: -row["held"]["mean"])
    materials = sorted(figures_of(kpis, "material"), key=lambda row: -row["waits"]["mean"])
    return {
        "rule": RULE_WORDS.get(play.rule, play.rule),
        "total": totals[0] if totals else None,
        "fan": draw_fan(weeks), "weeks": weeks,
        "wanted": sum(row["wanted"] for row in weeks) / len(weeks) if weeks else None,
        "losses": draw_losses(kpis, ["site"]) + (lines if len(lines) <= MOST_LOSSES else []),
        "products": products[:ROWS_PER_PAGE], "num_products": len(products),
        "people": people[:ROWS_SHOWN], "num_people": len(people),
        "materials": materials[:ROWS_SHOWN], "num_materials": len(materials),
    }  # fmt: skip


def _list_threats(threats: pl.DataFrame, site: str) -> list[dict[str, Any]]:
    """Threats of a site, or of the plant ("") in words, by rank."""
    rows = threats.filter(pl.col("site") == site).sort("rank").iter_rows(named=True)
    return [
        {name: _without_minus_nought(value) for name, value in row.items()}
        | {"words": tell_cause(row["kind"], row["subject"])}
        for row in rows
    ]


def _without_minus_nought(value: Any) -> Any:
    """A number that is shown as nought, without its sign."""
    return round(value, 4) + 0.0 if isinstance(value, float) and abs(value) < 5e-4 else value


@require("viewer")
def export_play(request: HttpRequest, number: int) -> HttpResponse:
    """Send a play as a workbook: figures by place, output by week, output by product."""
    allowed = sites_of(request.user)  # type: ignore[arg-type]
    found = _find(plays_in_sight(allowed), number)
    assert found is not None
    assumed = [
        {name: str(finding.get(name) or "") for name in ("place", "column", "value", "rule", "remedy")}
        for finding in read_assumed(found, allowed)
    ]
    told = pl.DataFrame(
        [
            ("from", f"{found.as_of:%Y-%m-%d %H:%M} UTC"), ("weeks", str(found.weeks)), ("rule", found.rule),
            ("replications", str(found.replications)), ("seed", str(found.seed)), ("site", found.site or "all"),
        ],
        schema=["what", "value"], orient="row",
    )  # fmt: skip
    schema = dict.fromkeys(("place", "column", "value", "rule", "remedy"), pl.String)
    sheets = {
        "play": told, "figures": read_kpis(found, allowed), "weeks": read_fans(found, allowed),
        "products": read_weekly(found, allowed), "threats": read_threats(found, allowed),
        "assumed": pl.DataFrame(assumed, schema=schema),
    }  # fmt: skip
    return send_sheets(sheets, f"weeks-ahead-{found.pk}.xlsx", zone_of(request).key)


@require("planner")
@require_POST
def start_play(request: Any) -> HttpResponse:
    """Play the plant, or one site, in the background."""
    form = TermsForm(request.POST)
    if not form.is_valid():
        for name, errors in form.errors.items():
            label = form.fields[name].label or name
            messages.error(request, f"{label}: {' '.join(str(error) for error in errors)}")
        return redirect("plays")
    site = form.cleaned_data["site"]
    check_role(request.user, Role.PLANNER, site)
    title = f"Play {site or 'the plant'} {form.cleaned_data['weeks']} weeks ahead"
    arguments = form.cleaned_data | {"threats": form.cleaned_data["threats"] or 0, "user": request.user.pk}
    job, _ = enqueue_once("play", arguments, request.user, title=title, arguments__exact=arguments)
    return redirect("web:job", number=job.pk)
