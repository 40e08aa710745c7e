"""Add one way to fail to what is uncertain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumbeat.basics.streams import EXPONENTIAL
from drumbeat.twin.engine.problem import BREAKDOWN, Causes, Failures, Uncertainty


def add_failure(
    uncertainty: Uncertainty,
    *,
    key: str,
    resource: int,
    mean_seconds: float,
    repair_mean_seconds: float,
    is_busy_clock: bool = True,
    distribution: int = EXPONENTIAL,
    shape: float = 1.0,
    repair_distribution: int = EXPONENTIAL,
    repair_shape: float = 1.0,
    is_down: bool = False,
    subject: str | None = None,
) -> Uncertainty:
    """Return the uncertainty with one more way to fail, under a breakdown cause named `subject` (default: `key`).

    The parameters are those of `Failures`, for one failure mode. A cause of that name is shared.
    """
    old, causes = uncertainty.failures, uncertainty.causes
    name = subject or key
    known = [i for i in range(len(causes.kind)) if (causes.kind[i], causes.subject[i]) == (BREAKDOWN, name)]
    if not known:
        causes = Causes(
            np.append(causes.kind, np.array([BREAKDOWN], dtype=object)),
            np.append(causes.subject, np.array([name], dtype=object)),
        )
    cause = known[0] if known else len(causes.kind) - 1
    failures = Failures(
        keys=np.append(old.keys, np.array([key], dtype=object)),
        resource=np.append(old.resource, np.int32(resource)),
        is_busy_clock=np.append(old.is_busy_clock, is_busy_clock),
        distribution=np.append(old.distribution, np.int32(distribution)),
        mean_seconds=np.append(old.mean_seconds, mean_seconds),
        shape=np.append(old.shape, shape),
        repair_distribution=np.append(old.repair_distribution, np.int32(repair_distribution)),
        repair_mean_seconds=np.append(old.repair_mean_seconds, repair_mean_seconds),
        repair_shape=np.append(old.repair_shape, repair_shape),
        is_down=np.append(old.is_down, is_down),
        cause=np.append(old.cause, np.int32(cause)),
    )
    return replace(uncertainty, failures=failures, causes=causes)
