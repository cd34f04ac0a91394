"""Faults that somebody could make, and the check that must see each.

Every one is a small change of one place in the text of a module (see
:mod:`referralsim.verification.planting`). A fault in one engine is seen on that engine; one in the tables
that both engines are given, in the laws they draw from, or in a measure, on the engine named. The command
``referralsim verify --faults`` plants them all and prints what became of each.
"""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One fault: what is wrong, where, and who must notice."""

    id: str
    words: str
    module: str
    old: str  # the place, once in the module's text
    new: str
    check: str  # name of the check that must fail
    engine: str
    quick: bool = True  # whether the check's quick effort is enough to see it


def _reference(fault_id: str, words: str, module: str, old: str, new: str, check: str) -> Fault:
    place = f"referralsim.engine.{module}"
    return Fault(f"reference.{fault_id}", words, place, old, new, check, "reference")


def _kernel(fault_id: str, words: str, module: str, old: str, new: str, check: str) -> Fault:
    return Fault(f"compiled.{fault_id}", words, f"referralsim.engine.{module}", old, new, check, "fast")


def _tables(fault_id: str, words: str, module: str, old: str, new: str, check: str) -> Fault:
    return Fault(f"tables.{fault_id}", words, f"referralsim.engine.{module}", old, new, check, "fast")


def _law(fault_id: str, words: str, module: str, old: str, new: str, check: str) -> Fault:
    fault = Fault(f"law.{fault_id}", words, f"referralsim.{module}", old, new, check, "reference")
    return fault._replace(quick=False)


def _measure(fault_id: str, words: str, module: str, old: str, new: str, check: str) -> Fault:
    return Fault(f"measure.{fault_id}", words, f"referralsim.metrics.{module}", old, new, check, "fast")


_REFERENCE = (
    _reference("horizon", "what falls on the horizon counts", "world",
               "if not time_days < self.inputs.horizon_days:", "if time_days > self.inputs.horizon_days:",
               "clause.horizon"),
    _reference("tie_order", "equal times: the higher number first", "calendar",
               "key = (kind, actor, target, attempt)", "key = (kind, -actor, target, attempt)",
               "clause.last_touch"),
    _reference("rate", "every rate 1.5 times too high", "world",
               "exponential(chance), rates",
               "exponential(chance) / 1.5, rates", "birth_death.b0.3_d0.2_day10"),
    _reference("paid_at_sign_up", "a friend counts at sign-up, whatever the terms", "reference_joining",
               "qualify_on(world, QualifyOn.SIGNUP, person)",
               "qualify_on(world, QualifyOn.ACTIVATION, person)",
               "clause.hold"),
    _reference("hold", "rewards are paid without their hold", "reference_reward",
               "settling(world, grant, world.now + rule.hold_days)", "settling(world, grant, world.now)",
               "clause.hold"),
    _reference("cap", "one reward more than the cap", "reference_reward",
               "if 0 <= rule.cap_count <= len(counted):", "if 0 <= rule.cap_count < len(counted):",
               "clause.cap"),
    _reference("cap_of_value", "a cap of value is passed by one reward", "reference_reward",
               "sum(grant.amount_cents for grant in counted) + amount)",
               "sum(grant.amount_cents for grant in counted))", "clause.cap_of_value"),
    _reference("budget", "the last cost is not held against the budget", "reference_reward",
               "if 0 <= rules.budget_cents < budget.booked_cents + cost:",
               "if 0 <= rules.budget_cents < budget.booked_cents:", "clause.budget"),
    _reference("expiry", "the time to use a reward runs from when it was earned", "reference_settling",
               "yield from expiring(world, grant, world.now + rule.expire_days)",
               "yield from expiring(world, grant, grant.earned_days + rule.expire_days)", "clause.expiry"),
    _reference("draw_twice", "two steps of the funnel share one draw", "reference_invitation",
               "luck = world.chance(passing, *invitation.name)",
               "luck = world.chance(Purpose.DELIVERED, *invitation.name)", "progeny.thinned_poisson"),
    _reference("exposure", "an offer counts one offer late", "reference_invitation",
               "other.n_offers, other.balance, rules.balance_effect",
               "other.n_offers - 1, other.balance, rules.balance_effect",
               "leskovec.books")._replace(quick=False),
    _reference("fatigue", "an ask tires before it is made", "reference_asking",
               "n_asks = seen.n_asks\n", "n_asks = seen.n_asks + 1\n", "clause.fatigue"),
    _reference("ask_maximum", "one ask more than the most", "reference_asking",
               "if seen.n_asks >= programme.ask_maximum:", "if seen.n_asks > programme.ask_maximum:",
               "clause.ask_maximum"),
    _reference("ask_cooldown", "an ask on the last day of the rest is refused", "reference_asking",
               "world.now - last_days >= rest_days", "world.now - last_days > rest_days",
               "clause.ask_cooldown"),
    _reference("contact_cooldown", "friends are invited again without a rest", "reference_contact",
               "world.now - past.last_contact_days >= rules.cooldown_days",
               "world.now - past.last_contact_days >= 0.0", "clause.contact_cooldown"),
    _reference("one_more", "one tie more than wanted is contacted", "reference_contact",
               "chosen = sorted(eligible)[:n_wanted]", "chosen = sorted(eligible)[: n_wanted + 1]",
               "clause.invites"),
    _reference("touch", "first touch and last touch are swapped", "reference_invitation",
               "== Rule.LAST_TOUCH)", "!= Rule.LAST_TOUCH)", "clause.first_touch"),
    _reference("friend_number", "friends are numbered from 0", "reference_reward",
               "return 1 if referrer is None else 1 + referrer", "return 1 if referrer is None else referrer",
               "clause.every_third"),
)  # fmt: skip

_COMPILED = (
    _kernel("horizon", "what falls on the horizon counts", "kernel_queue",
            "if not time < world.horizon_days:", "if time > world.horizon_days:", "clause.horizon"),
    _kernel("contact_cooldown", "friends are invited again without a rest", "kernel_contact",
            "if not time - relation.contact_day >= rules.cooldown_days:",
            "if not time - relation.contact_day >= 0.0:", "clause.contact_cooldown"),
    _kernel("ask_cooldown", "an ask on the last day of the rest is refused", "kernel_programme",
            "time - relation.ask_day >= rules.ask_cooldown_days",
            "time - relation.ask_day > rules.ask_cooldown_days",
            "clause.ask_cooldown"),
    _kernel("hold", "rewards are paid without their hold", "kernel_programme",
            "schedule(world, state, time + rule.hold_days, _SETTLED_KIND",
            "schedule(world, state, time, _SETTLED_KIND", "clause.hold"),
    _kernel("cap", "one reward more than the cap", "kernel_programme",
            "if 0 <= rule.cap_count <= n_earned:", "if 0 <= rule.cap_count < n_earned:", "clause.cap"),
    _kernel("cap_of_value", "a cap of value is passed by one reward", "kernel_reward",
            "n, cents = 0, amount", "n, cents = 0, 0", "clause.cap_of_value"),
)  # fmt: skip

_GIVEN = (
    _tables("churn_rate", "the rate of leaving 1.1 times too high", "compile_segments",
            '"churn_rate": by_segment(_highest_churn)',
            '"churn_rate": by_segment(lambda product: 1.1 * _highest_churn(product))',
            "birth_death.b0.3_d0.2_day10"),
    _tables("use_rate", "the rate of use 1.03 times too high", "compile_segments",
            "by_segment(lambda product: product.use.rate_per_day)",
            "by_segment(lambda product: 1.03 * product.use.rate_per_day)", "birth_death.b0.3_d0.2_day10"),
    _tables("hold", "the hold of a reward is that of its programme", "compile_rewards",
            "programme.hold_days if reward.hold_days is None else reward.hold_days", "programme.hold_days",
            "clause.hold"),
    _tables("cap", "a cap of one more", "compile_rewards",
            "or_none(cap.count if cap else None)", "or_none(cap.count + 1 if cap and cap.count else None)",
            "cap.2_Poisson"),
)  # fmt: skip

_LAWS = (
    _law("poisson", "each count of a Poisson law is 1.5 times as likely as it should be after the last",
         "distributions", "probability = probability * a / count\n",
         "probability = 1.5 * probability * a / count\n", "progeny.poisson_08"),
    _law("negative_binomial", "a negative binomial law falls off as a geometric one does", "distributions",
         "probability = probability * (count - 1 + b) / count * (a / (a + b))",
         "probability = probability * a / (1.0 + a)", "progeny.negative_binomial_06"),
    _law("lognormal", "the spread of the logarithm is halved", "distributions",
         "return math.exp(a + b * normal_quantile(probability))",
         "return math.exp(a + 0.5 * b * normal_quantile(probability))", "reached.lognormal_k0.5"),
    _law("gamma", "scale and shape are swapped", "distributions",
         "return float(b * _gamma(word, a))", "return float(a * _gamma(word, b))", "reached.gamma_2_k0.5"),
    _law("fading", "a moment never fades", "behaviour.moments",
         "(peak - 1.0) * math.exp(-LN_2 * (since_days / half_life_days))",
         "(peak - 1.0) * math.exp(-LN_2 * (0.0 / half_life_days))", "moment.happy_3_half_life_2_delay_2"),
    _law("unhappy", "an unhappy moment counts as a happy one", "behaviour.moments",
         "return fading(unhappy_factor, unhappy_half_life_days, since_days)",
         "return fading(happy_factor, happy_half_life_days, since_days)",
         "moment.unhappy_0.2_half_life_7_delay_3"),
    _law("address", "an address leaves out the attempt", "randomness",
         "+ u64(attempt) * u64(0xA0761D6478BD642F)", "+ u64(0) * u64(attempt)",
         "birth_death.b0.2_d0.3_day5"),
    _law("every", "every second friend begins with the first", "behaviour.payment",
         "(friend_number - rule.from_friend + 1) % rule.every == 0",
         "(friend_number - rule.from_friend) % rule.every == 0", "clause.every_second"),
    _law("rounding", "halves are rounded up", "distributions",
         "rest == 0.5 and whole % 2 != 0", "rest == 0.5", "clause.percentage"),
)  # fmt: skip

_MEASURES = (
    _measure("censored", "who was not watched to the end counts as zero", "offspring",
             'at_risk = len(observed) - np.searchsorted(observed, age_days[events], side="left")',
             "at_risk = np.full(len(events), len(observed))", "estimators.inflow"),
    _measure("window", "friends after the window count too", "offspring",
             "use = np.flatnonzero((age_days <= window_days) & (event_group >= 0))",
             "use = np.flatnonzero((age_days < np.inf) & (event_group >= 0))", "estimators.inflow"),
    _measure("parts", "the part of a loop counts friends by their parent's loop", "virality",
             "k.joins.loop[k.offspring.child], loops", "k.joins.loop[k.offspring.parent], loops",
             "estimators.loops"),
    _measure("radius", "the largest cell instead of the spectral radius", "virality",
             "np.abs(np.linalg.eigvals(cells)).max()", "np.abs(cells).max()", "two_types.matrix"),
    _measure("virality", "mean distance over n^2 pairs", "cascade",
             "pairs = size * (size - 1.0) / 2", "pairs = size * size / 2", "virality.path_of_6"),
    _measure("growth", "the growth rate takes every age one tenth longer", "growth",
             "age, log_weight = age_days[later], np.log(weight[later])",
             "age, log_weight = 1.1 * age_days[later], np.log(weight[later])", "estimators.speed"),
    _measure("conversion", "invitations under way count as refused", "invitations",
             "observed = record.horizon_days - sent", "observed = np.full(len(sent), record.horizon_days)",
             "estimators.inflow"),
    _measure("amplification", "those whom nobody brought are left out", "measure",
             "ratio(customers, customers - referred)", "ratio(referred, customers - referred)",
             "estimators.generations_k50"),
    _measure("k_t", "K of a period is a tenth too low", "over_time",
             "where=expected > 0),", "where=expected > 0) * 0.9,", "estimators.k_t"),
)  # fmt: skip

FAULTS = (*_REFERENCE, *_COMPILED, *_GIVEN, *_LAWS, *_MEASURES)
"""All faults, in the order of the table."""
