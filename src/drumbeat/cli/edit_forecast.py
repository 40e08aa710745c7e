"""`drumbeat edit-forecast`: planners' edits of the forecast: make one, list them, take one back."""

from __future__ import annotations

import getpass
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.cli.show import open_database

if TYPE_CHECKING:
    from drumbeat.demand.models import ForecastEdit

KINDS = {"percent": "percent", "more": "delta", "total": "absolute"}
"""Option and the kind of edit that it makes."""
TOLD = {"percent": "{:+g} %", "delta": "{:+g} units", "absolute": "{:g} in all"}


def edit_forecast(
    item: Annotated[str, typer.Option(help="Only this item")] = "",
    family: Annotated[str, typer.Option(help="Only items of this family")] = "",
    site: Annotated[str, typer.Option(help="Only this site")] = "",
    customer: Annotated[str, typer.Option(help="Only what this customer buys")] = "",
    percent: Annotated[float | None, typer.Option(help="Percent more, or less where it is below 0")] = None,
    more: Annotated[float | None, typer.Option(help="Units more over all the days, or less")] = None,
    total: Annotated[float | None, typer.Option(help="Units in all over all the days")] = None,
    unit: Annotated[str, typer.Option(help="Unit of --more and --total; empty = that of the items")] = "",
    first: Annotated[str, typer.Option("--from", help="First day, such as 2026-03-01")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day")] = "",
    reason: Annotated[str, typer.Option(help="Why: a few words that come again")] = "",
    author: Annotated[str, typer.Option(help="Who; empty = your name on this machine")] = "",
    withdraw: Annotated[str, typer.Option(help="Take back the edit of this code; it stays on file")] = "",
    xlsx: Annotated[Path | None, typer.Option(help="Write all edits to this workbook")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Change the forecast of an item, family, site or customer for a reason; without a figure, list the edits.

    The statistical forecast stays beside it: `drumbeat forecast --fva` scores the edit when the demand is known.
    """
    open_database()
    from drumbeat.demand.edit_forecast import Cell

    figures = {"percent": percent, "more": more, "total": total}
    given = {name: value for name, value in figures.items() if value is not None}
    cell = Cell(item, family, site, customer)
    if withdraw:
        _withdraw(withdraw)
    elif given or first or last or reason:
        _make(cell, given, (first, last), {"unit": unit, "reason": reason, "author": author}, as_json)
    else:
        _list(cell, xlsx, as_json)


def _make(cell: Any, given: dict[str, float], days: tuple[str, str], told: dict[str, str], as_json: bool) -> None:
    from django.utils import timezone

    from drumbeat.demand.edit_forecast import edit_forecast as save
    from drumbeat.demand.tell_edit import tell_edit

    findings = Findings()
    if len(given) != 1:
        rule = "an edit is one of --percent, --more and --total"
        findings.add(Finding("edit-forecast", rule, "Give exactly one of them", value=", ".join(given) or None))
    read = [_read_day(name, text, findings) for name, text in zip(("--from", "--to"), days, strict=True)]
    findings.raise_on_errors()
    (name, amount), (starts_on, ends_on) = next(iter(given.items())), read
    assert starts_on is not None
    assert ends_on is not None
    made = save(
        cell, kind=KINDS[name], amount=amount, unit=told["unit"], starts_on=starts_on, ends_on=ends_on,
        reason=told["reason"], author=told["author"] or getpass.getuser(), made_at=timezone.now(),
    )  # fmt: skip
    effect = tell_edit(made)
    if as_json:
        typer.echo(json.dumps(_plain(made) | effect._asdict(), indent=1))
        return
    console = Console()
    about = escape(f"{cell}, {TOLD[made.kind].format(amount)}")
    console.print(f"Kept as [bold]{made.code}[/]: {about}.", highlight=False, soft_wrap=True)
    if effect.before is not None and effect.after is not None:
        console.print(f"Those days: {effect.before:,.1f} before, {effect.after:,.1f} with it.", highlight=False)
    if effect.said:
        console.print(effect.said, style="yellow", markup=False, highlight=False)


def _read_day(option: str, text: str, findings: Findings) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        rule = f"{option} is a day, such as 2026-03-01"
        findings.add(Finding("edit-forecast", rule, "Give the first and the last day", value=text or None))
        return None


def _withdraw(code: str) -> None:
    from django.utils import timezone

    from drumbeat.demand.edit_forecast import withdraw_edit
    from drumbeat.demand.models import ForecastEdit

    row = ForecastEdit.objects.filter(pk=code).first()
    if row is None:
        remedy = "drumbeat edit-forecast lists them"
        raise InputError(Finding("forecast_edit", "the edit is in the data", remedy, value=code))
    if row.withdrawn_at is None:
        withdraw_edit(row, timezone.now())
        Console().print(f"{code} counts no more; it stays on file.", highlight=False)
    else:
        Console().print(f"{code} was taken back on {row.withdrawn_at:%Y-%m-%d} already.", highlight=False)


def _list(cell: Any, xlsx: Path | None, as_json: bool) -> None:
    from drumbeat.data.read_database import read_database
    from drumbeat.data.write_sheets import write_sheets
    from drumbeat.demand.models import ForecastEdit
    from drumbeat.demand.tell_edit import tell_edits

    asked = {"item": cell.item, "family": cell.family, "site": cell.site, "customer": cell.customer}
    rows = list(ForecastEdit.objects.filter(**{name: value for name, value in asked.items() if value}))
    rows.sort(key=lambda row: (row.made_at, row.code))
    if xlsx:
        write_sheets(xlsx, {"edits": read_database(["forecast_edit"])["forecast_edit"].sort("made_at", "code")})
    if as_json:
        typer.echo(json.dumps([_plain(row) for row in rows], indent=1))
        return
    console, effects = Console(), tell_edits(rows)
    for row in rows:
        effect = effects[row.code]
        found = (
            "it does not count" if effect.after is None else f"{effect.before:,.1f} before, {effect.after:,.1f} with it"
        )
        days = f"{row.starts_on:%Y-%m-%d} to {row.ends_on:%Y-%m-%d}"
        about = f"{_cell(row)}, {TOLD[row.kind].format(row.amount)}, {days}"
        told = f"taken back on {row.withdrawn_at:%Y-%m-%d}" if row.withdrawn_at else found
        console.print(f"[bold]{row.code}[/]  {escape(about)}: {told}", highlight=False, soft_wrap=True)
        why = f"    {row.reason}, {row.author or 'nobody named'}. {'' if row.withdrawn_at else effect.said}"
        console.print(why, style="dim", markup=False, highlight=False, soft_wrap=True)
    if not rows:
        console.print("Nobody has changed the forecast of that.")


def _cell(row: Any) -> Any:
    from drumbeat.demand.edit_forecast import Cell

    return Cell(row.item_id or "", row.family, row.site_id or "", row.customer_id or "")


def _plain(row: ForecastEdit) -> dict[str, Any]:
    from drumbeat.demand.api import EditOut, describe_edit

    return EditOut(**describe_edit(row)).model_dump(mode="json")
