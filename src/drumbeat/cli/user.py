"""`drumbeat user`: who may sign in."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.prompt import Prompt
from rich.table import Table

from drumbeat.cli.show import open_database


def user(
    action: Annotated[
        Literal["add", "list", "lock", "token"], typer.Argument(help="add or change, list, lock, make an API token")
    ],
    name: Annotated[str, typer.Argument(help="Name to sign in with")] = "",
    role: Annotated[str, typer.Option(help="viewer, planner, manager or admin")] = "viewer",
    site: Annotated[str, typer.Option(help="Code of the site that the role holds for; empty = all")] = "",
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input")] = False,
) -> None:
    """Add a user, or change a user's role or password; list the users; lock one out."""
    open_database()
    from drumbeat.accounts.actions import ensure_user, lock_user
    from drumbeat.accounts.models import User
    from drumbeat.accounts.tokens import make_token

    console = Console()
    if action == "list":
        table = Table("Name", "Roles", "Last sign-in")
        for known in User.objects.order_by("username"):
            last = f"{known.last_login:%Y-%m-%d %H:%M}" if known.last_login else "never"
            table.add_row(known.username, known.role_label if known.is_active else "locked", last)
        console.print(table)
    elif not name:
        raise typer.BadParameter(f"name the user: drumbeat user {action} NAME")
    elif action == "token":
        holder = User.objects.filter(username=name, is_active=True).first()
        if holder is None:
            raise typer.BadParameter(f"there is no active user {name!r}; see drumbeat user list")
        print(make_token(holder))  # noqa: T201
    elif action == "lock":
        lock_user(name)
        console.print(f"{name} can no longer sign in.")
    else:
        known_user = User.objects.filter(username=name).exists()
        if password_stdin:
            password: str | None = sys.stdin.readline().rstrip("\n")
        else:
            hint = " (empty keeps the present one)" if known_user else ""
            password = Prompt.ask(f"Password for {name}{hint}", password=True, console=console) or None
        changed = ensure_user(name, password, role, site)
        console.print(f"{changed.username}: {changed.role_label}")
