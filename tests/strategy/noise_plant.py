"""Plants without a weakness: everything in them is noise around a sound middle."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.lab.company.luck import Luck

AS_OF = datetime(2026, 3, 2, 5, tzinfo=UTC)
WEEKS = 40
MACHINES = [f"M{i}" for i in range(8)]
SUPPLIERS = [f"S{i}" for i in range(8)]
CAUSES = ("burr", "paint", "label", "size", "crack", "dirt", "mix-up", "transport")


def make_noise_plant(seed: int) -> Snapshot:
    """Make one: eight machines in pairs, two crews of three, eight suppliers, 40 weeks of history."""
    luck = Luck(seed)
    events, reports = _floor(luck)
    rows: dict[str, list[dict[str, Any]]] = {
        "site": [{"code": "N"}],
        "calendar": [{"code": name} for name in ("TWO", "EARLY", "LATE")],
        "calendar_shift": _shifts(),
        "line": [{"code": "L0", "site": "N"}, {"code": "L1", "site": "N"}],
        "resource": [
            {
                "code": name,
                "site": "N",
                "line": f"L{i // 4}",
                "kind": "machine",
                "capability": f"step{i // 2}",
                "calendar": "TWO",
            }
            for i, name in enumerate(MACHINES)
        ],
        "item": [
            *({"code": f"P{i}", "kind": "make", "cost": 60, "price": 100, "setup_family": f"F{i}"} for i in range(4)),
            *({"code": f"B{i}", "kind": "buy", "cost": 5, "price": 0, "setup_family": ""} for i in range(8)),
        ],
        "bill_line": [
            {"item": f"P{i}", "component": f"B{2 * i + j}", "quantity_per": 1.0} for i in range(4) for j in (0, 1)
        ],
        "routing": [{"code": f"R{i}", "item": f"P{i}", "site": "N"} for i in range(4)],
        "operation": [
            {"code": f"R{i}/{j}", "routing": f"R{i}", "sequence": j, "capability": f"step{j}", "run_minutes": 6.0}
            for i in range(4)
            for j in range(4)
        ],
        "crew": [
            {"code": "EARLY", "site": "N", "calendar": "EARLY"},
            {"code": "LATE", "site": "N", "calendar": "LATE"},
        ],
        "skill": [{"code": "WELD"}],
        "person": [{"code": f"{crew}{i}", "site": "N", "crew": crew} for crew in ("EARLY", "LATE") for i in range(3)],
        "person_skill": [{"person": f"{crew}{i}", "skill": "WELD"} for crew in ("EARLY", "LATE") for i in range(3)],
        "crew_need": [{"operation": f"R{i}/1", "skill": "WELD"} for i in range(4)],
        "order": _orders(luck),
        "machine_event": events,
        "production_report": reports,
        "maintenance_order": _cares(luck),
        "supplier": [{"code": name} for name in SUPPLIERS],
        "supply_term": [
            {"supplier": SUPPLIERS[(i + j) % 8], "item": f"B{i}", "site": "N", "price": 5, "lead_time_spread_days": 2.0}
            for i in range(8)
            for j in (0, 1)
        ],
        "purchase_order": _purchases(luck),
        "cost_centre": [{"code": f"C{i}", "site": "N"} for i in range(3)],
        "actual": _costs(luck),
        "demand_line": _demand(luck),
        "nonconformance": _escapes(luck),
    }
    return Snapshot.of({name: pl.DataFrame(data, infer_schema_length=None) for name, data in rows.items()}, AS_OF)


def _shifts() -> list[dict[str, Any]]:
    hours = {"TWO": ((6, 14), (14, 22)), "EARLY": ((6, 14),), "LATE": ((14, 22),)}
    return [
        {"calendar": name, "weekday": day, "start": time(start), "end": time(end)}
        for name, spans in hours.items()
        for day in ("mon", "tue", "wed", "thu", "fri")
        for start, end in spans
    ]


def _floor(luck: Luck) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Each day of each machine: a setup, a run of about 70 % of the shifts, now and then a breakdown, then idle."""
    events, reports = [], []
    days = WEEKS * 5
    for name in MACHINES:
        setup = luck.uniform(f"{name}/setup", days, 0.3, 1.2)
        run = luck.normal(f"{name}/run", days, 11.2, 1.0).clip(8, 13)
        breaks = np.where(
            luck.uniform(f"{name}/breaks", days) < 0.1, luck.exponential(f"{name}/down", days, 1.2), 0
        ).clip(0, 1.7)
        spoilt = luck.uniform(f"{name}/spoilt", days, 0.0, 0.03)
        for day in range(days):
            at = AS_OF + timedelta(weeks=day // 5 - WEEKS, days=day % 5, hours=1)
            end = at + timedelta(hours=16)
            for state, hours in (("setup", setup[day]), ("run", run[day]), ("down", breaks[day]), ("idle", 99.0)):
                until = min(at + timedelta(hours=float(hours)), end)
                if until > at:
                    code = f"{name}-{day}-{state}"
                    events.append({"code": code, "resource": name, "state": state, "starts_at": at, "ends_at": until})
                    if state == "run":
                        units, product = float(run[day] * 9.3), day % 4
                        reports.append(
                            {"code": code, "resource": name, "operation": f"R{product}/{int(name[1]) // 2}",
                             "item": f"P{product}", "starts_at": at, "ends_at": until,
                             "good": units * (1 - spoilt[day]), "scrap": units * spoilt[day]}
                        )  # fmt: skip
                at = until
    return events, reports


def _orders(luck: Luck) -> list[dict[str, Any]]:
    """Twelve orders over three weeks: each pair of machines works some 60 % of its time on them."""
    quantity = luck.uniform("orders", 12, 200, 280)
    return [
        {"code": f"O{i}", "site": "N", "item": f"P{i % 4}", "quantity": float(round(quantity[i])),
         "due_at": AS_OF + timedelta(days=3 + 1.6 * i)}
        for i in range(12)
    ]  # fmt: skip


def _cares(luck: Luck) -> list[dict[str, Any]]:
    """A care a machine every four weeks, done within days, one in twenty two weeks late."""
    rows = []
    for i, name in enumerate(MACHINES):
        delay = luck.normal(f"{name}/care", WEEKS, 0.0, 2.5)
        delay += np.where(luck.uniform(f"{name}/late", WEEKS) < 0.05, 14.0, 0.0)
        hours = luck.uniform(f"{name}/hours", WEEKS, 2.0, 8.0)
        for n in range(WEEKS // 4):
            due = AS_OF - timedelta(weeks=4 * n, days=3.5 * i + 1)
            done = due + timedelta(days=float(delay[n]))
            is_done = done <= AS_OF
            rows.append(
                {"code": f"{name}-{n}", "resource": name, "kind": "preventive", "due_at": due,
                 "ends_at": done if is_done else None, "crew_hours": float(hours[n]),
                 "state": "done" if is_done else "open"}
            )  # fmt: skip
    return rows


def _purchases(luck: Luck) -> list[dict[str, Any]]:
    """Deliveries with a long tail whose spread is the one that planning reckons with."""
    late = luck.exponential("late", 240, 2.0) - 1.5
    price = luck.uniform("price", 240, 4.0, 6.0)
    rows = []
    for i in range(240):
        due = AS_OF - timedelta(days=1.1 * i + 9)
        rows.append(
            {"code": f"PO{i}", "supplier": SUPPLIERS[i % 8], "item": f"B{i % 8}", "site": "N", "quantity": 100.0,
             "price": round(float(price[i]), 4), "ordered_at": due - timedelta(days=14), "due_at": due,
             "received_at": due + timedelta(days=float(late[i])), "state": "received"}
        )  # fmt: skip
    return rows


def _costs(luck: Luck) -> list[dict[str, Any]]:
    rows = []
    for centre in ("C0", "C1", "C2"):
        share = luck.uniform(f"{centre}/overtime", 26, 0.0, 0.13)
        for week in range(26):
            day = date(2026, 3, 2) - timedelta(weeks=week + 1)
            for account, hours in (("labour", 400.0), ("overtime", 400.0 * float(share[week]))):
                rows.append(
                    {
                        "cost_centre": centre,
                        "period_start": day,
                        "account": account,
                        "hours": hours,
                        "amount": 30 * round(hours),
                    }
                )
    return rows


def _demand(luck: Luck) -> list[dict[str, Any]]:
    late = luck.normal("delivery", 200, -1.0, 1.0)
    return [
        {"code": f"D{i}", "item": f"P{i % 4}", "site": "N", "quantity": 50.0, "state": "delivered",
         "due_at": AS_OF - timedelta(days=i + 2), "delivered_at": AS_OF - timedelta(days=i + 2 - float(late[i]))}
        for i in range(200)
    ]  # fmt: skip


def _escapes(luck: Luck) -> list[dict[str, Any]]:
    """An escape every four weeks, its cause and item by chance."""
    gap = luck.exponential("escape", 12, 28.0).cumsum()
    cause, item = luck.whole("cause", 12, 0, 7), luck.whole("item", 12, 0, 3)
    return [
        {"code": f"NC{i}", "item": f"P{item[i]}", "resource": "M7", "stage": "customer", "cause": CAUSES[cause[i]],
         "found_at": AS_OF - timedelta(days=float(gap[i])), "cost": 300}
        for i in range(12)
    ]  # fmt: skip
