"""The kernel for plain lines gives the bits of the general one, and draws from a logarithm that is right."""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
import pytest

from drumbeat.basics.streams import luck_of, uniform
from drumbeat.twin.engine.lines import Arrivals, Duration, Failure, Line, Station, simulate_line
from drumbeat.twin.engine.lines.fast_log import fast_log
from drumbeat.twin.engine.lines.lay_out import lay_out
from drumbeat.twin.engine.lines.run_plain import is_plain


@numba.njit
def log_of(x: float) -> Any:
    """Call the logarithm from Python."""
    return fast_log(x)


ONE, TEN, HUNDRED = Duration.exponential(1.0), Duration.exponential(10.0), Duration.exponential(100.0)


def make_line(buffers: list[int | None], is_failing: bool, arrivals: Arrivals | None, repair: Duration = TEN) -> Line:
    """Stations of rate 1, each with the buffer told before it."""
    return Line(
        tuple(
            Station(f"M{k}", ONE, buffer=buffer, failures=(Failure(f"F{k}", HUNDRED, repair),) if is_failing else ())
            for k, buffer in enumerate(buffers)
        ),
        arrivals,
    )


@pytest.mark.parametrize("arrivals", [None, Arrivals(Duration.exponential(1.5))])
@pytest.mark.parametrize("is_failing", [False, True])
@pytest.mark.parametrize("buffers", [[5, 5, 5], [None, 0, 3, None], [None]])
def test_same_bits_as_the_general_kernel(
    buffers: list[int | None], is_failing: bool, arrivals: Arrivals | None
) -> None:
    line = make_line(buffers, is_failing, arrivals, Duration(8.0))
    assert is_plain(lay_out(line), 0)
    plain, general = (
        simulate_line(line, length=2_000, warm_up=100, replications=3, num_bins=7, num_traced=traced)
        for traced in (0, 1)  # a run with a trace is played by the general kernel
    )
    for name, told, truth in zip(plain.tally._fields, plain.tally, general.tally, strict=True):
        assert name == "trace" or told.tobytes() == truth.tobytes(), name
    assert plain.throughput.min() > 0.3


def test_what_a_plain_line_does_not_have() -> None:
    calendar = (Failure("F", HUNDRED, TEN, False),)
    for line in (
        Line((Station("A", ONE, servers=2),)),
        Line((Station("A", ONE, lot=2), Station("B", ONE))),
        Line((Station("A", Duration(1.0)),)),
        Line((Station("A", ONE, failures=calendar),)),
        Line((Station("A", ONE), Station("B", ONE, failures=(Failure("F", HUNDRED, TEN),)))),
        Line((Station("A", ONE, buffer=1),), Arrivals(ONE, is_lost_when_full=True)),
        Line((Station("A", ONE),), Arrivals(Duration(1.0))),
        Line((Station("A", ONE),), most_parts=3),
    ):
        assert not is_plain(lay_out(line), 0)


def test_the_logarithm_is_right_to_the_last_bits() -> None:
    luck = np.uint64(luck_of(5, 0))
    shares = [uniform(luck, np.uint64(1), 0, n) for n in range(9_000)]
    near_one = [1 - 2.0 ** -(1 + 52 * share) for share in shares[5_000:7_000]]
    near_zero = [2.0 ** -(53 * share) for share in shares[7_000:]]
    values = [*shares[:5_000], *near_one, *near_zero, 2.0**-53, 1 - 2.0**-53, 0.5, 0.5**0.5, 1.0]
    for x in values:
        assert abs(float(log_of(x)) - math.log(x)) <= 4e-16 * abs(math.log(x)), x
