"""Serial lines with finite buffers, as a max-plus recursion: what do buffers, failures and servers do to a line?

from drumbeat.twin.engine.lines import Duration, Failure, Line, Station, simulate_line

motor = Failure("motor", life=Duration.exponential(100), repair=Duration.exponential(10))
line = Line((Station("press", Duration.exponential(1), failures=(motor,)),
             Station("pack", Duration.exponential(1), buffer=10)))
run = simulate_line(line, length=10_000, warm_up=1_000)
print(run.throughput.mean(), run.shares.mean(axis=0))
"""

from drumbeat.twin.engine.lines.problem import Arrivals, Duration, Failure, Line, Station
from drumbeat.twin.engine.lines.result import LineRun
from drumbeat.twin.engine.lines.simulate_line import simulate_line
from drumbeat.twin.engine.lines.study_line import LineStudy, study_line

__all__ = [
    "Arrivals", "Duration", "Failure", "Line", "LineRun", "LineStudy", "Station", "simulate_line", "study_line",
]  # fmt: skip
