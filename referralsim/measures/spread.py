"""Measures of who brings whom: K, customers, speed, cascades."""

from __future__ import annotations

from referralsim.measures.measure import COUNT, DELAY, FEW, MCF, PART, UNDER_WAY, UNSEEN, WINDOW, group

K = group(
    "K: how many customers a customer brings",
    ("k_offspring", "Customers brought by one customer (K)", "customers per customer", "higher", "joins",
     "Mean number of customers that one customer brings within w days of joining.",
     f"{MCF}. {UNSEEN} {FEW}"),
    ("k_programme", "K of the referral programmes", "customers per customer", "higher", "joins",
     "The part of K that is credited to programmes (the artificial loop).", PART),
    ("k_organic", "K of the product's own loops", "customers per customer", "higher", "joins",
     "The part of K that is credited to collaboration, visibility and shared progress.", PART),
    ("k_word_of_mouth", "K of word of mouth", "customers per customer", "higher", "joins",
     "The part of K that is credited to unprompted word of mouth.", PART),
    ("k_basic", "Spreadsheet K", "customers per customer", "higher", "full",
     "Invitations per customer x customers won per invitation, the formula of spreadsheets.",
     "`invites_per_customer` x `settled_conversion`. Young customers, who will send more, make the first "
     "factor too low; the second is corrected for invitations still under way, else the invitations would "
     "cancel and leave `referred_share`, which is below 1 whatever the true K. 0 when nobody was invited. "
     "Undefined without customers, or when no invitation is observed for w days."),
    ("k_generation_0", "K of the first customers", "customers per customer", "higher", "joins",
     "Customers of generation 1 per customer of generation 0 (those whom nobody brought).",
     f"Ratio of counts at the horizon, not corrected for censoring. {UNDER_WAY} Undefined without "
     "generation 0."),
    ("k_generation_1", "K of the first referred generation", "customers per customer", "higher", "joins",
     "Customers of generation 2 per customer of generation 1.",
     f"Ratio of counts at the horizon, not corrected for censoring. {UNDER_WAY} Undefined without "
     "generation 1."),
    ("k_next_generation", "K of the next-generation matrix", "customers per customer", "higher", "joins",
     "The factor by which generations grow in the long run when customers differ by segment and by loop.",
     "Spectral radius of the matrix of mean offspring within w by type (segment x loop that brought them); "
     f"a type observed for less than w counts as far as it was seen. {UNSEEN}"),
    ("invites_per_customer", "Invitations per customer", "invitations per customer", "none", "summary",
     "Invitations sent by customers, of every loop, per customer; a friend invited twice counts twice, those "
     "of agents do not count.",
     "Ratio of counts. Undefined without customers."),
    ("settled_conversion", "Customers won per invitation in its time", "customers per invitation", "higher",
     "full",
     "Customers whom an invitation by a customer wins within w days of being sent, had each had as long.",
     f"Mean cumulative function at age w ({WINDOW}): sum over customers won of 1 / invitations still "
     "observed at that age. A customer is won by the last invitation that the one who gets the credit had "
     "sent before the sign-up. Undefined without an invitation that is observed for w days."),
    ("conversion_per_invite", "Customers won per invitation so far", "customers per invitation", "higher",
     "summary",
     "Referred customers per invitation sent, by customers and agents.",
     f"Ratio of counts. {UNDER_WAY} Undefined without invitations."),
    ("amplification", "Amplification", "customers per unreferred customer", "higher", "summary",
     "All customers per customer who came unaided, was there at launch or was paid for.",
     "Ratio of counts, seeds included in both; leaks and self-referrals came unaided. Undefined when every "
     "customer was referred."),
)  # fmt: skip

CUSTOMERS = group(
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
     "Customers who had left and came back; twice, if they did so twice.", COUNT),
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

SPEED = group(
    "Speed",
    ("cycle_time_median_days", "Cycle time, median", "days", "lower", "joins",
     "Half of the friends whom a customer brings within w have joined this long after the customer.",
     f"Weighted median. {DELAY}. Undefined when nobody brought anybody."),
    ("cycle_time_mean_days", "Cycle time, mean", "days", "lower", "joins",
     "Mean time from a customer's joining to each friend's joining, within w.",
     f"Weighted mean. {DELAY}. Undefined when nobody brought anybody."),
    ("growth_rate_per_day", "Growth rate of referral alone within the window", "per day", "higher", "joins",
     "The rate at which customers would multiply in the long run by referral alone, counting only "
     "the friends who join within the window w; below 0 when K(w) < 1, even where later friends would lift "
     "it above 0.",
     f"Euler-Lotka: the r with sum of weight x exp(-r x age) = 1. {DELAY}. Undefined when nobody brought "
     "anybody or all join at once."),
    ("doubling_time_days", "Doubling time within the window", "days", "lower", "joins",
     "Time in which customers would double by referral alone, counting only the friends who join within the "
     "window w.",
     "ln 2 / growth rate. Undefined unless the growth rate is above 0."),
)  # fmt: skip

_TREES = (
    "Trees of customers: the root was brought by nobody, everybody else hangs under the one who brought them."
)
CASCADES = group(
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
