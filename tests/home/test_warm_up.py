"""What is compiled ahead, so that no page waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from drumbeat.home.warm_up import MARKER, warm_up
from drumbeat.twin.engine.floor.far import KERNELS
from drumbeat.twin.engine.floor.play import begin, play


def test_the_floor_is_compiled_before_a_game_begins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "twin.engine.simulate_schedule.simulate_schedule", "scheduling.engine.plant.search_plant.warm_up_plant",
        "scheduling.engine.serial.warm_up_serial", "demand.engine.forecast.forecast",
        "demand.engine.forecast.forecast_naive",
    ):  # fmt: skip
        monkeypatch.setattr(f"drumbeat.{name}", lambda *_, **__: None)
    monkeypatch.setattr("drumbeat.basics.compiled.cache_folder", lambda _: tmp_path)
    warm_up()
    assert all(kernel.signatures for kernel in (begin, play, *KERNELS))
    assert (tmp_path / MARKER).exists()
