"""The command finds its verbs, and says what is wrong in the user's words."""

from __future__ import annotations

import importlib

import pytest

from drumbeat import __version__
from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Cancelled
from drumbeat.cli import main as command
from drumbeat.cli.main import VERBS, main


def test_overview_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(verb in shown for verb in VERBS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_unknown_verb_is_told_with_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fly"]) == 2
    assert "schedule" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_there_and_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_wrong_usage_is_told_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--no-such-option"]) == 2
    assert "no-such-option" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError(Finding("item.csv", "a lot is above zero", "Enter 1", 3, "lot_minimum", "0")), 1, "row 3"),
        (Cancelled(), 130, "nothing was saved"),
    ],
)
def test_what_stops_a_verb_is_said_and_gives_its_exit_code(
    error: Exception, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build_failing(verbs: object) -> object:
        def fail(*arguments: object, **options: object) -> None:
            raise error

        return fail

    monkeypatch.setattr(command, "build_app", build_failing)
    assert main(["run"]) == code
    assert said in capsys.readouterr().err


def test_help_of_a_verb_imports_no_solver() -> None:
    """The command must answer at once: solvers and kernels are imported when they are needed."""
    import subprocess
    import sys

    code = (
        "import sys; from drumbeat.cli.main import main; main(['run', '--help']); "
        "print([name for name in ('ortools', 'numba', 'polars', 'django') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_verb_has_a_module_of_its_name() -> None:
    for verb in VERBS:
        name = verb.replace("-", "_")
        assert callable(getattr(importlib.import_module(f"drumbeat.cli.{name}"), name))
