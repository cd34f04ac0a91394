"""Measures of what a customer is worth, and of how far to trust the numbers."""

from __future__ import annotations

from referralsim.measures.measure import COUNT, SUM, WINDOW, group

_SO_FAR = (
    "Ratio of sums up to the horizon. Censored: late customers have had less time, so sources differ by when "
    "they came as well. Undefined without such customers."
)
_IN_WINDOW = (
    f"Mean cumulative function at age w ({WINDOW}): sum over purchases and refunds of margin / customers "
    "of the group still observed at that age. Censored customers count as long as they were seen, so groups "
    "that came at different times can be compared. Undefined when none of them is observed for w days."
)
_CHOSEN = (
    "Ratio of sums up to the horizon. Referrers are chosen by what they did: who stayed longer had more time "
    "to bring somebody, so it does not say what another customer would be worth as a referrer. Undefined "
    "when nobody brought anybody."
)
WORTH = group(
    "Value by source",
    ("ltv_window_referred", "Margin per referred customer", "money", "higher", "full",
     "Contribution margin of a customer whom somebody gets the credit for, within w days of joining.",
     _IN_WINDOW),
    ("ltv_window_unreferred", "Margin per unreferred customer", "money", "higher", "full",
     "The same for customers whom nobody brought.", _IN_WINDOW),
    ("ltv_launch", "Margin per customer at launch so far", "money", "higher", "summary",
     "Contribution margin per customer who was there on day 0.", _SO_FAR),
    ("ltv_organic", "Margin per customer who came unaided so far", "money", "higher", "summary",
     "Contribution margin per customer who came by themselves after launch.", _SO_FAR),
    ("ltv_paid", "Margin per bought customer so far", "money", "higher", "summary",
     "Contribution margin per customer who came by paid acquisition.", _SO_FAR),
    ("ltv_unrewarded", "Margin per customer of the product's loops and of word of mouth so far", "money",
     "higher", "summary",
     "Contribution margin per customer whom another brought without a programme.", _SO_FAR),
    ("ltv_programme", "Margin per friend brought through a programme so far", "money", "higher", "summary",
     "Contribution margin per customer whom a customer or an agent brought through a programme.", _SO_FAR),
    ("ltv_agent", "Margin per customer brought by an agent so far", "money", "higher", "full",
     "Contribution margin per customer who is credited to an affiliate or partner.", _SO_FAR),
    ("ltv_code", "Margin per customer by a code nobody gave them so far", "money", "higher", "summary",
     "Contribution margin per customer who came by self-referral or by a leaked code.", _SO_FAR),
    ("ltv_referrer", "Margin per referrer so far", "money", "higher", "full",
     "Contribution margin of a customer who brought at least one other, without what the others bring in.",
     _CHOSEN),
    ("referrer_brings", "Brought by a referrer so far", "money", "higher", "full",
     "Margin of the friends whom a referrer brought, less the cost of their rewards as friends and of all "
     "rewards of the referrer.",
     f"{_CHOSEN} Friends of friends count at the friend."),
    ("value_of_referrer", "Value of a referrer with friends so far", "money", "higher", "full",
     "`ltv_referrer` and `referrer_brings` together.",
     f"{_CHOSEN} Not to be added up over customers: a friend who is a referrer counts as both."),
)  # fmt: skip

HONESTY = group(
    "Abuse and refusals",
    ("fake_accounts", "Fake accounts", "accounts", "lower", "summary",
     "Accounts that people made up to be rewarded for.", SUM),
    ("abuse_paid", "Rewards paid for no friend", "money", "lower", "summary",
     "Face value paid for self-referrals, leaked codes and fake accounts.",
     "Sum over rewards paid with credit to a programme but to no channel. Prizes of leaderboards are "
     "credited to no loop and are not in it."),
    ("abuse_paid_fakes", "Rewards paid for fake accounts", "money", "lower", "full",
     "The part of `abuse_paid` that went to fake accounts.",
     "Sum over rewards paid that were earned at the moment in which their receiver made fake accounts."),
    ("abuse_paid_codes", "Rewards paid for self-referrals and leaked codes", "money", "lower", "full",
     "The rest of `abuse_paid`.", "`abuse_paid` less `abuse_paid_fakes`."),
    ("abuse_cost", "Cost of abuse", "money", "lower", "summary",
     "What rewards for no friend have cost the company so far.", SUM),
    ("abuse_tried", "Value at risk of abuse", "money", "lower", "summary",
     "Face value that people went for without bringing a friend, caught or not.",
     "Earned and rightly refused rewards with credit to a programme but to no channel. Refusals by caps and "
     "budgets are not in it."),
    ("abuse_caught_share", "Share of abuse that is caught", "share", "higher", "summary",
     "Money rightly refused as a share of the value at risk of abuse.",
     "Ratio of sums of face value. Undefined when nobody tried."),
    ("abuse_refused_rewards", "Rewards rightly refused", "rewards", "none", "summary",
     "Rewards refused because the friend was found to be none.", COUNT),
    ("abuse_refused", "Money rightly refused", "money", "higher", "summary", "Face value of these.", SUM),
    ("genuine_refused_people", "Friends wrongly refused", "people", "lower", "full",
     "Real friends for whom a reward was refused because they were taken for a fraud.",
     "Count of distinct friends. Commissions that follow are refused in silence and have no event."),
    ("genuine_refused", "Money wrongly refused", "money", "lower", "summary",
     "Face value refused for real friends.", SUM),
    ("genuine_refused_margin", "Margin of friends wrongly refused", "money", "none", "full",
     "Contribution margin so far of the real friends who were taken for a fraud: the custom that is at stake "
     "if they leave over it.",
     "Sum over their purchases and refunds up to the horizon."),
)  # fmt: skip
