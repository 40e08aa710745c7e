"""The SMT2020 fab: its files as a floor problem, and some days of it."""

from __future__ import annotations

import numpy as np
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.twin.engine.floor.lay_out import slot_dedications
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.smt2020 import ASSUMPTIONS, read_smt2020

DAY = 86_400.0


@pytest.fixture(scope="module")
def files(shared_data):
    folder = shared_data / "twin" / "smt2020" / "SMT2020_HVLM"
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def fab(files):
    return read_smt2020(files)


def test_sizes_are_the_published_ones(fab):
    """105 tool groups with 1,043 tools, routes of 583 and 343 steps, 2,255 lots under way (Kopp et al. 2020)."""
    assert (len(fab.groups.keys), len(fab.machines.keys), len(fab.orders.keys)) == (105, 1043, 2255)
    steps = dict(zip(fab.products.keys, np.diff(fab.products.ptr), strict=True))
    assert (steps["Lot_3"], steps["HotLot_4"], steps["Init_Lot_3"]) == (583, 343, 583)
    assert fab.sources.between.mean[:2].tolist() == [51.69 * 60] * 2
    assert fab.products.due_seconds[0] / DAY == pytest.approx(53.8387, abs=1e-3)


def test_raw_time_in_the_fab_is_the_published_one(fab):
    """Expected time without queues: 27.18 and 15.96 days are published; loads that overlap are worth 0.3 days."""
    for product, days in (("Lot_3", 27.18), ("Lot_4", 15.96)):
        p = list(fab.products.keys).index(product)
        s = slice(fab.products.ptr[p], fab.products.ptr[p + 1])
        done = 1.0 - fab.steps.skip[s]
        moved = 450.0 * done * (fab.steps.group[s] >= 0)
        raw = (done * (fab.steps.run.mean[s] + fab.steps.delay.mean[s] + fab.steps.setup[s]) + moved).sum() / DAY
        assert raw == pytest.approx(days, rel=0.015)


def test_cascades_setups_lenses_and_care(fab):
    number = {key: i for i, key in enumerate(fab.machines.keys)}
    implant, litho = number["Implant_128#1"], number["Litho_FE_92#1"]
    assert fab.machines.is_ahead[implant]
    assert fab.machines.least_run[implant] == 7
    assert not fab.machines.is_ahead[litho]
    assert set(np.unique(fab.setups[fab.machines.matrix[implant]])) >= {0.0, 72 * 60.0}
    # FWLRANK: hot lots, then those that need no setup, then the first that came; so at all tools.
    assert fab.groups.is_setup_first.all()
    assert (slot_dedications(fab.steps.dedicate_to)[fab.steps.dedicate_to >= 0] >= 0).all()
    own = np.flatnonzero(np.char.startswith(fab.care.keys.astype(str), "DefMet_BE_33_MN"))
    # Every 30 days from begin to begin, the two tools a fortnight apart.
    assert fab.care.interval[own] == pytest.approx([30 * DAY] * 2)
    assert fab.care.first[own][1] == pytest.approx(2 * fab.care.first[own][0])


def test_wrong_files_are_told_all_at_once(files):
    broken = {**files, "tool.txt.1l": files["tool.txt.1l"].replace("10.0", "ten", 1)}
    broken["route_3.txt"] = files["route_3.txt"].replace("Diffusion_FE_120", "NOWHERE", 1)
    del broken["WIP.txt"]
    with pytest.raises(InputError) as told:
        read_smt2020(broken)
    assert "WIP.txt: the file is there" in str(told.value)
    assert "row 2, column STNQTY" not in str(told.value) or "ten" in str(told.value)
    del broken["part.txt"]
    with pytest.raises(InputError, match=r"part\.txt"):
        read_smt2020(broken)


def test_assumptions_are_sentences():
    assert len(ASSUMPTIONS) > 15
    assert not any(line.endswith(".") or line != line.strip() for line in ASSUMPTIONS)


@pytest.mark.slow
def test_some_days_of_the_fab(fab):
    """Ten days: lots come out as fast as they go in, breakdowns and care take their published share."""
    result = simulate_floor(fab, until=10 * DAY, seed=7)
    finished = dict(zip(fab.products.keys, result.finished[0], strict=True))
    assert finished["Init_Lot_3"] == pytest.approx(278, abs=30)
    assert finished["Init_Lot_4"] == pytest.approx(278, abs=30)
    assert result.residence.sum() == pytest.approx(result.wip.sum(), rel=1e-9)
    seconds = result.machine_seconds[0].sum(axis=0) / result.machine_seconds[0].sum()
    assert 0.01 < seconds[4] < 0.05
    assert 0.04 < seconds[5] < 0.14
