"""What a run of a line gives back, replication by replication."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from drumbeat.basics.arrays import Floats, Texts
from drumbeat.twin.engine.lines.run_parts import Tally, Window


@dataclass(frozen=True, eq=False)
class LineRun:
    """R replications of a line of K stations, measured after the warm-up; times in the unit of the line.

    Put any of the arrays of shape (R,) into `drumbeat.twin.engine.answers` for its interval.

    Parameters
    ----------
    stations
        Shape (K,): their keys.
    servers
        Shape (K,).
    window
        What was measured.
    tally
        What was counted.
    """

    stations: Texts
    servers: Floats
    window: Window
    tally: Tally

    @property
    def length(self) -> float:
        """Measured time of a replication."""
        return self.window.end - self.window.first

    @property
    def bin_length(self) -> float:
        """Length of a bin of the series."""
        return self.window.bin_length

    @property
    def _first_bin(self) -> int:
        return round(self.window.first / self.window.bin_length)

    @cached_property
    def throughput(self) -> Floats:
        """Shape (R,): parts that left the line per unit of time."""
        counts: Floats = self.tally.exited[:, self._first_bin :].sum(axis=1) / self.length
        return counts

    @cached_property
    def parts_in_system(self) -> Floats:
        """Shape (R,): mean number of parts in the system, over time."""
        mean: Floats = self.parts_by_bin[:, self._first_bin :].mean(axis=1)
        return mean

    @cached_property
    def time_in_system(self) -> Floats:
        """Shape (R,): mean time in the system of the parts that left; nan where none did."""
        count = self.tally.exited[:, self._first_bin :].sum(axis=1)
        total = self.tally.sojourn[:, self._first_bin :].sum(axis=1)
        return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)

    @cached_property
    def shares(self) -> Floats:
        """Shape (R, K, 4): share of time that a server works, is down, blocked, starved; they sum to 1."""
        shares: Floats = self.tally.shares / (self.length * self.servers[None, :, None])
        return shares

    @cached_property
    def waiting(self) -> Floats:
        """Shape (R, K): mean number of parts before each station that wait for a start."""
        mean: Floats = self.tally.waiting / self.length
        return mean

    @cached_property
    def lost(self) -> Floats:
        """Shape (R,): share of the arrivals that were lost; nan where nothing arrives by itself."""
        come = self.tally.lost[:, 0]
        return np.divide(self.tally.lost[:, 1], come, out=np.full(len(come), np.nan), where=come > 0)

    @cached_property
    def throughput_by_bin(self) -> Floats:
        """Shape (R, B): parts that left per unit of time, from time 0 on: what warm-up is found from."""
        rates: Floats = self.tally.exited / self.window.bin_length
        return rates

    @cached_property
    def parts_by_bin(self) -> Floats:
        """Shape (R, B): mean number of parts in the system, from time 0 on.

        Counted from entries and departures, not from the parts' times, so that Little's law can be checked.
        """
        tally, length = self.tally, self.window.bin_length
        after = np.cumsum(tally.entered - tally.exited, axis=1)
        before = after - (tally.entered - tally.exited)
        mean: Floats = before + (tally.enter_rest - tally.exit_rest) / length
        return mean

    @property
    def trace(self) -> Floats:
        """Shape (R, N, K, 3): start, finish and departure of the first N parts at each station."""
        return self.tally.trace
