"""Net present value, rates of return and payback, against published values."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.finance.engine.value_cash import (
    discount_factors,
    find_modified_return,
    find_payback,
    find_present_value,
    find_return,
)

DAYS = [date(2008, 1, 1), date(2008, 3, 1), date(2008, 10, 30), date(2009, 2, 15), date(2009, 4, 1)]
YEARS = [(day - DAYS[0]).days / 365 for day in DAYS]
DATED = [-10000, 2750, 4250, 3250, 2750]


def test_published_values() -> None:
    assert find_return([-100, 39, 59, 55, 20]) == pytest.approx(0.2809484211599, abs=1e-12)
    assert find_return([-100, 0, 0, 74]) == pytest.approx(-0.0954958303490, abs=1e-12)
    assert find_present_value(0.281, [-100, 39, 59, 55, 20]) == pytest.approx(-0.0084785916385, abs=1e-10)
    flows = [-120000, 39000, 30000, 21000, 37000, 46000]
    assert find_modified_return(flows, 0.10, 0.12) == pytest.approx(0.1260941303659, abs=1e-12)
    assert find_return(DATED, YEARS) == pytest.approx(0.3733625335188, abs=1e-7)
    assert find_present_value(0.09, DATED, YEARS) == pytest.approx(2086.6476020315, abs=1e-9)


def test_no_rate_where_money_goes_one_way() -> None:
    assert math.isnan(find_return([-1, -2]))
    assert math.isnan(find_return([]))
    assert math.isnan(find_return([-10, 30, -25]))  # never worth nothing: 25 v^2 - 30 v + 10 has no root
    assert math.isnan(find_modified_return([5.0, 2.0], 0.1, 0.1))


def test_of_several_rates_the_nearest_to_zero() -> None:
    assert find_return([-1, 2.3, -1.32]) == pytest.approx(0.1)  # 10 % and 20 %


def test_payback_between_periods_and_for_good() -> None:
    assert find_payback([-100, 50, 100]) == pytest.approx(1.5)
    assert find_payback([-100, 150, -100, 75]) == pytest.approx(2 + 50 / 75)
    assert math.isnan(find_payback([-100, 10]))
    assert find_payback([5, 5]) == 0
    assert find_payback([-100, 110], 0.1) == pytest.approx(1.0)


def test_a_rate_of_minus_one_is_refused() -> None:
    with pytest.raises(ValueError, match="above -1"):
        discount_factors(-1.0, [1.0])


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=20), st.floats(1, 1e6))
def test_at_its_rate_an_investment_is_worth_nothing(earned: list[float], paid: float) -> None:
    flows = [-paid, *earned]
    rate = find_return(flows)
    if math.isnan(rate):
        assert find_present_value(-0.998, flows) < 0 or find_present_value(1e5, flows) > 0
    else:
        size = float(np.abs(flows) @ discount_factors(rate, np.arange(len(flows))))
        assert abs(find_present_value(rate, flows)) < 1e-6 * size
