"""Measures of the way from an ask to a customer, and of how customers feel."""

from __future__ import annotations

from referralsim.measures.measure import COUNT, UNDER_WAY, group

FUNNEL = group(
    "Funnel",
    ("asks", "Asks", "asks", "none", "summary", "Times a programme asked somebody to share.", COUNT),
    ("shares", "Shares", "shares", "higher", "summary", "Asks that led to at least one invitation.", COUNT),
    ("invites", "Invitations", "invitations", "none", "summary",
     "Invitations sent by every loop, including those to people who are customers already.", COUNT),
    ("delivered", "Delivered", "invitations", "none", "summary",
     "Invitations that reached somebody who had not signed up yet.", COUNT),
    ("opens", "Opens", "invitations", "none", "summary", "Invitations opened.", COUNT),
    ("clicks", "Clicks", "invitations", "higher", "summary", "Invitations followed to the offer.", COUNT),
    ("activations", "Activations", "customers", "higher", "summary",
     "Sign-ups that became customers: `customers` under the name of the funnel's step.", "Count of "
     "activations."),
    ("qualified", "Qualified friends", "people", "higher", "summary",
     "Friends who met a programme's condition for a reward.", COUNT),
    ("rewarded", "Rewarded referrals", "people", "none", "summary",
     "Friends for whom at least one side earned a reward (not refused by a cap).", "Count of distinct "
     "friends."),
    ("reminded", "Reminders", "reminders", "none", "summary",
     "Times a customer nudged a friend who had not answered, or had signed up and no more.", COUNT),
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
     "Referred sign-ups / clicks.", f"{UNDER_WAY} Who clicks twice signs up once. Undefined without "
     "clicks."),
    ("activation_rate", "Customers per sign-up", "share", "higher", "summary",
     "Customers / sign-ups.", "Undefined without sign-ups. Those still on their way at the horizon count "
     "as not yet."),
    ("qualification_rate", "Qualified per programme sign-up", "share", "higher", "summary",
     "Qualified friends / sign-ups credited to a programme.", "Undefined without such sign-ups."),
)  # fmt: skip

MOOD = group(
    "Mood and talk",
    ("happy_moments", "Happy moments", "moments", "higher", "summary", "Uses that delighted a "
    "customer.", COUNT),
    ("unhappy_moments", "Unhappy moments", "moments", "lower", "summary", "Uses that let a customer "
    "down.", COUNT),
    ("told_well", "Told well of us", "tellings", "higher", "summary",
     "Times somebody heard good word of mouth.", COUNT),
    ("told_badly", "Told badly of us", "tellings", "lower", "summary",
     "Times somebody heard a complaint.", COUNT),
)  # fmt: skip
