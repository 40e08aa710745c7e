"""What the twin gives back: how sure each job is, how sure all of it is, and what threatens it."""

from __future__ import annotations

from dataclasses import dataclass

from drumbeat.basics.arrays import Floats, Int64s, Texts
from drumbeat.basics.intervals import Interval


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure each job is; shape (J,) each, times in seconds from the horizon's start.

    Parameters
    ----------
    keys
        Business key of the job.
    due
        Due time; `FAR_FUTURE` for none: such a job is always on time and counts nowhere.
    planned_end
        Last end of its tasks in the schedule; `UNSCHEDULED` for a job that has a task without a place.
    num_on_time
        Replications in which it ended by its due time.
    probability, probability_low, probability_high
        The same as a share, with its 95 % interval: that of luck (Wilson), widened by what is not known of the
        parameters.
    mean_end, p50_end, p80_end, p95_end
        Its end: on average, and the moments that 50, 80 and 95 % of the replications keep; `UNSCHEDULED` for a job
        that has a task without a place.
    late_hours
        Expected lateness, early ends counting as 0; 0 for a job that has a task without a place.
    """

    keys: Texts
    due: Int64s
    planned_end: Int64s
    num_on_time: Int64s
    probability: Floats
    probability_low: Floats
    probability_high: Floats
    mean_end: Floats
    p50_end: Int64s
    p80_end: Int64s
    p95_end: Int64s
    late_hours: Floats


@dataclass(frozen=True, slots=True)
class Threat:
    """A cause of lateness: what would be gained if it never happened, on the same luck.

    Parameters
    ----------
    kind, subject
        The cause, as in `Causes`.
    loss
        Expected share of jobs on time that it alone costs, with the paired 95 % interval.
    late_hours
        Expected lateness that it alone causes, summed over jobs.
    worst_job
        Index of the job whose probability it lowers most; -1 when it lowers none.
    """

    kind: str
    subject: str
    loss: Interval
    late_hours: float
    worst_job: int


@dataclass(frozen=True, slots=True)
class Result:
    """How sure a schedule is.

    Parameters
    ----------
    jobs
        By job.
    probability_all
        Probability that every job with a due time is on time, with its 95 % interval; 1 where none has one.
    expected_on_time
        Expected share of the jobs with a due time that are on time, with its 95 % interval; 1 where none has one.
    threats
        Largest loss first; only causes that cost anything.
    replications, seed
        How it was made.
    num_operations
        Tasks simulated, over all replications and threats.
    median_replication, bad_replication
        Numbers of replications to look at: one that half of all are no better than, and one that only a tenth are worse
        than, by jobs on time and then by lateness.
    needed
        Replications that the wanted precision takes; more than `replications` where it was not reached, 0 where none
        was wanted.
    """

    jobs: Confidence
    probability_all: Interval
    expected_on_time: Interval
    threats: tuple[Threat, ...]
    replications: int
    seed: int
    num_operations: int
    median_replication: int = 0
    bad_replication: int = 0
    needed: int = 0
