"""What replications say, and how sure that is: the statistics that all of the twin shares.

from drumbeat.twin.engine.answers import Precision, compare_designs, run_until_precise, summarise

summary = summarise(values)                 # mean, P10, P50, P90, each with its interval
told = compare_designs(values_by_design)    # paired on the same luck, corrected for many comparisons
mean = run_until_precise(observe, Precision(relative=0.01))
"""

from drumbeat.twin.engine.answers.batch_means import average_batches, correlation_time
from drumbeat.twin.engine.answers.compare_designs import Comparison, compare_designs
from drumbeat.twin.engine.answers.find_warm_up import ShortRunError, WarmUp, find_warm_up
from drumbeat.twin.engine.answers.run_until_precise import PreciseMean, Precision, run_until_precise
from drumbeat.twin.engine.answers.summarise import Summary, estimate_probability, estimate_quantile, summarise
from drumbeat.twin.engine.answers.weigh_controls import weigh_controls

__all__ = [
    "Comparison", "PreciseMean", "Precision", "ShortRunError", "Summary", "WarmUp", "average_batches",
    "compare_designs", "correlation_time", "estimate_probability", "estimate_quantile", "find_warm_up",
    "run_until_precise", "summarise", "weigh_controls",
]  # fmt: skip
