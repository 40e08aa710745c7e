"""Money of several currencies in the company's own, by the exchange rates of the data."""

from __future__ import annotations

from dataclasses import dataclass

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot


@dataclass(frozen=True)
class Money:
    """What a unit of each currency is worth in the company's currency.

    Parameters
    ----------
    currency
        The company's.
    rates
        By currency; the company's own is 1.
    site_currency
        By site.
    """

    currency: str
    rates: dict[str, float]
    site_currency: dict[str, str]

    def of_site(self, site: str) -> float:
        """Return the rate of a site's currency; 0 where it is not known, so that its money is left out."""
        return self.rates.get(self.site_currency.get(site, self.currency), 0.0)


def read_money(snapshot: Snapshot) -> tuple[Money, Findings]:
    """Read currencies and rates; a site whose currency has no rate is a finding, and its money is left out.

    Without a company, the reports are in the currency of the first site.
    """
    sites = dict(snapshot["site"].sort("code").select("code", "currency").iter_rows())
    companies = snapshot["company"]["currency"].to_list()
    own = str(companies[0]) if companies else next(iter(sites.values()), "EUR")
    rates = {own: 1.0, **dict(snapshot["exchange_rate"].select("currency", "rate").iter_rows())}
    rates[own] = 1.0
    findings = Findings()
    for currency in sorted(set(sites.values()) - set(rates)):
        rule, remedy = f"money of every site can be told in {own}", f"Enter the exchange rate of {currency}"
        findings.add(Finding("exchange_rate", rule, remedy, column="currency", value=currency, severity="warning"))
    return Money(own, rates, sites), findings
