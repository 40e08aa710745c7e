"""A class plays a cohort over HTTP, all at once, against the real server; the facilitator looks on.

Without thinking, every player sends the next request as soon as the last one is answered: the worst that a class can
do. A round is what a player waits for in all: decide, defend, live the period, each with the page that follows. Each
step is that of a browser: a form is sent, its redirect followed, and the page read.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

CSRF = "x" * 32
ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 300.0
HAPPENS = [("text", "A holiday nobody planned"), ("parameter", "organisation.overtime"), ("how", "add"),
           ("value", "1"), ("lasts", "1")]  # fmt: skip
"""What the facilitator lets happen."""


@dataclass
class Measured:
    """What a class's play came to: seconds by kind of step, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, seconds: float) -> None:
        """Keep a time."""
        with self.lock:
            self.seconds.setdefault(kind, []).append(seconds)


def settings_of(home: Path, database: str) -> dict[str, str]:
    """Environment of an installation in a folder; `database` "" = SQLite."""
    own = {"DRUMBEAT_HOME": str(home), "DJANGO_SETTINGS_MODULE": "drumbeat.site.settings"}
    return {**os.environ, **own, "DRUMBEAT_DATABASE": database}


def gather_class(home: Path, players: int, scenario: str, database: str = "") -> dict[str, object]:
    """Make an installation with a cohort and people to join it; their sessions, its code and its number."""
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.lab.play_class", str(players), scenario], cwd=ROOT, check=True,
        env=settings_of(home, database), capture_output=True, text=True,
    )  # fmt: skip
    return dict(json.loads(told.stdout.splitlines()[-1]))


def make_class(players: int, scenario: str) -> dict[str, object]:
    """Do what `gather_class` says, in a process of that installation."""
    import django

    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.utils import timezone

    from drumbeat.accounts.models import Membership, User
    from drumbeat.lab.actions_cohort import create_cohort

    call_command("migrate", verbosity=0)

    def sign_in(name: str, role: str) -> tuple[User, str]:
        user = User.objects.create(username=name)
        Membership.objects.create(user=user, site="", role=role)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        return user, str(session.session_key)

    lead, key = sign_in("facilitator", "planner")
    cohort = create_cohort(lead, "The class", scenario, timezone.now(), seed=7)
    sessions = [sign_in(f"player-{number:02d}", "viewer")[1] for number in range(1, players + 1)]
    return {"facilitator": key, "sessions": sessions, "code": cohort.code, "cohort": cohort.pk}


