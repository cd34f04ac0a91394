"""Measures of what comes in and what is paid."""

from __future__ import annotations

from referralsim.measures.measure import NO_CUSTOMERS, SUM, group

MONEY = group(
    "Money",
    ("revenue", "Revenue", "money", "higher", "summary", "Baskets paid, less refunds.", SUM),
    ("margin", "Contribution margin", "money", "higher", "summary",
     "Margin on purchases, less refunds, before any cost of acquisition.", SUM),
    ("profit", "Contribution after acquisition", "money", "higher", "summary",
     "Margin and fees received, less the cost of rewards, points, care and paid acquisition.",
     "Sum of the margin column of the log."),
    ("reward_earned", "Rewards earned", "money", "none", "summary",
     "Face value of rewards earned by either side.", SUM),
    ("reward_paid", "Rewards paid", "money", "none", "summary", "Face value of rewards paid after the "
    "hold.", SUM),
    ("reward_redeemed", "Rewards redeemed", "money", "none", "summary",
     "Face value of rewards that were used after payment; only those whose cost falls due then.", SUM),
    ("reward_expired", "Rewards expired", "money", "none", "summary",
     "Face value of rewards that were not used in time, or never due to be paid in time.", SUM),
    ("reward_lost", "Sweepstake tickets that won nothing", "money", "none", "summary",
     "Face value of prizes that tickets earned and did not win.", SUM),
    ("reward_reversed", "Rewards clawed back", "money", "none", "summary",
     "Face value of rewards taken back before they were paid.", SUM),
    ("reward_disputed", "Rewards in dispute", "money", "lower", "summary",
     "Face value of rewards whose friend got the money back after the reward was paid.", SUM),
    ("reward_capped", "Rewards refused by a cap", "money", "none", "summary",
     "Face value of rewards not earned because the receiver had reached the cap.", SUM),
    ("reward_unfunded", "Rewards refused by the budget", "money", "none", "summary",
     "Face value of rewards not earned because the budget of the programme was spent.", SUM),
    ("reward_held", "Rewards still held", "money", "none", "summary",
     "Face value earned and not decided at the horizon: still to be paid, taken back or void.",
     "Earned less paid, clawed back, lost and expired before payment."),
    ("reward_liability", "Rewards paid and not used yet", "money", "lower", "summary",
     "Face value paid whose cost falls due when it is used, neither used nor expired at the horizon.",
     "Paid with margin 0, less redeemed, less expired after payment. Rewards whose cost fell due at payment "
     "are settled, except that one which costs nothing at all cannot be told from one whose cost comes "
     "later."),
    ("breakage", "Breakage", "share", "none", "summary",
     "Share of what was paid, of rewards whose cost falls due when they are used, that expired unused.",
     "Ratio of sums of face value. What may still be used counts as not expired, so early on it is too low. "
     "Undefined when no such reward was paid."),
    ("reward_cost", "Cost of rewards", "money", "lower", "summary",
     "What rewards have cost the company so far, when paid or when used, fees of payment included; this may "
     "be less than their face value.", SUM),
    ("partner_fees", "Fees of partners", "money", "higher", "summary",
     "What agents paid to be admitted.", SUM),
    ("paid_acquisition_cost", "Cost of paid acquisition", "money", "lower", "summary",
     "What was paid to buy sign-ups.", SUM),
    ("cac_blended", "Blended cost per new customer", "money", "lower", "summary",
     "Reward cost and paid acquisition, less fees of partners, per customer won since launch, from whatever "
     "source.",
     "Ratio of sums. Customers at launch were not won in the run and do not count. Undefined when nobody "
     "came."),
    ("cac_gross", "Cost per customer won with money", "money", "lower", "summary",
     "Reward cost and paid acquisition, less fees of partners, per customer credited to a programme or come "
     "by paid acquisition.",
     "Ratio of sums. Attributed, not caused. Undefined without such customers."),
    ("cac_fully_loaded", "Fully loaded cost per customer won with money", "money", "lower", "summary",
     "As `cac_gross`, and with the rewards that are promised and not due yet: held, or paid and not used.",
     "Ratio of sums. What is not due yet counts at its face value, so this is the most that it can come to. "
     "Salaries and software are in no scenario, and not in it. Undefined without such customers."),
    ("cost_per_referred_customer", "Cost per programme customer", "money", "lower", "summary",
     "Reward cost less fees of partners, per customer credited to a programme.",
     "Ratio of sums. Rewards still held, or paid and not used yet, are not in it. Undefined without such "
     "customers."),
    ("value_of_referred", "Margin less rewards per programme customer so far", "money", "higher", "summary",
     "Margin of customers credited to programmes, less the cost of all rewards, with fees of partners, per "
     "such customer.",
     "Ratio of sums; late customers have had less time, so early on it is too low. Undefined without such "
     "customers."),
    ("ltv", "Margin per customer so far", "money", "higher", "summary",
     "Contribution margin per customer up to the horizon.",
     f"Ratio of sums; late customers have had less time. {NO_CUSTOMERS}"),
    ("ltv_referred", "Margin per referred customer so far", "money", "higher", "summary",
     "The same for customers whom somebody gets the credit for.", "Ratio of sums. Undefined without such "
     "customers."),
    ("ltv_unreferred", "Margin per unreferred customer so far", "money", "higher", "summary",
     "The same for customers whom nobody brought.", "Ratio of sums. Undefined without such customers."),
    ("roi", "Return on rewards", "ratio", "higher", "summary",
     "Margin of customers credited to programmes and fees of partners, less reward cost, over reward cost.",
     "Ratio of sums. Attributed, not caused. Undefined when no reward cost anything."),
    ("payback_day", "Payback day of the programmes", "days", "lower", "full",
     "Day since launch from which the margin of programme customers and fees of partners cover the cost of "
     "rewards until the horizon.",
     "Last day below zero of the running sum. Undefined without a reward paid, or when it never pays back."),
)  # fmt: skip
