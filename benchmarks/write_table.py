"""Writes docs/benchmarks.md from the results: every figure there comes from a run whose JSON is in the repository."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.lab.tell_rounds import tell_rounds
from benchmarks.scheduling.tell_instances import tell_instances

RESULTS = Path(__file__).resolve().parent / "results"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

What was measured, and how to measure it again: `make bench`, or `python -m benchmarks NAME` for one.
The machine of these figures: two cores of an AMD EPYC, 24 GiB, Debian 12, Python 3.11,
nothing else running but where a line tells a load.
Machines are noisy: compare ratios within a line, not seconds between machines.
This page is written by `python -m benchmarks.write_table` from `benchmarks/results/*.json`.

| what | measured | against | command |
|---|---|---|---|
"""


def read(name: str) -> dict[str, Any]:
    """Read one result."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def read_if_there(name: str) -> list[dict[str, Any]]:
    """Read the rows of one result; none where it was never run."""
    return list(read(name)["rows"]) if (RESULTS / f"{name}.json").is_file() else []


def data_lines() -> Iterator[tuple[str, str, str]]:
    """Loading and reading a million rows."""
    told = read("data_load")
    bounds = told["bounds"]
    yield (
        f"check and store {told['rows']:,} rows of 12 tables in SQLite",
        f"{told['load_s']:.1f} s, {told['load_rows_per_s']:,} rows/s, {told['peak_mb']} MB",
        f"bound {bounds['load_s']} s, {bounds['peak_mb']:,} MB",
    )
    yield "read and check them alone", f"{told['check_s']:.1f} s", ""
    wait = f"{told['writer_longest_wait_s']:.1f} s"
    yield (
        "longest wait of somebody who saves meanwhile",
        f"{wait} ({told['writer_saves']} saves)",
        f"bound {bounds['writer_longest_wait_s']} s",
    )
    yield "snapshot of them from the database", f"{told['snapshot_s']:.1f} s", f"bound {bounds['snapshot_s']} s"


def planning_lines() -> Iterator[tuple[str, str, str]]:
    """Netting, and plans against capacity."""
    for row in read("planning_netting")["rows"]:
        yield (
            f"netting: {row['item_weeks']:,} item-weeks, {row['levels']} levels, {row['bill_lines']:,} bill lines",
            f"{row['seconds']:.2f} s, {row['events_per_second'] / 1e6:.1f} M events/s, {row['peak_mb']:,} MB",
            "",
        )
    if (RESULTS / "planning_replan.json").is_file():
        told = read("planning_replan")
        each, chain = told["all"], told["chain"]
        plan = f"{told['requirement_events']:,} events, {told['bill_lines']:,} bill lines"
        unlike, spread = told["unequal_values"], f"median {each['p50_ms']:.0f} ms, 95 %: {each['p95_ms']:.0f} ms"
        yield (
            f"one change of a plan of {plan}: {each['changes']} of all kinds and levels",
            f"{spread}; in a chain {chain['p50_ms']:.0f} ms; {unlike} values unlike a full run",
            "bound 50 ms",
        )
    for row in read("planning_finite")["rows"]:
        yield (
            f"plan material and capacity at once: {row['demands']:,} demands, {row['tasks']:,} tasks; a promise",
            f"{row['late']:,} late, nothing overloaded, {row['seconds']:.2f} s; {row['promise_seconds']:.2f} s",
            f"another planner, as published, not run here: {row['peer_late']:,} late",
        )
    for row in read_if_there("planning_master"):
        size = f"{row['machines']} machines, {row['buffers']:,} items at sites"
        plans = f"{row['master_seconds']:.1f} s, {row['master_with_shifts_seconds']:.1f} s with whole shifts"
        yield (
            f"demo company {row['size']}, {size}: load by week; review of stock; master plan of a quarter",
            f"{row['load_seconds']:.2f} s; {row['stock_seconds']:.2f} s; {plans}",
            "",
        )


def demand_lines() -> Iterator[tuple[str, str, str]]:
    """Forecasts: how good, how fast."""
    if not (RESULTS / "demand_forecast.json").is_file():
        return
    told = read("demand_forecast")
    for row in told["m3"]:
        yield (
            f"forecast the M3 competition, {row['period'].lower()}: {row['series']:,} series",
            f"sMAPE {row['smape']:.2f}, {row['cpu_seconds_per_1000']:.1f} processor seconds for 1,000 series",
            f"theta, as published: {row['theta_smape']}",
        )
    for row in told["promotions"]:
        yield (
            f"orange juice, promoted weeks of the last {row['weeks']}, {row['series']} series, held out",
            f"WAPE {row['wape']:.3f}; all weeks {row['wape_all']:.3f}",
            "mean of the last four weeks, quoted: .553, weeks held out not told",
        )
    worst = max(told["sporadic"].values())
    yield (
        "sporadic models (SBA, TSB, ADIDA, IMAPA)",
        f"largest difference {worst:.1e}",
        "statsforecast 2.1.1, same three series",
    )
    many = told["many"]
    yield (
        f"`drumbeat forecast` of {many['series']:,} items at sites, {many['months']} months, levels added up",
        f"{many['seconds']:.1f} s, {many['peak_mb']:,} MB",
        "",
    )


def scheduling_lines() -> Iterator[tuple[str, str, str]]:
    """Dispatching."""
    for row in read("scheduling_dispatch")["rows"]:
        shop = "job shop" if row["shop"] == "plain" else "plant with calendars, setups, crews, alternatives"
        yield f"dispatch {row['tasks']:,} tasks by {row['rule']}: {shop}", f"{row['tasks_per_second']:,} tasks/s", ""
    for row in read_if_there("scheduling_tardiness"):
        yield (
            f"solve {row['shop']} of {row['tasks']:,} tasks in {row['seconds']:g} s: weighted tardiness",
            f"{row['objective']:,.0f} h, {row['below_rule']:.1%} below the best of the ATC sweep",
            f"{row['rule']}: {row['rule_objective']:,.0f} h",
        )
    for row in read_if_there("scheduling_giants"):
        known = "best known" if row["best_known"] else "bound"
        first = row["first_with_reading_seconds"]
        yield (
            f"job shop {row['instance']}, {row['tasks']:,} operations",
            f"{row['gap']:.2%} above the {known} after {row['wall_seconds']:.0f} s, {row['peak_mb']:,} MB",
            f"first schedule after {first} s, reading included"
            + (f"; load {row['load']:g}" if row["load"] > 2 else ""),
        )
    for row in read_if_there("scheduling_repair"):
        yield (
            f"repair after a {row['event']}: {row['tasks']:,} tasks, plant-like",
            f"{row['seconds']:.2f} s, {row['unmoved_share']:.2%} of the tasks unmoved",
            "",
        )
    films = read_if_there("scheduling_talent")
    if films:
        slowest = max(films, key=lambda row: row["wall_seconds"])
        yield (
            f"talent scheduling, {len(films)} films of up to {max(row['scenes'] for row in films)} scenes",
            f"{sum(row['is_optimal'] for row in films)} proven, the slowest in {slowest['wall_seconds']} s",
            "",
        )


def twin_lines() -> Iterator[tuple[str, str, str]]:
    """The twin against SimPy."""
    told = read("twin_schedule")
    ours = told["operation_replications_per_processor_second"]
    apart = abs(told["makespan_difference_in_standard_errors"])
    theirs = told["simpy_operation_replications_per_processor_second"]
    yield (
        f"twin: {told['model']}",
        f"{ours / 1e6:.1f} M operation-replications per processor second",
        f"SimPy, same model and run: {theirs:,}; ratio {told['ratio_to_simpy']}; mean makespans {apart:.2f} SE apart",
    )
    yield (
        f"twin: {told['replications']:,} replications of it, warm",
        f"{told['wall_seconds_one_core']:.2f} s on one core, {told['wall_seconds_two_cores']:.2f} s on two",
        "",
    )
    if "wall_seconds_two_cores_with_parameters_in_doubt" in told:
        one, two = (told[f"wall_seconds_{cores}_with_parameters_in_doubt"] for cores in ("one_core", "two_cores"))
        yield "twin: the same over 50 sets of parameters in doubt", f"{one:.2f} s on one core, {two:.2f} s on two", ""
    yield "twin: first answer of a new process, kernels cached", f"{told['cold_start_wall_seconds']:.2f} s", ""


def calibration_lines() -> Iterator[tuple[str, str, str]]:
    """Whether what the twin says holds, on plants whose truth is known."""
    if not (RESULTS / "twin_calibration.json").is_file():
        return
    told = read("twin_calibration")
    low, high = (f"{100 * x:.1f}" for x in told["calibration_error_interval"])
    kept = told["promises_kept"]
    what = f"execution confidence on {told['plants']} plants richer than the model, {told['weeks_of_log']} weeks of log"
    error = f"calibration error {100 * told['calibration_error']:.1f} points ({low} to {high})"
    promises = f"promises at 50, 80, 95 %: {kept['p50']:.0%}, {kept['p80']:.0%}, {kept['p95']:.0%} kept"
    yield (
        f"{what}: {told['orders_and_futures']:,} outcomes",
        f"{error}, skill {told['skill']:.2f}; {promises}",
        "bound 2 points",
    )
    if "played_again" in told:
        past, again = told["looked_back_on"], told["played_again"]
        raw = f"calibration error {100 * past['calibration_error']:.1f} points"
        right = past["calibration_error_of_later_weeks_put_right_by_earlier_ones"]
        yield (
            f"{past['plants']} such plants looked back on by `twin validate`: {past['predictions']:,} predictions",
            f"{raw}; put right by earlier weeks {100 * right:.1f}",
            "bound 2 points",
        )
        output = f"output off by {again['output']['mean_size_of_difference'] / again['output']['was']:.1%}"
        use = f"utilisation off by {100 * again['utilisation_mean_size_of_difference']:.1f} points"
        shares = (f"{again['on time'][name]:.1%}" for name in ("played", "was"))
        days = (f"{again['lead time'][name]:.2f}" for name in ("played", "was"))
        yield (
            f"{again['spans']} spans of four weeks of such plants played again without a schedule",
            f"{output}; on time {' against '.join(shares)}; lead time {' against '.join(days)} days; {use}",
            "what happened",
        )
    if "scheduled_looked_back_on" in told:
        past = told["scheduled_looked_back_on"]
        errors = (
            f"{100 * past[name]['calibration_error']:.1f} points {words}"
            for name, words in (
                ("with_the_schedule_of_then", "with the schedule of then"), ("without_it", "without it"),
                ("said_when_the_schedule_was_made", "said when it was made"),
            )
        )  # fmt: skip
        count = past["without_it"]["predictions"]
        yield (
            f"{past['plants']} such plants that kept to their schedule, looked back on: {count:,} predictions",
            f"calibration error {', '.join(errors)}",
            "bound 2 points",
        )
    if "carried_over" in told:
        over = told["carried_over"]
        errors = {name: f"{100 * value:.1f}" for name, value in over.items() if name.startswith("error")}
        words = ", ".join(
            f"{errors[f'error_{name}']} points where people {what}, "
            f"{errors[f'error_{name}_put_right_by_replayed_weeks']} put right by replayed weeks"
            for name, what in (("kept_machines", "keep to it"), ("free_machines", "take whichever machine is free"))
        )
        yield f"schedules to come of {over['plants']} such plants", words, "why replayed weeks put nothing right"


def line_lines() -> Iterator[tuple[str, str, str]]:
    """Serial lines by max-plus, their certified values, and how often intervals hold the truth."""
    if not (RESULTS / "twin_lines.json").is_file():
        return
    told = read("twin_lines")
    for row in told["lines"]:
        walls = f"{row['wall_seconds_one_core']:.2f} s on one core, {row['wall_seconds_two_cores']:.2f} s on two"
        peers = "; ".join(f"{peer['peer']} {peer['rate']:,}, ratio {peer['ratio']:,}" for peer in row["peers"])
        yield (
            f"{row['line']} line, {row['machines']} machines, {row['places']} places between",
            f"{row['rate'] / 1e6:.1f} M parts x stations per processor second; {walls}",
            f"same line and run: {peers}",
        )
    worst = max(row["half_width"] for row in told["truths"])
    inside = sum(row["is_inside"] for row in told["truths"])
    yield (
        f"{len(told['truths'])} certified values of lines and queues, 99.9 % intervals of {worst:.2%} or less",
        f"{inside} inside, {sum(row['wall_seconds'] for row in told['truths']):.0f} s on one core",
        "exact Markov chains, Hunt, Erlang, Pollaczek-Khinchine",
    )
    shares = ", ".join(f"{name} {share:.1%}" for name, share in told["coverage"].items())
    yield "95 % intervals that hold the truth, 400 repeats each", shares, "wanted: 93-97 %"


def floor_lines() -> Iterator[tuple[str, str, str]]:
    """The floor's event kernel: peers on the same models, and certified values."""
    if not (RESULTS / "twin_floor.json").is_file():
        return
    told = read("twin_floor")
    names = {
        "shop": "job shop with setups, people, scrap and rework",
        "queue": "queue with three servers",
        "line": "unreliable line of ten machines",
    }
    for row in told["models"]:
        walls = f"{row['wall_seconds_one_core']:.2f} s on one core, {row['wall_seconds_two_cores']:.2f} s on two"
        peers = "; ".join(
            f"{peer['peer']} {peer['rate']:,}, ratio {peer['ratio']:,.0f}, "
            f"mean {abs(peer['standard_errors_apart'])} SE apart"
            for peer in row["peers"]
        )
        yield (
            f"event by event: {names[row['model']]}",
            f"{row['rate'] / 1e6:.2f} M steps, {row['events_per_second'] / 1e6:.1f} M events a second; {walls}",
            f"same model and run: {peers}",
        )
    if told["truths"]:
        worst = max(row["half_width"] for row in told["truths"])
        inside = sum(row["is_inside"] for row in told["truths"])
        yield (
            f"{len(told['truths'])} certified values event by event, 99.9 % intervals of {worst:.2%} or less",
            f"{inside} inside, {sum(row['wall_seconds'] for row in told['truths']):.0f} s",
            "exact Markov chains, Hunt, Erlang, Pollaczek-Khinchine, Jackson",
        )


