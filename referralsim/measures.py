"""What every measure means, in words: the one place where a measure is named and defined.

The functions that compute them are in :mod:`referralsim.metrics`; thresholds, comparisons and reports
look names up here, so a name that is not in :data:`MEASURES` is an error everywhere.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Better = Literal["higher", "lower", "none"]
Needs = Literal["summary", "joins", "full"]


class Measure(NamedTuple):
    """One number that a run is summed up by."""

    name: str
    title: str
    unit: str  # 'money' means minor units of the scenario's currency
    definition: str
    better: Better  # which way a planner wants it to move; 'none' where that depends
    needs: Needs  # the least detailed record that supports it
    estimator: str  # how it is computed, and when it is undefined
    group: str


def _group(title: str, *rows: tuple[str, str, str, Better, Needs, str, str]) -> list[Measure]:
    return [
        Measure(name, heading, unit, definition, better, needs, estimator, title)
        for name, heading, unit, better, needs, definition, estimator in rows
    ]


_W = "w = the scenario's `window`, or half the horizon where it names none"
_MCF = (
    f"Mean cumulative function at age w ({_W}): "
    "sum over offspring of 1 / customers still observed at that age"
)
_FEW = (
    "Over replications runs are pooled by the windows that they observed, because the plain mean over runs "
    "with few customers is too low: runs that happen to stay small would weigh as much as others."
)
_UNDER_WAY = "Invitations still under way at the horizon count as not accepted yet."
_UNSEEN = "Undefined when no customer is observed for w days."
_PART = (
    "The part of the mean cumulative function that these offspring contribute; "
    "the parts add up to `k_offspring`."
)
_DELAY = "Ages at which friends join, within w, each weighted by 1 / customers still observed at that age"
_COUNT = "Count of log events."
_SUM = "Sum over log events."

_K = _group(
    "K: how many customers a customer brings",
    ("k_offspring", "Customers brought by one customer (K)", "customers per customer", "higher", "joins",
     "Mean number of customers that one customer brings within w days of joining.",
     f"{_MCF}. {_UNSEEN} {_FEW}"),
    ("k_programme", "K of the referral programmes", "customers per customer", "higher", "joins",
     "The part of K that is credited to programmes (the artificial loop).", _PART),
    ("k_organic", "K of the product's own loops", "customers per customer", "higher", "joins",
     "The part of K that is credited to collaboration, visibility and shared progress.", _PART),
    ("k_word_of_mouth", "K of word of mouth", "customers per customer", "higher", "joins",
     "The part of K that is credited to unprompted word of mouth.", _PART),
    ("k_basic", "Spreadsheet K", "customers per customer", "higher", "full",
     "Invitations per customer x customers won per invitation, the formula of spreadsheets.",
     "`invites_per_customer` x `settled_conversion`. Young customers, who will send more, make the first "
     "factor too low; the second is corrected for invitations still under way, else the invitations would "
     "cancel and leave `referred_share`, which is below 1 whatever the true K. 0 when nobody was invited. "
     "Undefined without customers, or when no invitation is observed for w days."),
    ("k_generation_0", "K of the first customers", "customers per customer", "higher", "joins",
     "Customers of generation 1 per customer of generation 0 (those whom nobody brought).",
     f"Ratio of counts at the horizon, not corrected for censoring. {_UNDER_WAY} Undefined without "
     "generation 0."),
    ("k_generation_1", "K of the first referred generation", "customers per customer", "higher", "joins",
     "Customers of generation 2 per customer of generation 1.",
     f"Ratio of counts at the horizon, not corrected for censoring. {_UNDER_WAY} Undefined without "
     "generation 1."),
    ("k_next_generation", "K of the next-generation matrix", "customers per customer", "higher", "joins",
     "The factor by which generations grow in the long run when customers differ by segment and by loop.",
     "Spectral radius of the matrix of mean offspring within w by type (segment x loop that brought them); "
     f"a type observed for less than w counts as far as it was seen. {_UNSEEN}"),
    ("invites_per_customer", "Invitations per customer", "invitations per customer", "none", "summary",
     "Invitations sent by customers, of every loop, per customer; a friend invited twice counts twice, those "
     "of agents do not count.",
     "Ratio of counts. Undefined without customers."),
    ("settled_conversion", "Customers won per invitation in its time", "customers per invitation", "higher",
     "full",
     "Customers whom an invitation by a customer wins within w days of being sent, had each had as long.",
     f"Mean cumulative function at age w ({_W}): sum over customers won of 1 / invitations still observed at "
     f"that "
     "age. A customer is won by the last invitation that the one who gets the credit had sent before the "
     "sign-up. Undefined without an invitation that is observed for w days."),
    ("conversion_per_invite", "Customers won per invitation so far", "customers per invitation", "higher",
     "summary",
     "Referred customers per invitation sent, by customers and agents.",
     f"Ratio of counts. {_UNDER_WAY} Undefined without invitations."),
    ("amplification", "Amplification", "customers per unreferred customer", "higher", "summary",
     "All customers per customer who came unaided, was there at launch or was paid for.",
     "Ratio of counts, seeds included in both; leaks and self-referrals came unaided. Undefined when every "
     "customer was referred."),
)  # fmt: skip

_CUSTOMERS = _group(
    "Customers",
    ("customers", "Customers won", "customers", "higher", "summary",
     "People who became customers before the horizon, those at launch included, whether or not they left "
     "since.",
     "Count of activations."),
    ("active_customers", "Customers who stay", "customers", "higher", "summary",
     "Customers at the horizon: who has not left, or was won back since.",
     "Activations plus won back minus departures."),
    ("churned_customers", "Customers lost", "customers", "lower", "summary",
     "Departures of customers before the horizon; who is won back and leaves again counts twice.",
     "Count of departures."),
    ("won_back", "Customers won back", "customers", "higher", "summary",
     "Customers who had left and came back; twice, if they did so twice.", _COUNT),
    ("sign_ups", "Sign-ups", "people", "higher", "summary",
     "People who signed up before the horizon, those at launch included.", "Count of sign-ups."),
    ("referred_sign_ups", "Referred sign-ups", "people", "higher", "summary",
     "Sign-ups that somebody gets the credit for.", "Count of sign-ups with a parent."),
    ("referred_customers", "Referred customers", "customers", "higher", "summary",
     "Customers whom somebody gets the credit for, by any loop.", "Count of activations with a parent."),
    ("unasked_customers", "Customers by a code nobody gave them", "customers", "lower", "summary",
     "Customers credited to a programme whom nobody brought: self-referral, and codes from coupon pages.",
     "Count of activations with a programme and no parent."),
    ("referred_share", "Share of customers referred", "share", "none", "summary",
     "Referred customers as a share of all customers.", "Ratio of counts. Undefined without customers."),
    ("penetration", "Share of people reached", "share", "higher", "summary",
     "Customers as a share of everybody in the world; agents are none of them.",
     "Ratio of counts. Undefined with fresh contacts, where the world has no end."),
)  # fmt: skip

_SPEED = _group(
    "Speed",
    ("cycle_time_median_days", "Cycle time, median", "days", "lower", "joins",
     "Half of the friends whom a customer brings within w have joined this long after the customer.",
     f"Weighted median. {_DELAY}. Undefined when nobody brought anybody."),
    ("cycle_time_mean_days", "Cycle time, mean", "days", "lower", "joins",
     "Mean time from a customer's joining to each friend's joining, within w.",
     f"Weighted mean. {_DELAY}. Undefined when nobody brought anybody."),
    ("growth_rate_per_day", "Growth rate of referral alone within the window", "per day", "higher", "joins",
     "The rate at which customers would multiply in the long run by referral alone, counting only "
     "the friends who join within the window w; below 0 when K(w) < 1, even where later friends would lift "
     "it above 0.",
     f"Euler-Lotka: the r with sum of weight x exp(-r x age) = 1. {_DELAY}. Undefined when nobody brought "
     "anybody or all join at once."),
    ("doubling_time_days", "Doubling time within the window", "days", "lower", "joins",
     "Time in which customers would double by referral alone, counting only the friends who join within the "
     "window w.",
     "ln 2 / growth rate. Undefined unless the growth rate is above 0."),
)  # fmt: skip

_TREES = (
    "Trees of customers: the root was brought by nobody, everybody else hangs under the one who brought them."
)
_CASCADES = _group(
    "Cascades",
    ("mean_tree_size", "Customers per tree", "customers", "higher", "joins",
     f"Mean number of customers in a referral tree, root included. {_TREES}", "Mean over trees."),
    ("largest_tree", "Largest tree", "customers", "none", "joins",
     "Customers in the largest referral tree, root included.", "Maximum over trees."),
    ("mean_tree_depth", "Mean depth of trees", "generations", "higher", "joins",
     "Mean over trees of the number of generations under the root.", "Mean over trees; a lone root has "
     "depth 0."),
    ("max_depth", "Deepest tree", "generations", "none", "joins",
     "Generations under the root in the deepest tree.", "Maximum over trees."),
    ("mean_tree_breadth", "Mean breadth of trees", "customers", "higher", "joins",
     "Mean over trees of the customers in the fullest generation.", "Mean over trees; a lone root has "
     "breadth 1."),
    ("mean_structural_virality", "Structural virality", "steps", "none", "joins",
     "Mean distance between two customers of one tree: 2 at most for one broadcaster, larger for long "
     "chains.",
     "Exact mean over all pairs of each tree (Wiener index), then mean over trees of two or more. Undefined "
     "without such a tree."),
    ("share_one_node_trees", "Share of trees of one", "share", "lower", "joins",
     "Share of trees that never grew: the root brought nobody.", "Share of trees; young roots count as "
     "well."),
    ("share_trees_deeper_than_one", "Share of trees deeper than one", "share", "higher", "joins",
     "Share of trees in which a referred customer brought somebody too.", "Share of trees."),
    ("referrer_gini", "Concentration of referrers (Gini)", "0 to 1", "none", "joins",
     "How unequally customers bring others: 0 all alike, near 1 a few bring all.",
     "Gini coefficient of customers brought, over all customers. Undefined when nobody brought anybody."),
    ("top_referrers_share", "Share brought by the top 1 %", "share", "none", "joins",
     "Share of those brought by a customer who were brought by the most successful 1 % of customers "
     "(rounded up).",
     "Share of counts. Undefined when nobody brought anybody."),
)  # fmt: skip

_FUNNEL = _group(
    "Funnel",
    ("asks", "Asks", "asks", "none", "summary", "Times a programme asked somebody to share.", _COUNT),
    ("shares", "Shares", "shares", "higher", "summary", "Asks that led to at least one invitation.", _COUNT),
    ("invites", "Invitations", "invitations", "none", "summary",
     "Invitations sent by every loop, including those to people who are customers already.", _COUNT),
    ("delivered", "Delivered", "invitations", "none", "summary",
     "Invitations that reached somebody who had not signed up yet.", _COUNT),
    ("opens", "Opens", "invitations", "none", "summary", "Invitations opened.", _COUNT),
    ("clicks", "Clicks", "invitations", "higher", "summary", "Invitations followed to the offer.", _COUNT),
    ("activations", "Activations", "customers", "higher", "summary",
     "Sign-ups that became customers: `customers` under the name of the funnel's step.", "Count of "
     "activations."),
    ("qualified", "Qualified friends", "people", "higher", "summary",
     "Friends who met a programme's condition for a reward.", _COUNT),
    ("rewarded", "Rewarded referrals", "people", "none", "summary",
     "Friends for whom at least one side earned a reward (not refused by a cap).", "Count of distinct "
     "friends."),
    ("reminded", "Reminders", "reminders", "none", "summary",
     "Times a customer nudged a friend who had not answered, or had signed up and no more.", _COUNT),
    ("reminder_conversion", "Reminders that worked", "share", "higher", "full",
     "Reminders answered by signing up, or by becoming a customer where the sign-up was there already.",
     "Ratio of counts: sign-ups at the instant of the reminder, or activations after it. Those still on "
     "their way at the horizon count as not yet. Undefined without reminders."),
    ("share_rate", "Shares per ask", "share", "higher", "summary", "Shares / asks.", "Undefined without "
    "asks."),
    ("delivery_rate", "Delivered per invitation", "share", "higher", "summary",
     "Delivered / invitations.", "Undefined without invitations."),
    ("open_rate", "Opens per delivery", "share", "higher", "summary",
     "Opens / delivered.", "Undefined without deliveries."),
    ("click_rate", "Clicks per open", "share", "higher", "summary", "Clicks / opens.", "Undefined without "
    "opens."),
    ("sign_up_rate", "Referred sign-ups per click", "share", "higher", "summary",
     "Referred sign-ups / clicks.", f"{_UNDER_WAY} Who clicks twice signs up once. Undefined without "
     "clicks."),
    ("activation_rate", "Customers per sign-up", "share", "higher", "summary",
     "Customers / sign-ups.", "Undefined without sign-ups. Those still on their way at the horizon count "
     "as not yet."),
    ("qualification_rate", "Qualified per programme sign-up", "share", "higher", "summary",
     "Qualified friends / sign-ups credited to a programme.", "Undefined without such sign-ups."),
)  # fmt: skip

_MOOD = _group(
    "Mood and talk",
    ("happy_moments", "Happy moments", "moments", "higher", "summary", "Uses that delighted a "
    "customer.", _COUNT),
    ("unhappy_moments", "Unhappy moments", "moments", "lower", "summary", "Uses that let a customer "
    "down.", _COUNT),
    ("told_well", "Told well of us", "tellings", "higher", "summary",
     "Times somebody heard good word of mouth.", _COUNT),
    ("told_badly", "Told badly of us", "tellings", "lower", "summary",
     "Times somebody heard a complaint.", _COUNT),
)  # fmt: skip

_NO_CUSTOMERS = "Undefined without customers."
_MONEY = _group(
    "Money",
    ("revenue", "Revenue", "money", "higher", "summary", "Baskets paid, less refunds.", _SUM),
    ("margin", "Contribution margin", "money", "higher", "summary",
     "Margin on purchases, less refunds, before any cost of acquisition.", _SUM),
    ("profit", "Contribution after acquisition", "money", "higher", "summary",
     "Margin and fees received, less the cost of rewards, points, care and paid acquisition.",
     "Sum of the margin column of the log."),
    ("reward_earned", "Rewards earned", "money", "none", "summary",
     "Face value of rewards earned by either side.", _SUM),
    ("reward_paid", "Rewards paid", "money", "none", "summary", "Face value of rewards paid after the "
    "hold.", _SUM),
    ("reward_redeemed", "Rewards redeemed", "money", "none", "summary",
     "Face value of rewards that were used after payment; only those whose cost falls due then.", _SUM),
    ("reward_expired", "Rewards expired", "money", "none", "summary",
     "Face value of rewards that were not used in time, or never due to be paid in time.", _SUM),
    ("reward_lost", "Sweepstake tickets that won nothing", "money", "none", "summary",
     "Face value of prizes that tickets earned and did not win.", _SUM),
    ("reward_reversed", "Rewards clawed back", "money", "none", "summary",
     "Face value of rewards taken back before they were paid.", _SUM),
    ("reward_disputed", "Rewards in dispute", "money", "lower", "summary",
     "Face value of rewards whose friend got the money back after the reward was paid.", _SUM),
    ("reward_capped", "Rewards refused by a cap", "money", "none", "summary",
     "Face value of rewards not earned because the receiver had reached the cap.", _SUM),
    ("reward_unfunded", "Rewards refused by the budget", "money", "none", "summary",
     "Face value of rewards not earned because the budget of the programme was spent.", _SUM),
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
     "be less than their face value.", _SUM),
    ("partner_fees", "Fees of partners", "money", "higher", "summary",
     "What agents paid to be admitted.", _SUM),
    ("paid_acquisition_cost", "Cost of paid acquisition", "money", "lower", "summary",
     "What was paid to buy sign-ups.", _SUM),
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
     f"Ratio of sums; late customers have had less time. {_NO_CUSTOMERS}"),
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

_SO_FAR = (
    "Ratio of sums up to the horizon. Censored: late customers have had less time, so sources differ by when "
    "they came as well. Undefined without such customers."
)
_IN_WINDOW = (
    f"Mean cumulative function at age w ({_W}): sum over purchases and refunds of margin / customers of the "
    "group still observed at that age. Censored customers count as long as they were seen, so groups that "
    "came at different times can be compared. Undefined when none of them is observed for w days."
)
_CHOSEN = (
    "Ratio of sums up to the horizon. Referrers are chosen by what they did: who stayed longer had more time "
    "to bring somebody, so it does not say what another customer would be worth as a referrer. Undefined "
    "when nobody brought anybody."
)
_WORTH = _group(
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

_HONESTY = _group(
    "Abuse and refusals",
    ("fake_accounts", "Fake accounts", "accounts", "lower", "summary",
     "Accounts that people made up to be rewarded for.", _SUM),
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
     "What rewards for no friend have cost the company so far.", _SUM),
    ("abuse_tried", "Value at risk of abuse", "money", "lower", "summary",
     "Face value that people went for without bringing a friend, caught or not.",
     "Earned and rightly refused rewards with credit to a programme but to no channel. Refusals by caps and "
     "budgets are not in it."),
    ("abuse_caught_share", "Share of abuse that is caught", "share", "higher", "summary",
     "Money rightly refused as a share of the value at risk of abuse.",
     "Ratio of sums of face value. Undefined when nobody tried."),
    ("abuse_refused_rewards", "Rewards rightly refused", "rewards", "none", "summary",
     "Rewards refused because the friend was found to be none.", _COUNT),
    ("abuse_refused", "Money rightly refused", "money", "higher", "summary", "Face value of these.", _SUM),
    ("genuine_refused_people", "Friends wrongly refused", "people", "lower", "full",
     "Real friends for whom a reward was refused because they were taken for a fraud.",
     "Count of distinct friends. Commissions that follow are refused in silence and have no event."),
    ("genuine_refused", "Money wrongly refused", "money", "lower", "summary",
     "Face value refused for real friends.", _SUM),
    ("genuine_refused_margin", "Margin of friends wrongly refused", "money", "none", "full",
     "Contribution margin so far of the real friends who were taken for a fraud: the custom that is at stake "
     "if they leave over it.",
     "Sum over their purchases and refunds up to the horizon."),
)  # fmt: skip

_AGENTS = _group(
    "Affiliates and partners",
    ("agents_applied", "Agents who applied", "agents", "none", "summary",
     "Applications to programmes.", _COUNT),
    ("agents_enlisted", "Agents at work", "agents", "higher", "summary", "Agents who were admitted.", _COUNT),
    ("agents_rejected", "Agents turned down", "agents", "none", "summary",
     "Agents who failed the screening or the course.", _COUNT),
    ("posts", "Posts", "posts", "higher", "summary", "Times an agent addressed its audience.", _COUNT),
    ("post_reach", "Visits by posts", "visits", "higher", "summary",
     "Invitations that posts led to.", _SUM),
    ("agent_customers", "Customers brought by agents", "customers", "higher", "joins",
     "Customers credited to an agent. They are roots of trees and nobody's offspring in K.",
     "Count of activations whose parent is an agent."),
    ("commission_paid", "Paid to agents", "money", "lower", "full",
     "Face value of rewards paid to agents, commissions and all others.", _SUM),
)  # fmt: skip

_LOYALTY = _group(
    "Loyalty and care",
    ("points_earned", "Points earned", "points", "none", "summary", "Points given to customers.", _SUM),
    ("points_redeemed", "Points redeemed", "points", "none", "summary", "Points used.", _SUM),
    ("points_expired", "Points expired", "points", "none", "summary", "Points that lapsed unused.", _SUM),
    ("points_outstanding", "Points outstanding", "points", "lower", "summary",
     "Points that customers hold at the horizon: a liability.", "Earned less redeemed less expired."),
    ("points_cost", "Cost of points", "money", "lower", "summary", "Cost of the points redeemed.", _SUM),
    ("reviews", "Reviews", "reviews", "higher", "summary", "Reviews written by customers.", _COUNT),
    ("members_joined", "Memberships sold", "memberships", "higher", "summary",
     "Times a customer became a member; renewals do not count.", _COUNT),
    ("members", "Members", "customers", "higher", "summary",
     "Customers who are members at the horizon.",
     "Memberships sold less those that ended: not renewed, or the customer left."),
    ("membership_income", "Membership fees", "money", "higher", "summary",
     "Fees for joining and renewing a membership.", _SUM),
    ("recoveries", "Apologies", "apologies", "none", "summary",
     "Times something was done for a customer who had been let down.", _COUNT),
    ("gifts", "Surprise gifts", "gifts", "none", "summary", "Gifts to customers.", _COUNT),
    ("care_cost", "Cost of care", "money", "lower", "summary",
     "What apologies, gifts and winning back cost.", _SUM),
    ("incident_hits", "Customers hit by incidents", "customers", "lower", "summary",
     "Customers whom a brand incident let down; once for each incident.", _COUNT),
)  # fmt: skip

_PAIR = "Paired with the same world without any programme, draw for draw."
_SAME_PEOPLE = "Undefined with fresh contacts, where nobody is the same person in two worlds."
_ALL_RUNS = (
    "Over replications the sum of costs over the sum of customers, runs in which the programmes caused none "
    "or drove some away included. Undefined where the programmes caused none."
)
_CAUSED = _group(
    "Caused by the programmes",
    ("incremental_customers", "Customers the programmes caused", "customers", "higher", "summary",
     "Customers won, less those won in the same world without programmes.", _PAIR),
    ("incremental_revenue", "Revenue the programmes caused", "money", "higher", "summary",
     "Revenue, less that of the same world without programmes.", _PAIR),
    ("incremental_profit", "Contribution the programmes caused", "money", "higher", "summary",
     "Contribution after acquisition and rewards, less that of the same world without programmes.", _PAIR),
    ("k_without", "K without the programmes", "customers per customer", "higher", "joins",
     "`k_offspring` of the same world without programmes.", f"{_PAIR} {_UNSEEN} {_FEW}"),
    ("k_incremental", "K the programmes caused", "customers per customer", "higher", "joins",
     "`k_offspring` less `k_without`.",
     f"{_PAIR} {_UNSEEN} Over replications each of the two is pooled by the windows that its runs observed, "
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

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for group in (
        *(_K, _CUSTOMERS, _SPEED, _CASCADES, _FUNNEL, _MOOD, _MONEY),
        *(_WORTH, _HONESTY, _AGENTS, _LOYALTY, _CAUSED),
    )
    for measure in group
}
"""Every measure by name, in the order in which they are shown."""

PAIRED = frozenset(measure.name for measure in _CAUSED)
"""Measures that one run alone cannot give: they hold it against the world without programmes."""

MISSING_FOR_A_REASON = frozenset({"payback_day", "doubling_time_days", "cash_payback_day"})
"""Measures that are undefined in just the runs that went badly: means over the rest say little."""

WINDOWED = frozenset(
    {"k_offspring", "k_programme", "k_organic", "k_word_of_mouth", "k_next_generation"}
    | {"growth_rate_per_day", "doubling_time_days", "k_incremental", "k_without"}
    | {"ltv_window_referred", "ltv_window_unreferred"}
)
"""Measures that mean little unless the window is named beside them."""

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