@contextmanager
def run_server(home: Path, database: str = "", processes: int = 1) -> Iterator[int]:
    """Serve the installation as `drumbeat serve` does; the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "drumbeat.cli.main", "serve", "--port", str(port), "--no-worker"]
    log = (home / "server.log").open("w")
    server = subprocess.Popen(
        [*command, "--processes", str(processes)], env=settings_of(home, database), cwd=ROOT, stdout=log, stderr=log
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1.0).close()
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        server.terminate()
        server.wait(60)
        log.close()


class Browser:
    """One person's browser: a session, one connection, forms and pages."""

    def __init__(self, port: int, session: str, measured: Measured, name: str) -> None:
        self.port, self.measured, self.name = port, measured, name
        self.headers = {"Cookie": f"sessionid={session}; csrftoken={CSRF}", "X-CSRFToken": CSRF}

    def ask(self, method: str, address: str, form: list[tuple[str, str]] | None = None) -> str:
        """Send a request, follow its redirects, and return the page; what is no page is an error."""
        for _ in range(4):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
            headers = dict(self.headers)
            body = None
            if method == "POST":
                body = urlencode(form or [])
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            began = time.perf_counter()
            connection.request(method, address, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
            self.measured.add("request", time.perf_counter() - began)
            with self.measured.lock:
                self.measured.requests += 1
            if answer.status in (301, 302, 303):
                method, address, form = "GET", str(answer.headers["Location"]).partition("#")[0], None
                continue
            if answer.status != 200 or "notice-error" in text.replace("notice-error state-word", ""):
                said = re.search(r"notice notice-error[^>]*>(.{0,300})", text, re.DOTALL)
                if answer.status != 200 or (said and "Your word of round" not in said[1]):
                    self.measured.errors.append(f"{self.name} {method} {address}: {answer.status} {said and said[1]}")
            return text
        return ""


def play_game(browser: Browser, code: str, number: int, rounds: int, think: float) -> None:
    """Join the cohort, and play its game to the end, or so many rounds; `think` seconds before each step."""
    time.sleep(think * (number % 10) / 10)
    lobby = browser.ask("POST", "/lab/join/", [("code", code)])
    found = re.findall(r'/lab/games/(\d+)/"', lobby)
    if not found:
        browser.measured.errors.append(f"{browser.name}: no game after joining")
        return
    at = f"/lab/games/{found[0]}/"
    page = browser.ask("GET", at)
    for turn in range(rounds):
        if "To the debrief" in page or "It is over" in page:
            return
        browser.measured.add("look at the plant", _time(lambda: browser.ask("GET", f"{at}plant/")))
        time.sleep(think)
        options = re.findall(r'name="option" value="([\w-]+)" required>', page)
        seen = re.search(r'name="round" value="(\d+)"', page)
        if not options or seen is None:
            browser.measured.errors.append(f"{browser.name}: nothing to decide in turn {turn + 1}")
            return
        round_ = ("round", seen[1])
        option = options[(number + turn) % len(options)]
        spent = -time.perf_counter()
        page = browser.ask("POST", f"{at}decide/", [round_, ("option", option), ("probability", "60")])
        spent += time.perf_counter()
        time.sleep(think)
        cost = re.search(r'name="cost" type="number" step="any" value="([^"]+)"', page)
        level = re.search(r'name="level" type="number" step="any" value="([^"]+)"', page)
        given = [("cost", cost[1] if cost else "0"), ("level", level[1] if level else "1")]
        spent -= time.perf_counter()
        browser.ask("POST", f"{at}defend/", [round_, ("evidence", "report.on_time"), *given])
        spent += time.perf_counter()
        time.sleep(think)
        began = time.perf_counter()
        page = browser.ask("POST", f"{at}play/", [round_])
        browser.measured.add("live the period", time.perf_counter() - began)
        browser.measured.add("round", spent + time.perf_counter() - began)


def _time(do: object) -> float:
    began = time.perf_counter()
    do()  # type: ignore[operator]
    return time.perf_counter() - began


def play_class(port: int, gathered: dict[str, object], rounds: int, think: float = 0.0) -> Measured:
    """Let all players of a class play at once, and the facilitator look on, and let something happen."""
    measured = Measured()
    sessions: list[str] = list(gathered["sessions"])  # type: ignore[call-overload]
    players = [
        threading.Thread(
            target=play_game,
            args=(Browser(port, session, measured, f"player {n}"), str(gathered["code"]), n, rounds, think),
        )
        for n, session in enumerate(sessions)
    ]
    over = threading.Event()

    def look_on() -> None:
        lead = Browser(port, str(gathered["facilitator"]), measured, "facilitator")
        at = f"/lab/cohorts/{gathered['cohort']}/"
        looks = 0
        while not over.wait(1.0):
            measured.add("look at the cohort", _time(lambda: lead.ask("GET", at)))
            looks += 1
            if looks == 2:
                measured.add("let something happen", _time(lambda: lead.ask("POST", f"{at}inject/", HAPPENS)))
        lead.ask("GET", f"{at}compare/")

    facilitator = threading.Thread(target=look_on)
    facilitator.start()
    for one in players:
        one.start()
    for one in players:
        one.join()
    over.set()
    facilitator.join()
    return measured


if __name__ == "__main__":
    print(json.dumps(make_class(int(sys.argv[1]), sys.argv[2])))