def fab_lines() -> Iterator[tuple[str, str, str]]:
    """The SMT2020 fab against its published figures."""
    if not (RESULTS / "twin_smt2020.json").is_file():
        return
    told = read("twin_smt2020")
    cycle = [row for row in told["lots"] if row["figure"].startswith("cycle")]
    worst = {figure: max(abs(row["difference"]) for row in told["lots"] if row["figure"] == figure)
             for figure in ("lots out", "cycle time, days", "on time, percent")}  # fmt: skip
    shown = ", ".join(f"{row['lot']} {row['mean']:.2f} d (published {row['published']:.2f})" for row in cycle)
    seconds, speed = told["processor_seconds"], told["events_per_second"] / 1e6
    far = ", ".join(f"{figure.split(',')[0]} {share:.1%}" for figure, share in worst.items())
    yield (
        f"{told['what']}: {told['events'] / 1e6:.0f} M events",
        f"{seconds['best']:.0f} to {seconds['worst']:.0f} processor seconds a replication, {speed:.1f} M events/s",
        f"wanted: {told['bar_seconds']:.0f} s; load of the machine {told['load_average_at_end']:.1f}",
    )
    yield (
        f"its published figures: {told['inside_band']} of {told['figures']} within {told['band']:.0%}",
        f"cycle times {shown}; farthest off: {far}",
        "Kopp et al. 2020, mean of their runs",
    )


