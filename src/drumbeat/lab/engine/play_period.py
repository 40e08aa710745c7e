"""Play a period: the company works, and its condition ages."""

from __future__ import annotations

from dataclasses import replace

from drumbeat.basics.streams import normal_quantile
from drumbeat.lab.engine.age_organisation import (
    age_condition,
    count_leavers,
    draw_outages,
    draw_uniform,
    speed_factor,
    wear_factor,
)
from drumbeat.lab.engine.company import Company
from drumbeat.lab.engine.condition import Condition
from drumbeat.lab.engine.figures import Figures, GroupFigures, ProductFigures

WANT, BREAK = 120, 121


def play_period(
    company: Company, condition: Condition, *, seed: int, period: int, weeks: int, spent: dict[str, float] | None = None
) -> tuple[Figures, Condition]:
    """Play one period (interim: flows by week)."""
    organisation = company.organisation
    outages = draw_outages(company, condition, seed, period, weeks)
    leavers = count_leavers(company, condition, seed, period, weeks)
    speed = speed_factor(organisation, condition)
    tired = 1.0 + condition.fatigue
    absent = {s.code: min(0.9, s.absence * (1 + 1.5 * condition.fatigue)) for s in company.skills}
    people = {
        s.code: max(0.0, s.people - len(g) - 0.5 * n)
        for s, g, n in zip(company.skills, condition.gaps, leavers, strict=True)
    }
    index = {g.code: i for i, g in enumerate(company.groups)}
    G = len(company.groups)
    hours = {s.code: people[s.code] * (s.hours + organisation.overtime) * (1 - absent[s.code]) for s in company.skills}
    want_hours = {s.code: 0.0 for s in company.skills}
    ot = {g.code: 1.0 for g in company.groups}
    for g in company.groups:
        if g.skill:
            s = next(s for s in company.skills if s.code == g.skill)
            ot[g.code] = 1.0 + organisation.overtime / s.hours
            want_hours[g.skill] += g.machines * g.hours * g.crew * ot[g.code]
    open_h, avail = [], []
    for g in company.groups:
        o = g.machines * min(168.0, g.hours * ot[g.code])
        if g.skill:
            o *= min(1.0, hours[g.skill] / want_hours[g.skill]) if want_hours[g.skill] else 1.0
        open_h.append(o)
    rows = [[0.0] * 5 for _ in company.groups]
    owed = list(condition.owed)
    demand = [0.0] * len(company.products)
    output = [0.0] * len(company.products)
    intime = 0.0
    scrapped = 0.0
    shortage = 0.0
    for w in range(weeks):
        caps = []
        for i, g in enumerate(company.groups):
            rate = wear_factor(g, condition.backlog[i]) / g.mtbf
            z = normal_quantile(draw_uniform(seed, g.code, BREAK, period * 100 + w))
            upkeep = min(g.upkeep, open_h[i])
            run = max(0.0, open_h[i] - upkeep) / (1 + rate * g.mttr * max(0.1, 1 + 0.5 * z))
            caps.append(run)
        wants = []
        blocked = []
        for j, p in enumerate(company.products):
            z = normal_quantile(draw_uniform(seed, p.code, WANT, period * 100 + w))
            d = p.demand * condition.goodwill * max(0.0, 1 + p.spread * z)
            demand[j] += d
            b = 1.0
            for k, s in enumerate(company.suppliers):
                if s.code == p.supplier:
                    at, last = outages[k]
                    used = condition.outages[k][1]
                    if at <= w < at + last and (w - at) + used >= s.stock:
                        b = s.second
            if b < 1:
                shortage += 1 - b
            blocked.append(b)
            wants.append((owed[j] + d) * b)
        load = [0.0] * G
        setup = [0.0] * G
        for j, p in enumerate(company.products):
            for st in p.steps:
                g = company.groups[index[st.group]]
                load[index[st.group]] += wants[j] / max(0.05, 1 - p.scrap * tired) * st.minutes / 60 / (g.speed * speed)
                setup[index[st.group]] += wants[j] / p.lot * g.setup
        ratio = min([1.0] + [caps[i] / (load[i] + setup[i]) if load[i] + setup[i] > 0 else 1.0 for i in range(G)])
        for i in range(G):
            rows[i][0] += open_h[i]
            rows[i][1] += load[i] * ratio
            rows[i][2] += setup[i] * ratio
            g = company.groups[i]
            down = max(0.0, open_h[i] - min(g.upkeep, open_h[i]) - caps[i])
            rows[i][3] += down
            rows[i][4] += min(g.upkeep, open_h[i])
        for j, p in enumerate(company.products):
            made = wants[j] * ratio
            total = owed[j] + demand[j] * 0
            output[j] += made
            scrapped += made * p.scrap * tired
            d = p.demand
            new = max(0.0, wants[j] / blocked[j] if blocked[j] else wants[j])
            first = max(0.0, made - owed[j])
            intime += first
            del total, d, new
        for j, p in enumerate(company.products):
            z = normal_quantile(draw_uniform(seed, p.code, WANT, period * 100 + w))
            d = p.demand * condition.goodwill * max(0.0, 1 + p.spread * z)
            owed[j] = max(0.0, owed[j] + d - wants[j] * ratio)
            owed[j] = min(owed[j], 3 * p.demand)
    total = sum(demand)
    on_time = intime / total if total else 1.0
    escapes = sum(
        output[j] * min(1.0, p.defects * tired) * (1 - organisation.inspection) for j, p in enumerate(company.products)
    )
    complaints = condition.escapes
    m = company.money
    overtime = sum(people[s.code] * organisation.overtime * weeks for s in company.skills)
    money = {
        "sales": sum(output[j] * p.price for j, p in enumerate(company.products)),
        "material": -sum((output[j] + output[j] * p.scrap) * p.material for j, p in enumerate(company.products)),
        "wages": -sum(people[s.code] * s.hours * s.wage * weeks for s in company.skills),
        "overtime": -sum(people[s.code] * organisation.overtime * s.wage * m.overtime * weeks for s in company.skills),
        "fixed": -m.fixed * weeks,
        "upkeep": -sum(r[4] for r in rows) * m.upkeep,
        "repair": -sum(r[3] for r in rows) * m.repair,
        "changeover": -sum(r[2] for r in rows) * m.setup,
        "late": -sum(max(0.0, demand[j] - output[j]) * p.price * m.short for j, p in enumerate(company.products)),
        "complaints": -complaints * m.complaint,
        "leavers": -sum(leavers) * m.leaver,
        **(spent or {}),
    }
    groups = tuple(
        GroupFigures(g.code, *rows[i], rows[i][3] / g.mttr, rows[i][1] / rows[i][0] if rows[i][0] else 0.0)
        for i, g in enumerate(company.groups)
    )
    aged = age_condition(
        company,
        condition,
        weeks=weeks,
        leavers=leavers,
        outages=outages,
        short_share=1 - on_time,
        complaint_share=complaints / max(1.0, sum(output)),
    )
    cash = condition.cash + sum(money.values())
    bott = max(groups, key=lambda g: g.use)
    figures = Figures(
        period,
        groups,
        tuple(ProductFigures(p.code, demand[j], output[j], output[j], owed[j]) for j, p in enumerate(company.products)),
        money,
        scrapped,
        escapes,
        complaints,
        on_time,
        overtime,
        sum(absent[s.code] * people[s.code] for s in company.skills) / max(1.0, sum(people.values())),
        float(sum(leavers)),
        bott.oee * organisation.standard,
        condition.num_running + organisation.running,
        shortage,
        cash,
    )
    return figures, replace(aged, escapes=escapes, owed=tuple(owed), cash=cash)
