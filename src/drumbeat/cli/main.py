"""The `drumbeat` command: finds the verb, and only then imports what it needs."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import typer
from rich.console import Console

from drumbeat import __version__
from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import Cancelled
from drumbeat.cli.show import show_findings

VERBS = {
    "run": "Everything: plan, schedule, simulate, score, weaknesses; one HTML report",
    "load": "Load a folder of CSV or Parquet, or a workbook, into the database",
    "load-log": "Build a plant from a shop-floor log alone",
    "load-frepple": "Load a frePPLe fixture or workbook",
    "template": "Write the blank workbook, with units, choices and an example row",
    "export": "Write the data as a folder of CSV or Parquet, or as a workbook",
    "dictionary": "Write the data dictionary",
    "forecast": "What will be wanted, how sure that is, and what its errors cost",
    "edit-forecast": "Change the forecast for a reason, list what planners changed, take a change back",
    "sop": "Sales', finance's and production's plans side by side, the gap, and who closes it",
    "plan": "Netting and lot sizing through the bills of material, with action messages",
    "capacity": "Load against usable hours by machine and week; the master plan that costs least",
    "stock": "How much to keep of what, where service is at risk, what lies there too long",
    "promise": "When a new order can be delivered, and what decides that",
    "schedule": "A finite schedule that honours calendars, setups, materials and crews",
    "bench": "How near our schedules come to the best known ones of published instances",
    "simulate": "How probable it is that the schedule holds, and what threatens it",
    "line": "What a serial line makes an hour, what holds it up, and where a place more would be worth most",
    "compare": "Which of some ways to run the plant is better than today's, and how sure that is",
    "what-if": "Stored lists of changes to try: list, show, store one from a file",
    "twin": "How far the simulation can be trusted: the last weeks predicted and scored; what it learned",
    "kpi": "The scorecard: OEE, on-time delivery, first-pass yield, schedule variance",
    "weak": "Hidden weaknesses, with their evidence",
    "stress": "What the loss of a site, line, machine group, supplier or skill costs, and what would cover it",
    "flexibility": "Which machine should be qualified for what else, and how much work that covers",
    "paper": "The board paper as PDF: situation, options, roadmap, risks, who agreed",
    "lab": "The Decision Lab: make the call, defend it, live with it, be debriefed",
    "roadmap": "Which initiatives, when, in which order under uncertainty, and why",
    "demo": "Make the demo company, run it, and serve it",
    "serve": "Serve the site on 127.0.0.1:8000",
    "work": "Do the background jobs of a site that is served elsewhere",
    "user": "Add a user, or change a user's role or password",
}
"""Each verb and what it does; verb `load-log` lives in module `load_log` as a function of that name."""


def build_app(verbs: Sequence[str]) -> typer.Typer:
    """Build the command with only these verbs imported."""
    app = typer.Typer(
        name="drumbeat",
        help="An operating system for production.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def root() -> None:
        """An operating system for production: plan, schedule, and know whether it will hold."""

    for verb in verbs:
        name = verb.replace("-", "_")
        function = getattr(importlib.import_module(f"drumbeat.cli.{name}"), name)
        app.command(name=verb, help=function.__doc__)(function)
    return app


def print_overview(console: Console) -> None:
    """Print every verb with its sentence."""
    console.print(f"[bold]drumbeat {__version__}[/] - an operating system for production\n")
    console.print("Usage: drumbeat VERB [OPTIONS]   (drumbeat VERB --help tells more)\n")
    for verb, sentence in VERBS.items():
        console.print(f"  [bold]{verb:13}[/] {sentence}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 done, 1 findings, 2 wrong usage, 130 cancelled."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    console = Console(stderr=True)
    if not arguments or arguments[0] in {"--help", "-h", "help"}:
        print_overview(Console())
        return 0
    if arguments[0] in {"--version", "version"}:
        Console().print(__version__)
        return 0
    if arguments[0] not in VERBS:
        console.print(f"drumbeat: no verb {arguments[0]!r}; there are {', '.join(VERBS)}", style="red")
        return 2
    try:
        code = build_app([arguments[0]])(arguments, standalone_mode=False)
    except InputError as error:
        show_findings(error.findings, console)
        return 1
    except (Cancelled, KeyboardInterrupt):
        console.print("Cancelled; nothing was saved.")
        return 130
    except typer.Exit as stop:
        return stop.exit_code
    except Exception as error:
        if hasattr(error, "format_message"):  # a usage error of the command line's parser
            console.print(f"drumbeat {arguments[0]}: {error.format_message()}", style="red")
            return 2
        raise
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