def board_lines() -> Iterator[tuple[str, str, str]]:
    """The plan board in a browser."""
    for row in read("web_board")["rows"]:
        zoom = row["zoom_frame"]
        yield (
            f"plan board of {row['bars']:,} bars, headless Chromium without GPU",
            f"first draw {row['first_draw_ms']} ms, zoom frame {zoom['median_ms']} ms (95 %: {zoom['p95_ms']} ms)",
            "",
        )


def home_lines() -> Iterator[tuple[str, str, str]]:
    """The whole trip."""
    for row in read("home_run")["rows"]:
        steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in row["steps_s"].items())
        yield (
            f"`drumbeat run --seconds 0`, demo company {row['size']} ({row['orders']:,} orders), {row['case']}",
            f"{row['wall_s']:.1f} s: {steps}",
            "",
        )


def select_lines() -> Iterator[tuple[str, str, str]]:
    """Choosing among designs: how often the choice is good."""
    if not (RESULTS / "twin_select.json").is_file():
        return
    told = read("twin_select")

    def share(one: dict[str, Any]) -> str:
        return f"{one['share']:.0%} of {one['trials']} trials ({one['low']:.0%} to {one['high']:.0%})"

    if "normal" in told:
        one = told["normal"]
        yield (
            f"best of {one['designs']} designs, {one['plays']:,} plays: halving on shared luck",
            f"{share(one['halving'])} good",
            (
                f"equal shares, own luck {one['equal']['share']:.0%}; equal shares, shared luck "
                f"{one['equal_shared']['share']:.0%}"
            ),
        )
    if "guarantee" in told:
        one = told["guarantee"]["shared_luck"]
        yield (
            "best of 10, better by the indifference zone alone: Kim and Nelson on shared luck",
            f"right in {share(one)}, {one['mean_plays']:.0f} plays",
            (
                f"promised {told['guarantee']['promised']:.0%}; on own luck "
                f"{told['guarantee']['own_luck']['mean_plays']:.0f} plays"
            ),
        )
    if "emulated" in told:
        yield (
            f"best of {told['designs']:,} roadmaps, emulated",
            f"{share(told['emulated'])} good",
            "truth known exactly",
        )
    if "share" in told.get("roadmaps", {}):
        one = told["roadmaps"]
        plays = one["trial"][0]["plays"]
        yield (
            f"best of {told['designs']:,} roadmaps of a 60-machine plant over a year ({plays:,} years played)",
            (
                f"{share(one)} good; {one['cpu_seconds']:.0f} processor seconds, {one['wall_seconds']:.0f} s on "
                f"{one['cores']} core{'s' if one['cores'] > 1 else ''} at a load of {one['load_average']:.1f}"
            ),
            f"long runs of {one['long_runs']} designs, up to {one['replications_of_long_runs']} years each",
        )


