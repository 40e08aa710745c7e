"""A made-up schedule of any size, straight into the database: what the board's benchmark and tests draw."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from drumbeat.orders.models import Order
from drumbeat.plant.models import Calendar, CalendarShift, Item, Line, Resource, Site, Weekday
from drumbeat.scheduling.models import Schedule, ScheduledOrder, ScheduledTask

START = datetime(2026, 3, 2, 5, tzinfo=UTC)
STEPS = [("Saw", 35), ("Mill", 80), ("Turn", 65), ("Weld", 120), ("Paint", 50), ("Assemble", 95)]


def draw(*keys: int) -> float:
    """A number from 0 to 1 that looks like luck and is the same every time."""
    state = 0x9E3779B97F4A7C15
    for key in keys:
        state = ((state ^ (key + 0x632BE59BD9B4E019)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 29
    return (state >> 11) / (1 << 53)


def make_plant(num_machines: int) -> list[str]:
    """Store two sites with lines, shifts and machines; return the machines' codes."""
    Site.objects.bulk_create(
        [
            Site(code="NORTH", name="North plant", time_zone="Europe/Berlin"),
            Site(code="SOUTH", name="South plant", time_zone="Europe/Berlin"),
        ]
    )
    Line.objects.bulk_create([
        Line(code=f"{site}-{step}", name=f"{step} shop", site_id=site)
        for site in ("NORTH", "SOUTH") for step, _ in STEPS
    ])  # fmt: skip
    Calendar.objects.create(code="TWO", name="Two shifts")
    CalendarShift.objects.bulk_create([
        CalendarShift(calendar_id="TWO", weekday=day, start=start, end=end)
        for day in Weekday.values[:5] for start, end in ((time(6), time(14)), (time(14), time(22)))
    ])  # fmt: skip
    Item.objects.bulk_create([Item(code=f"ITEM-{i:02}", name=f"Gear housing {i:02}") for i in range(24)])
    machines = []
    for index in range(num_machines):
        site = "NORTH" if index % 2 == 0 else "SOUTH"
        step = STEPS[index // 2 % len(STEPS)][0]
        machines.append(
            Resource(
                code=f"{site[0]}-{step.upper()}-{index // 12 + 1:02}", name=f"{step} {index // 12 + 1} {site.lower()}",
                site_id=site, line_id=f"{site}-{step}", calendar_id="TWO" if index % 5 else None,
            )
        )  # fmt: skip
    Resource.objects.bulk_create(machines)
    return [machine.code for machine in machines]


def make_schedule(num_tasks: int, num_machines: int = 60) -> Schedule:
    """Store a schedule of `num_tasks` tasks in orders of six steps, one after the other on each machine.

    Returns
    -------
    The schedule; with its sites, machines, items and orders stored too.
    """
    machines = make_plant(num_machines)
    free = dict.fromkeys(machines, 0)
    by_step = [[code for code in machines if step.upper() in code] for step, _ in STEPS]
    schedule = Schedule.objects.create(
        created_at=START, version="made-up", horizon_start=START, method="made up", objective=0, num_tasks=num_tasks
    )
    tasks, orders, scheduled = [], [], []
    for number in range(-(-num_tasks // len(STEPS))):
        code = f"W-{number + 1:05}"
        ready, first = 0, None
        for step, (name, minutes) in enumerate(STEPS[: min(len(STEPS), num_tasks - len(tasks))]):
            machine = min(by_step[step], key=lambda one: max(free[one], ready))
            start = _open(max(free[machine], ready))
            setup = 900 if draw(number, step, 1) < 0.3 else 0
            end = _work(start, setup + int(minutes * 60 * (0.5 + draw(number, step, 2))))
            tasks.append(
                ScheduledTask(
                    schedule=schedule, task=f"{code}/{10 * step + 10}", order=code, item=f"ITEM-{number % 24:02}",
                    operation=f"{name} ITEM-{number % 24:02}", resource=machine, resources=machine,
                    quantity=10 + number % 90, starts_at=START + timedelta(seconds=start), setup_seconds=setup,
                    ends_at=START + timedelta(seconds=end),
                )
            )  # fmt: skip
            free[machine] = ready = end
            first = start if first is None else first
        due = int(ready + (draw(number, 3) - 0.12) * 400_000)
        orders.append(
            Order(code=code, site_id="NORTH", item_id=f"ITEM-{number % 24:02}", state=("firm", "released")[number % 2])
        )
        scheduled.append(
            ScheduledOrder(
                schedule=schedule, order=code, item=f"ITEM-{number % 24:02}", quantity=10 + number % 90,
                starts_at=START + timedelta(seconds=first or 0), ends_at=START + timedelta(seconds=ready),
                due_at=START + timedelta(seconds=due), late_seconds=max(0, ready - due),
                waits=[{"cause": f"machine {machines[number % len(machines)]} behind order W-00001", "seconds": 7200}],
            )
        )  # fmt: skip
    Order.objects.bulk_create(orders, batch_size=5000)
    ScheduledOrder.objects.bulk_create(scheduled, batch_size=5000)
    ScheduledTask.objects.bulk_create(tasks, batch_size=5000)
    schedule.num_late = sum(order.late_seconds > 0 for order in scheduled)
    schedule.save()
    return schedule


def _open(second: int) -> int:
    """The next moment at which a two-shift plant works (06:00 to 22:00 in Berlin, START is 06:00 there)."""
    day, rest = divmod(second, 86_400)
    if rest >= 16 * 3600:
        day, rest = day + 1, 0
    while day % 7 >= 5:
        day, rest = day + 1, 0
    return day * 86_400 + rest


def _work(start: int, seconds: int) -> int:
    """The end of work of some length that pauses while the plant is closed."""
    while True:
        left = start // 86_400 * 86_400 + 16 * 3600 - start
        if seconds <= left:
            return start + seconds
        seconds -= left
        start = _open(start + left)
