"""What the documentation shows must run as shown."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "docs" / "guide.md",
    ROOT / "docs" / "scheduling.md",
    ROOT / "docs" / "demand.md",
    ROOT / "docs" / "planning.md",
    ROOT / "docs" / "twin.md",
    ROOT / "docs" / "what-if.md",
    ROOT / "docs" / "lab.md",
    ROOT / "docs" / "roadmap.md",
    ROOT / "docs" / "confidence.md",
    ROOT / "docs" / "director.md",
]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def run_python(code: str, tmp_path: Path) -> str:
    """Run code as a user would, in a fresh process with an empty home."""
    environment = {"DRUMBEAT_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=900
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def python_blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_blocks_of_the_documentation_run(page: Path, tmp_path: Path) -> None:
    blocks = python_blocks(page)
    assert blocks
    for block in blocks:
        assert run_python(block, tmp_path).strip()


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_examples_run(example: Path, tmp_path: Path) -> None:
    assert run_python(example.read_text(encoding="utf-8"), tmp_path).strip()


def test_links_of_the_documentation_lead_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]:
        targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
        broken += [f"{page.name}: {target}" for target in targets if not (page.parent / target).exists()]
    assert not broken


def test_the_documentation_names_only_verbs_that_exist() -> None:
    from drumbeat.cli.main import VERBS

    for page in PAGES:
        for verb in re.findall(r"(?<!from )\bdrumbeat ([a-z][a-z-]+)", page.read_text(encoding="utf-8")):
            assert verb in VERBS, f"{page.name} names `drumbeat {verb}`"


def test_the_table_of_benchmarks_says_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import write_table

    monkeypatch.setattr(write_table, "PAGE", tmp_path / "benchmarks.md")
    write_table.main()
    committed = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert (tmp_path / "benchmarks.md").read_text(encoding="utf-8") == committed, "run python -m benchmarks.write_table"


def test_every_command_of_the_table_of_benchmarks_runs_something() -> None:
    """A name that is cut off would run other benchmarks too: one with bench_ in it is the whole name of a module."""
    from benchmarks.__main__ import find_benchmarks
    from benchmarks.write_table import SECTIONS

    found = find_benchmarks()
    for section in SECTIONS:
        assert any(section in name for name in found), f"`python -m benchmarks {section}` runs nothing"
        if "bench_" in section:
            assert [name for name in found if section in name] == [f"benchmarks.{section}"]