def roadmap_lines() -> Iterator[tuple[str, str, str]]:
    """Roadmaps: what they gain on generated plants, and how fast thousands are judged."""
    if not (RESULTS / "strategy_roadmap.json").is_file():
        return
    told = read("strategy_roadmap")
    names = {"greedy": "ranking by NPV", "on_means": "the plan on averages", "fixed": "the best fixed roadmap"}
    if "plants" in told:
        one = told["plants"]
        count, futures = len(one["plants"]), one["params"]["fresh_futures"]
        yield (
            f"adaptive roadmaps of {count} generated plants against ranking by NPV and the plan on averages",
            f"better than both on {one['better_than_both']} of {count} (95 % each)",
            f"{futures:,} fresh futures a plant; seeds {one['plants'][0]['seed']} to {one['plants'][-1]['seed']}",
        )
        for other, name in names.items():
            gain, low, high = one[other]["total_gain_share"]
            yield (
                f"adaptive roadmaps of {count} generated plants against {name}, {futures:,} fresh futures each",
                (
                    f"{one[other]['better']} better, {one[other]['as_good']} the same, {one[other]['not_told_apart']} "
                    f"not told apart, {one[other]['worse']} worse (95 %)"
                ),
                f"gain over all plants {gain:.1%} of their value ({low:.1%} to {high:.1%} over plants)",
            )
    if "screening" in told:
        one = told["screening"]
        what = f"judge {one['candidates']:,} roadmaps by the throughput model: {one['groups']} groups, three years"
        yield what, f"{one['judged_seconds']:.1f} s, {one['futures']} futures each, {one['cores']} cores", ""
    if "twin" in told:
        one = told["twin"]
        yield (
            (
                f"rank {one['candidates']:,} roadmaps of a {one['machines']}-machine plant over {one['years']} years: "
                f"screened by the model, the best {one['short_list']} played by the twin"
            ),
            f"{one['seconds']:.0f} s on {one['cores']} cores at a load of {one['load_average']:.1f}",
            f"bound 90 s; rank correlation of model and twin {one['agreement']:.2f}",
        )


