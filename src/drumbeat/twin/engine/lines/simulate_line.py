"""Simulate a serial line."""

from __future__ import annotations

from functools import partial

import numpy as np

from drumbeat.basics.arrays import Floats, Texts
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.parallel import run_blocks
from drumbeat.basics.progress import Progress, silent
from drumbeat.twin.engine.lines.check_line import check_line
from drumbeat.twin.engine.lines.lay_out import Layout, lay_out
from drumbeat.twin.engine.lines.problem import Line
from drumbeat.twin.engine.lines.result import LineRun
from drumbeat.twin.engine.lines.run_parts import Tally, Window, make_state, run_replications
from drumbeat.twin.engine.lines.run_plain import is_plain, make_block, run_plain_replications

MOST_TRACED = 10_000_000
"""Moments that may be traced, over all replications."""


def simulate_line(
    line: Line,
    *,
    length: float,
    warm_up: float = 0.0,
    replications: int = 20,
    first: int = 0,
    seed: int = 1,
    cores: int = 1,
    num_bins: int = 100,
    num_traced: int = 0,
    progress: Progress = silent,
) -> LineRun:
    """Play a line from empty, `replications` times, and measure what comes after the warm-up.

    The same inputs give the same bits on any number of cores, and however the replications are split into calls.

    Parameters
    ----------
    line
        Stations, buffers, failures, arrivals.
    length
        Measured time of a replication, > 0, in the unit of the line's times.
    warm_up
        Time before that, >= 0, which is played but not measured; rounded up to whole bins. See `study_line` to find it.
    replications, first
        How many, >= 1, and the number of the first, >= 0: more of the same study are asked for with a higher first.
    seed, cores
        Of all luck; threads that share the replications, 0 or less = all.
    num_bins
        Bins, >= 1, into which the measured time is cut for the series over time.
    num_traced
        Of how many parts, the first of each replication, every start, finish and departure is kept.
    progress
        Hears of finished replications; may raise `Cancelled`.

    Raises
    ------
    InputError
        With everything that is wrong with the line or with what is asked.
    """
    found = check_line(line)
    num_stations = len(line.stations)
    found.merge(_check_asked(length, warm_up, replications, first, num_bins, num_traced * num_stations * 3))
    found.raise_on_errors()
    layout = lay_out(line)
    bin_length = length / num_bins
    num_warm = int(np.ceil(warm_up / bin_length - 1e-9))
    window = Window(num_warm * bin_length, (num_warm + num_bins) * bin_length, bin_length)
    tally = _make_tally(replications, num_warm + num_bins, num_stations, num_traced)
    work = partial(_run_block, layout, tally, window, seed, first)
    run_blocks(work, replications, cores=cores, progress=progress, message="simulating the line")
    keys: Texts = np.array([station.key for station in line.stations], dtype=object)
    return LineRun(keys, np.array([s.servers for s in line.stations], dtype=np.float64), window, tally)


def _run_block(layout: Layout, tally: Tally, window: Window, seed: int, offset: int, start: int, stop: int) -> None:
    own = Tally._make(part[start:stop] for part in tally)
    state, first, last = make_state(layout), offset + start, offset + stop
    if is_plain(layout, tally.trace.shape[1]):
        run_plain_replications(layout, state, make_block(layout), own, seed, first, last, window)
    else:
        run_replications(layout, state, own, seed, first, last, window)


def _make_tally(replications: int, num_bins: int, num_stations: int, num_traced: int) -> Tally:
    def bins() -> Floats:
        return np.zeros((replications, num_bins))

    shares, waiting = np.zeros((replications, num_stations, 4)), np.zeros((replications, num_stations))
    trace = np.full((replications, num_traced, num_stations, 3), np.nan)
    return Tally(bins(), bins(), bins(), bins(), bins(), shares, waiting, np.zeros((replications, 2)), trace)


def _check_asked(
    length: float, warm_up: float, replications: int, first: int, num_bins: int, num_moments: int
) -> Findings:
    found = Findings()
    rules = [
        (np.isfinite(length) and length > 0, "the length is above 0", "length", length),
        (np.isfinite(warm_up) and warm_up >= 0, "the warm-up is 0 or more", "warm_up", warm_up),
        (replications >= 1, "there is at least 1 replication", "replications", replications),
        (first >= 0, "replications are numbered from 0", "first", first),
        (num_bins >= 1, "there is at least 1 bin", "num_bins", num_bins),
        (0 <= num_moments * max(replications, 1) <= MOST_TRACED,
         f"at most {MOST_TRACED:,} moments are traced, three a part and station", "num_traced", num_moments),
    ]  # fmt: skip
    for is_kept, rule, column, value in rules:
        if not is_kept:
            found.add(Finding("run of a line", rule, "Enter a number in that range", None, column, str(value)))
    return found
