"""Measures of what the programmes caused: a run less the same world without them."""

from __future__ import annotations

from referralsim.measures.measure import FEW, UNSEEN, group

_PAIR = "Paired with the same world without any programme, draw for draw."
_SAME_PEOPLE = "Undefined with fresh contacts, where nobody is the same person in two worlds."
_ALL_RUNS = (
    "Over replications the sum of costs over the sum of customers, runs in which the programmes caused none "
    "or drove some away included. Undefined where the programmes caused none."
)
CAUSED = group(
    "Caused by the programmes",
    ("incremental_customers", "Customers the programmes caused", "customers", "higher", "summary",
     "Customers won, less those won in the same world without programmes.", _PAIR),
    ("incremental_revenue", "Revenue the programmes caused", "money", "higher", "summary",
     "Revenue, less that of the same world without programmes.", _PAIR),
    ("incremental_profit", "Contribution the programmes caused", "money", "higher", "summary",
     "Contribution after acquisition and rewards, less that of the same world without programmes.", _PAIR),
    ("k_without", "K without the programmes", "customers per customer", "higher", "joins",
     "`k_offspring` of the same world without programmes.", f"{_PAIR} {UNSEEN} {FEW}"),
    ("k_incremental", "K the programmes caused", "customers per customer", "higher", "joins",
     "`k_offspring` less `k_without`.",
     f"{_PAIR} {UNSEEN} Over replications each of the two is pooled by the windows that its runs observed, "
     "and the jackknife leaves a replication out of both at once."),
    ("cost_per_incremental_customer", "Reward cost per customer caused", "money", "lower", "summary",
     "Reward cost per incremental customer.", f"{_PAIR} {_ALL_RUNS}"),
    ("cac_blended_without", "Blended cost per new customer without the programmes", "money", "lower",
     "summary",
     "`cac_blended` of the same world without programmes: the cost before, beside `cac_blended` after.",
     f"{_PAIR} Undefined when nobody came."),
    ("cac_marginal", "Cost per customer caused", "money", "lower", "summary",
     "Rewards and paid acquisition, less fees of partners, beyond those of the same world without "
     "programmes, per incremental customer.", f"{_PAIR} {_ALL_RUNS}"),
    ("cac_marginal_last", "Cost of the last customers caused", "money", "lower", "full",
     "The same for the last quarter of the run: what was spent then beyond the world without programmes, per "
     "customer who came then beyond those who came there.",
     f"{_PAIR} {_ALL_RUNS} Rewards that are held fall due later than their friend comes, so while a "
     "programme grows it is too low by what the hold defers, and while it fades too high."),
    ("attributed_customers", "Customers credited to programmes", "customers", "none", "joins",
     "Customers whom the rule of attribution credits to a programme.", f"Count. {_SAME_PEOPLE}"),
    ("came_anyway", "Credited, but would have come anyway", "customers", "lower", "joins",
     "Customers credited to a programme who become customers in the world without programmes too.",
     f"{_PAIR} {_SAME_PEOPLE}"),
    ("came_earlier", "Would have come anyway, but came earlier", "customers", "none", "joins",
     "Of those who would have come anyway, how many came on an earlier day.", f"{_PAIR} {_SAME_PEOPLE}"),
    ("gained_customers", "Came only with the programmes", "customers", "higher", "joins",
     "Customers who do not become customers without programmes: credited to them, brought by such, or "
     "stepped in.",
     f"{_PAIR} {_SAME_PEOPLE}"),
    ("stepped_in_customers", "Stepped in for others", "customers", "none", "joins",
     "Of those who came only with the programmes, how many came by themselves or by advertising: where "
     "strangers come at a rate, the next in line comes in the place of each who was won before.",
     f"{_PAIR} {_SAME_PEOPLE}"),
    ("lost_customers", "Came only without the programmes", "customers", "lower", "joins",
     "Customers of the world without programmes who do not become customers here.",
     f"{_PAIR} {_SAME_PEOPLE}"),
    ("came_anyway_share", "Share of credited customers who would have come anyway", "share", "lower", "joins",
     "Customers who would have come anyway per customer credited to a programme.",
     f"{_PAIR} {_SAME_PEOPLE} Undefined when nobody is credited."),
    ("cash_lowest", "Deepest point of the programmes' cash", "money", "higher", "full",
     "The lowest that the running sum of contribution caused by the programmes ever is: 0 or below.",
     f"{_PAIR} Looked at on 366 days from launch to the horizon."),
    ("cash_lowest_day", "Day of the deepest point", "days", "none", "full",
     "Day on which the cash of the programmes is deepest in the red.",
     f"{_PAIR} Undefined where it never is in the red."),
    ("cash_payback_day", "Day from which the programmes are out of the red", "days", "lower", "full",
     "First day from which the running sum of contribution caused stays at or above 0 to the horizon.",
     f"{_PAIR} Undefined where it never is in the red, or is so at the horizon."),
)  # fmt: skip