def lab_lines() -> Iterator[tuple[str, str, str]]:
    """The Decision Lab: is it fair, and how long does it take?"""
    if not (RESULTS / "lab_balance.json").is_file():
        return
    for name, told in read("lab_balance").items():
        unit, bots = 1000.0, told["bots"]
        values = ", ".join(
            f"{bot} {bots[bot]['mean'] / unit:,.0f} ({bots[bot]['low'] / unit:,.0f} to {bots[bot]['high'] / unit:,.0f})"
            for bot in ("nothing", "constant", "greedy", "random", "adaptive", "oracle")
        )
        closest = min(told["adaptive_ahead"], key=lambda bot: told["adaptive_ahead"][bot]["low"])
        gap = told["adaptive_ahead"][closest]
        yield (
            (
                f"Decision Lab, {name}: value in thousand {told['currency']}, {bots['adaptive']['plays']} plays a bot "
                f"({bots['oracle']['plays']} of the oracle)"
            ),
            values,
            (
                f"adaptive ahead of the nearest, {closest}, by {gap['value'] / unit:,.0f} ({gap['low'] / unit:,.0f} to "
                f"{gap['high'] / unit:,.0f}, paired), behind the oracle by "
                f"{told['oracle_ahead']['value'] / unit:,.0f}; constant: the best of {len(told['places'])} places "
                "in hindsight"
            ),
        )
    worst = max(read("lab_balance").values(), key=lambda one: one["debrief_s"])
    slowest = max(one["round_s"] for one in read("lab_balance").values())
    yield (
        "Decision Lab: a round; a debrief with four counterfactuals; the slowest scenario",
        f"{slowest:.2f} s; {worst['debrief_s']:.1f} s, machine at a load of {worst['load_average']:.0f}",
        "bounds 3 s and 60 s",
    )
    if (RESULTS / "lab_rounds.json").is_file():
        yield from tell_rounds(read("lab_rounds"))


