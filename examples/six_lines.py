"""The Python door: six lines from data to a probability."""

from drumbeat.home import Plant

plant = Plant.demo(size="s")
run = plant.run(seconds=1, replications=200)
print(f"{run.simulation.expected_on_time:.0%} of {run.schedule.orders.height} orders are on time")
print(run.simulation.threats.select("kind", "subject", "loss").head(3))
