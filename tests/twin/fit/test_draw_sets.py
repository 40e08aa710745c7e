"""Sets of parameters: as spread as they should be, the same for ever, and fair on average."""

from __future__ import annotations

import numpy as np
import pytest

from drumbeat.twin.engine.fit.draw_sets import draw_factors, draw_normals, draw_pairs, draw_quantiles, weigh_quantiles


def test_few_normals_fill_their_law():
    for key in ("M1", "M2", "M3"):
        drawn = draw_normals(key, 1, 20)
        assert drawn.mean() == pytest.approx(0, abs=1e-9)
        assert drawn.std() == pytest.approx(1, abs=0.1)
        assert len(set(drawn)) == 20
    assert draw_normals("M1", 1).tolist() == draw_normals("M1", 1).tolist()
    assert draw_normals("M1", 1).tolist() != draw_normals("M1", 2).tolist()
    assert abs(np.corrcoef(draw_normals("M1", 1), draw_normals("M2", 1))[0, 1]) < 0.5


def test_doubt_itself_adds_nothing():
    factors = draw_factors(["A", "B", "C"], np.array([0.0, 0.2, 0.8]), 3)
    assert factors.mean(axis=0) == pytest.approx([1, 1, 1], rel=0.03)
    assert np.log(factors).std(axis=0) == pytest.approx([0, 0.2, 0.8], rel=0.1)
    covariance = np.array([[[0.04, 0.01], [0.01, 0.09]]])
    means, shapes = draw_pairs(["A"], covariance, 5, num=400)
    assert (1 / means).mean() == pytest.approx(1)  # as many failures as without doubt
    assert np.cov(np.log(means[:, 0]), np.log(shapes[:, 0])) == pytest.approx(covariance[0], rel=0.35)


def test_quantiles_of_weighted_values():
    values = np.array([-1.0, 0, 0, 1, 2, 3, 5, 20])
    shares = np.linspace(0, 1, 101)
    assert weigh_quantiles(values, np.ones(8), 101) == pytest.approx(np.quantile(values, shares))
    assert weigh_quantiles(np.array([4.0]), np.ones(1), 3).tolist() == [4, 4, 4]
    drawn = draw_quantiles("S", values, np.ones(8), 101)
    assert drawn.shape == (50, 101)
    assert (np.diff(drawn, axis=1) >= 0).all()
    assert drawn[:, 50].mean() == pytest.approx(1.5, abs=1.0)
    few, many = (draw_quantiles("S", np.linspace(0, 20, n), np.ones(n), 101)[:, 50].std() for n in (8, 200))
    assert many < few / 3  # more data, less doubt