def signal_lines() -> Iterator[tuple[str, str, str]]:
    """Signal or noise."""
    if (RESULTS / "strategy_signals.json").is_file():
        told = read("strategy_signals")
        for row in told["rows"]:
            xmr = f"XmR rule 1: {row['xmr_rule_1']:.0f} ({row['xmr_share']:.2%} of weeks); "
            arrow = f"1-sigma arrow: {row['arrow']:.0f} ({row['arrow_share']:.0%})"
            yield (
                f"{told['series']} KPI series of noise, correlation up to {row['most_correlation']}, half long-tailed",
                f"{row['ours']:.2f} false alarms a quarter",
                xmr + arrow,
            )
        for row in told["power"]:
            soon = f", the middle one after {row['median_weeks']:.0f} weeks" if row["median_weeks"] else ""
            yield (
                f"a level that moves by {row['shift']:g} weekly deviations, judged among {told['series']} series",
                f"{row['seen_within_a_quarter']:.0%} seen within a quarter{soon}",
                "",
            )


def detector_lines() -> Iterator[tuple[str, str, str]]:
    """How early detectors warn, and how often of nothing."""
    if (RESULTS / "strategy_detectors.json").is_file():
        found = read("strategy_detectors")
        for row in found["rows"]:
            spread = f"median; P10 {row['p10']:.0f}, P90 {row['p90']:.0f}; never in {row['never_warned']}"
            yield (
                f"{row['kind']} that builds up, {row['plants']} made-up plants",
                f"warning {row['median_lead_weeks']:.0f} weeks before output is 5 % down ({spread})",
                "",
            )
        low, high = found["false_alarm_interval"]
        yield (
            f"false alarms of {len(found['false_alarms_by_kind'])} detectors, {found['sound_plants']} sound years",
            f"{found['false_alarm_share']:.1%} of plant-years ({low:.1%} to {high:.1%})",
            "",
        )


SECTIONS = {
    "data": data_lines,
    "demand": demand_lines,
    "planning": planning_lines,
    "scheduling": scheduling_lines,
    "twin": twin_lines,
    "twin.bench_lines": line_lines,
    "twin.bench_calibration": calibration_lines,
    "twin.bench_floor": floor_lines,
    "twin.bench_smt2020": fab_lines,
    "twin.bench_select": select_lines,
    "strategy.bench_roadmap": roadmap_lines,
    "strategy.bench_signals": signal_lines,
    "strategy.bench_detectors": detector_lines,
    "lab": lab_lines,
    "web": board_lines,
    "home": home_lines,
}


def main() -> None:
    """Write the page."""
    lines = [
        f"| {what} | {measured} | {against} | `python -m benchmarks {section}` |\n"
        for section, tell in SECTIONS.items()
        for what, measured, against in tell()
    ]
    PAGE.write_text(HEAD + "".join(lines) + tell_instances(read_if_there("scheduling_instances")), encoding="utf-8")


if __name__ == "__main__":
    main()
