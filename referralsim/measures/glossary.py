"""The glossary of measures as a page, with the conventions that hold for all of them."""

from __future__ import annotations

from referralsim.measures.table import MEASURES

_CONVENTIONS = """\
- **Seeds count.** Customers at launch are customers: they are in `customers`, they are generation 0, they
  are the roots of trees, and a tree's size includes its root. Amplification is therefore at least 1.
- **Keep inviting.** A customer invites again and again, so K is the number brought *within a window* w
  after joining, not after one batch of invitations. A model in which everybody invites once is the special
  case in which all invitations are over before w. `k_basic` is the spreadsheet's formula, for comparison.
- **The window** w is the scenario's `window`, or half the horizon where it names none. K(w) >= 1 means that
  customers multiply. K(w) < 1 alone does not mean that they do not: friends who join later are not in it.
- **Ratios over replications are pooled.** Where a measure is a ratio, its value over several runs is the sum
  of numerators over the sum of denominators, with a delete-one jackknife interval over runs, and designs are
  compared by the same numbers. Runs that stay small then weigh little, and a run without the denominator is
  not left out. The mean of the runs' own ratios is far too low where runs have few customers: with one first
  customer who brings .95 others it is about .53. K is pooled by the windows observed (of each customer the
  part of w that was seen); what bias remains is below 2 % with a single first customer. K by parts and the
  growth rate are pooled likewise. Medians, maxima, Gini coefficients, `k_next_generation` and the doubling
  time are plain means over runs.
- **Whose offspring.** Agents (affiliates, partners) are no customers: whom they bring is a root and nobody's
  offspring. So are leaks and self-referrals, which are credited to a programme though nobody brought them.
  All of them count as customers of the programme in `cost_per_referred_customer`, `cac_gross` and `roi`, and
  those of agents also in `referred_customers`; none of them is in K.
- **Attributed is not caused.** Credit follows the rule of the scenario (last or first touch within a
  window). Some who are credited to a programme would have come anyway, and somebody who came unaided may be
  credited to an old invitation. What a programme *caused* is the paired difference from the same design
  without it.
- **Censored is not zero.** A customer who joined yesterday has had no time to bring anybody. K, cycle time
  and growth count customers only as long as they were observed; where that does not suffice a measure is
  undefined, and never replaced by 0.
- **Joining** means becoming a customer (activation), not signing up. A friend who joins before the one who
  brought them counts at age 0. Who signs up but never becomes a customer is no link of a tree: the friends
  they brought hang under the nearest customer above, and are roots if there is none.
- **Leaving does not undo.** Customers who left stay in all counts except `active_customers`, and bring
  nobody. Who is won back is the same customer in another life: one join, the days of all lives.
- **n** beside a value is the number of observations it rests upon: the denominator of a ratio, the
  customers or trees of a mean or maximum, 1 (the run) for a count or a sum. It is 0 exactly where the value
  is undefined.
- **Money** is in minor units of the scenario's currency (cents).
- **Record** is the least detailed record of a run from which a measure can be computed: `summary`
  (counters), `joins` (who, when, from whom, by what) or `full` (every event)."""


def glossary_page() -> str:
    """Return the glossary of measures as a Markdown page, conventions first.

    Examples
    --------
    >>> glossary_page().splitlines()[0]
    '# Glossary of measures'
    """
    lines = ["# Glossary of measures", "", "## Conventions", "", _CONVENTIONS]
    group = ""
    for measure in MEASURES.values():
        if measure.group != group:
            group = measure.group
            lines += ["", f"## {group}"]
        wanted = {"higher": "higher is better", "lower": "lower is better", "none": "no better direction"}
        lines += [
            "",
            f"### `{measure.name}`",
            "",
            f"**{measure.title}** ({measure.unit}; {wanted[measure.better]}; ",
        ]
        lines[-1] += f"record: {measure.needs}). {measure.definition}"
        lines += ["", f"*Estimator.* {measure.estimator}"]
    return "\n".join(lines) + "\n"
