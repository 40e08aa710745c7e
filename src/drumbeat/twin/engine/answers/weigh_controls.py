"""Take out of a figure what is known to be luck: control variates."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats


def weigh_controls(values: Floats, controls: Floats, expected: Floats) -> Floats:
    """Weigh controls so that values less weighted surprises spread least.

    Use the weights on *other* replications, as `values - (controls - expected) @ weights`: there the mean stays
    unbiased, and its interval is that of any mean. A figure that hangs on how many parts came and how long they took,
    which are known on average, needs half the replications or fewer.

    Parameters
    ----------
    values
        Shape (R,): the figure in a pilot of R replications, R >= controls + 3.
    controls
        Shape (R, C): what was seen in the same replications.
    expected
        Shape (C,): the known means.

    Returns
    -------
    Weights, shape (C,); 0 for a control that does not vary.

    Raises
    ------
    ValueError
        When shapes do not fit or the pilot is too short.

    Notes
    -----
    S. S. Lavenberg and P. D. Welch, A Perspective on the Use of Control Variables, Management Science 27 (1981).
    """
    if controls.shape != (values.size, expected.size) or values.size < expected.size + 3:
        raise ValueError(f"{values.size} values need as many rows of {expected.size} controls, and 3 more values")
    centred = controls - controls.mean(axis=0)
    spread = centred.std(axis=0)
    varies = spread > 1e-12 * np.maximum(np.abs(expected), 1.0)
    weights = np.zeros(expected.size)
    if varies.any():
        weights[varies] = np.linalg.lstsq(centred[:, varies], values - values.mean(), rcond=None)[0]
    return weights
