"""Measures of what only some programmes have: agents, members, care."""

from __future__ import annotations

from referralsim.measures.measure import COUNT, SUM, group

AGENTS = group(
    "Affiliates and partners",
    ("agents_applied", "Agents who applied", "agents", "none", "summary",
     "Applications to programmes.", COUNT),
    ("agents_enlisted", "Agents at work", "agents", "higher", "summary", "Agents who were admitted.", COUNT),
    ("agents_rejected", "Agents turned down", "agents", "none", "summary",
     "Agents who failed the screening or the course.", COUNT),
    ("posts", "Posts", "posts", "higher", "summary", "Times an agent addressed its audience.", COUNT),
    ("post_reach", "Visits by posts", "visits", "higher", "summary",
     "Invitations that posts led to.", SUM),
    ("agent_customers", "Customers brought by agents", "customers", "higher", "joins",
     "Customers credited to an agent. They are roots of trees and nobody's offspring in K.",
     "Count of activations whose parent is an agent."),
    ("commission_paid", "Paid to agents", "money", "lower", "full",
     "Face value of rewards paid to agents, commissions and all others.", SUM),
)  # fmt: skip

LOYALTY = group(
    "Loyalty and care",
    ("points_earned", "Points earned", "points", "none", "summary", "Points given to customers.", SUM),
    ("points_redeemed", "Points redeemed", "points", "none", "summary", "Points used.", SUM),
    ("points_expired", "Points expired", "points", "none", "summary", "Points that lapsed unused.", SUM),
    ("points_outstanding", "Points outstanding", "points", "lower", "summary",
     "Points that customers hold at the horizon: a liability.", "Earned less redeemed less expired."),
    ("points_cost", "Cost of points", "money", "lower", "summary", "Cost of the points redeemed.", SUM),
    ("reviews", "Reviews", "reviews", "higher", "summary", "Reviews written by customers.", COUNT),
    ("members_joined", "Memberships sold", "memberships", "higher", "summary",
     "Times a customer became a member; renewals do not count.", COUNT),
    ("members", "Members", "customers", "higher", "summary",
     "Customers who are members at the horizon.",
     "Memberships sold less those that ended: not renewed, or the customer left."),
    ("membership_income", "Membership fees", "money", "higher", "summary",
     "Fees for joining and renewing a membership.", SUM),
    ("recoveries", "Apologies", "apologies", "none", "summary",
     "Times something was done for a customer who had been let down.", COUNT),
    ("gifts", "Surprise gifts", "gifts", "none", "summary", "Gifts to customers.", COUNT),
    ("care_cost", "Cost of care", "money", "lower", "summary",
     "What apologies, gifts and winning back cost.", SUM),
    ("incident_hits", "Customers hit by incidents", "customers", "lower", "summary",
     "Customers whom a brand incident let down; once for each incident.", COUNT),
)  # fmt: skip
