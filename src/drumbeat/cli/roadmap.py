"""`drumbeat roadmap`: which initiatives, when, in which order, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from drumbeat.cli.read_source import read_source
from drumbeat.cli.show import open_database, progress_bar, show_findings, start_django

if TYPE_CHECKING:
    from drumbeat.strategy.plan_roadmap import RoadmapRun


def roadmap(
    path: Annotated[Path | None, typer.Argument(help="Folder or workbook; empty = the database")] = None,
    years: Annotated[float, typer.Option(min=0.25, max=20, help="Years ahead")] = 3.0,
    rate: Annotated[float, typer.Option(min=-0.5, max=5, help="Cost of capital a year")] = 0.08,
    tail: Annotated[float, typer.Option(min=0, max=50, help="Years for which the end is reckoned to go on")] = 2.0,
    candidates: Annotated[int, typer.Option(min=1, max=100_000, help="Roadmaps judged before the best improve")] = 2000,
    futures: Annotated[int, typer.Option(min=2, max=100_000, help="Fresh futures in which they are judged")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of all luck")] = 1,
    cores: Annotated[int, typer.Option(min=0, help="Threads; 0 = all cores")] = 0,
    by_twin: Annotated[bool, typer.Option("--by-twin", help="Let the twin play and judge the short list")] = False,
    plays: Annotated[int, typer.Option(min=2, max=10_000, help="Futures that the twin plays at most")] = 16,
    save: Annotated[bool, typer.Option(help="Keep it in the database, for the page")] = False,
    xlsx: Annotated[Path | None, typer.Option(help="Write the tables to this workbook")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON")] = False,
) -> None:
    """Plan a roadmap: which initiatives, when, in which order under uncertainty; its value, its risk, and why."""
    open_database() if save or not path else start_django()
    from django.utils import timezone

    from drumbeat.data.write_sheets import write_sheets
    from drumbeat.strategy.compile_roadmap import RoadmapTerms
    from drumbeat.strategy.engine.roadmap.judge_by_twin import JudgeParams
    from drumbeat.strategy.engine.roadmap.optimise import StudyParams
    from drumbeat.strategy.plan_roadmap import list_tables, plan_roadmap, save_roadmap, tell_content

    params = StudyParams(candidates=candidates, fresh_futures=futures, seed=seed, cores=cores)
    terms = RoadmapTerms(months=max(3, round(years * 12)), rate=rate, tail_years=tail)
    with progress_bar("Roadmap") as progress:
        progress(0.0, "reading")
        judge = JudgeParams(step=min(8, plays), most=plays, seed=seed, cores=cores) if by_twin else None
        run = plan_roadmap(read_source(path), terms, params, progress, by_twin=judge)
    if save:
        save_roadmap(run, params, timezone.now())
    if xlsx:
        write_sheets(xlsx, list_tables(run))
    if as_json:
        typer.echo(json.dumps(tell_content(run), indent=1))
        return
    console = Console()
    print_roadmap(run, console)
    if xlsx:
        console.print(f"\nWorkbook: [bold]{xlsx}[/]", soft_wrap=True)


def print_roadmap(run: RoadmapRun, console: Console) -> None:
    """Print a roadmap: its worth, its initiatives in order, why, and what it was compared with."""
    from drumbeat.strategy.tell_roadmap import say_money, say_month, tell_bound

    show_findings(run.compiled.findings)
    money = run.compiled.problem.currency
    if not run.reasons:
        console.print("There are no initiatives: fill the tables initiative and initiative_change first.")
        return
    facts = run.chosen.summary()
    console.print(
        f"[bold]Worth {say_money(facts['value'], money)}[/] (net present value) against doing nothing; one future in "
        f"ten is below {say_money(facts['p10'])}, one above {say_money(facts['p90'])}", highlight=False,
    )  # fmt: skip
    back = "never within the horizon" if facts["payback_years"] is None else f"after {facts['payback_years']:.1f} years"
    rate = "" if facts["return_rate"] is None else f"; internal rate of return {facts['return_rate']:.0%} a year"
    console.print(f"{say_money(facts['invested'], money)} to spend, back {back}{rate}", highlight=False)
    for fan in run.chosen.fans:
        told = [f"{one:.0%}" if fan.unit == "share" else say_money(one, fan.unit) for one in
                (fan.p10[-1], fan.p50[-1], fan.p90[-1], fan.nothing[-1])]  # fmt: skip
        console.print(
            f"{fan.name} at the end: P10 {told[0]}, P50 {told[1]}, P90 {told[2]}; doing nothing {told[3]}",
            highlight=False,
        )
    table = Table("", "Initiative", "Starts", "In", "Worth in it", title_justify="left")
    table.columns[4].justify = "right"
    ways = run.compiled.problem.num_ways
    for row in run.initiatives.iter_rows(named=True):
        when = say_month(row["start"]) if row["start"] else "-"
        share = "" if not row["ways"] else "all ways" if row["ways"] == ways else f"{row['ways']} of {ways} ways"
        worth = "" if row["worth"] != row["worth"] else say_money(row["worth"])
        table.add_row(str(row["order"] or ""), _plain(row["name"]), when, share, worth)
    console.print(table)
    console.print("\n[bold]Why[/]")
    for number, (_, sentences) in enumerate(run.reasons, 1):
        name = run.initiatives["name"][number - 1]
        if run.initiatives["ways"][number - 1]:
            console.print(f"{number:>2}  [bold]{_plain(name)}[/]: {_plain(' '.join(sentences))}", highlight=False)
    console.print("\n[bold]Compared[/]")
    for one in run.comparisons:
        console.print(f"    {one['title']}: {_plain(one['sentence'])}", highlight=False)
    console.print(f"    Bound: {_plain(tell_bound(run.chosen.worth.mean, run.bound, money))}", highlight=False)
    if len(run.front) > 1:
        console.print("\n[bold]Value against risk[/]: expected value and mean of the worst tenth")
        for figures in run.front:
            worst = say_money(figures.worth.worst_mean, money)
            count = figures.summary()["initiatives"]
            console.print(
                f"    {figures.name}: {say_money(figures.worth.mean, money)} and {worst}, {count} initiatives",
                highlight=False,
            )
    _print_twin(run, console)


def _print_twin(run: RoadmapRun, console: Console) -> None:
    """Print what the twin makes of the short list, beside the throughput model's figures."""
    if run.twin is None:
        return
    from drumbeat.strategy.tell_roadmap import say_money

    told = run.twin.as_json()
    console.print(f"\n[bold]By the twin[/]: {_plain(told['verdict'])}", highlight=False)
    table = Table("Roadmap", "By the model", "By the twin", "95 % interval", "P10 to P90", "P(best)", "Expected loss")
    for row in told["rows"]:
        table.add_row(
            row["name"], say_money(row["by_model"]), say_money(row["value"]),
            f"{say_money(row['low'])} to {say_money(row['high'])}",
            f"{say_money(row['p10'])} to {say_money(row['p90'])}", f"{row['probability_best']:.0%}",
            say_money(row["expected_loss"]),
        )  # fmt: skip
    console.print(table)
    for row in told["rows"]:
        console.print(f"    {row['name']}: {_plain(row['sentence'])}", highlight=False)


def _plain(text: str) -> str:
    """Escape what the terminal would take for markup."""
    return text.replace("[", r"\[")
