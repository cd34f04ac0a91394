"""The funnel: from the ask to the reward, in all and by loop, channel, programme and segment.

Steps of invitations count invitations; from the sign-up on the steps count people, each once and under
the loop, channel and programme that get the credit. Only people whom somebody brought are in the tables;
what happens beside the steps (reminders, fakes, refusals) is in :mod:`referralsim.metrics.honesty`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from referralsim.eventlog.kinds import Kind
from referralsim.metrics.economics import brought
from referralsim.metrics.events import Counts, Events
from referralsim.metrics.joins import BRINGING_LOOPS, LOOP_NAMES
from referralsim.metrics.virality import Scalar, ratio

STEPS = {
    "asks": Kind.ASKED,
    "shares": Kind.SHARED,
    "invites": Kind.INVITED,
    "delivered": Kind.DELIVERED,
    "opens": Kind.OPENED,
    "clicks": Kind.CLICKED,
    "sign_ups": Kind.SIGNED_UP,
    "activations": Kind.ACTIVATED,
    "qualified": Kind.QUALIFIED,
    "rewarded": Kind.REWARD_EARNED,
}
"""Steps of the funnel in order, and the event that marks each."""

BEFORE_CHANNEL = ("asks", "shares")
"""Steps at which no channel is chosen yet."""


def step_counts(events: Events) -> Counts:
    """Return counts by step, loop, channel and programme (last index of each of the three: none).

    Returns
    -------
    int array, shape (len(STEPS), n_loops + 1, n_channels + 1, n_programmes + 1)
    """
    plain = [events.counts[kind] for step, kind in STEPS.items() if step != "rewarded"]
    return np.stack([*plain, events.tally.rewarded])


def funnel_table(counts: Counts, channel_names: tuple[str, ...]) -> pd.DataFrame:
    """Return the funnel by loop and channel.

    Returns
    -------
    pandas.DataFrame
        loop (those in which anything happened), channel ('' where no channel is chosen yet), step, count.
    """
    by_channel = counts.sum(axis=3)[:, list(BRINGING_LOOPS)]
    rows = []
    for loop, of_loop in zip(BRINGING_LOOPS, np.moveaxis(by_channel, 1, 0), strict=True):
        for channel in (-1, *range(len(channel_names))):
            cells = of_loop[:, channel]
            if not cells.any():
                continue
            name = channel_names[channel] if channel >= 0 else ""
            rows += [
                (LOOP_NAMES[loop], name, step, int(count))
                for step, count in zip(STEPS, cells, strict=True)
                if (step in BEFORE_CHANNEL) == (channel < 0)
            ]
    return pd.DataFrame(rows, columns=["loop", "channel", "step", "count"])


def funnel_by_segment_table(events: Events) -> pd.DataFrame:
    """Return the funnel by the segment of the one who invites: segment, step, count (all loops)."""
    record, tally = events.record, events.tally
    n = len(record.segment_names)
    rows = []
    for step, kind in STEPS.items():
        count = tally.by_segment[kind]
        if step in ("sign_ups", "activations"):
            inviter = events.of(kind)["target"]
            of_inviter = record.segment[inviter[inviter >= 0]]
            count = np.bincount(of_inviter[of_inviter >= 0], minlength=n)  # agents have no segment
        rows += [(name, step, int(count[i])) for i, name in enumerate(record.segment_names)]
    return pd.DataFrame(rows, columns=["segment", "step", "count"])


def funnel_by_programme_table(counts: Counts, programme_names: tuple[str, ...]) -> pd.DataFrame:
    """Return the funnel by programme: programme, step, count."""
    by_programme = counts.sum(axis=(1, 2))
    rows = [
        (name, step, int(by_programme[s, p]))
        for p, name in enumerate(programme_names)
        for s, step in enumerate(STEPS)
    ]
    return pd.DataFrame(rows, columns=["programme", "step", "count"])


def funnel_scalars(events: Events, counts: Counts) -> dict[str, Scalar]:
    """Return counts and rates of the funnel by name; counts rest upon one run."""
    total = {step: int(counts[s].sum()) for s, step in enumerate(STEPS)}
    referred = int(brought(counts[list(STEPS).index("sign_ups")]).sum())
    by_programme = int(counts[list(STEPS).index("sign_ups"), ..., :-1].sum())
    plain = (
        "asks",
        "shares",
        "invites",
        "delivered",
        "opens",
        "clicks",
        "activations",
        "qualified",
        "rewarded",
    )
    return {name: Scalar(float(total[name]), 1) for name in plain} | {
        "share_rate": ratio(total["shares"], total["asks"]),
        "delivery_rate": ratio(total["delivered"], total["invites"]),
        "open_rate": ratio(total["opens"], total["delivered"]),
        "click_rate": ratio(total["clicks"], total["opens"]),
        "sign_up_rate": ratio(referred, total["clicks"]),
        "activation_rate": ratio(total["activations"], total["sign_ups"]),
        "qualification_rate": ratio(total["qualified"], by_programme),
    }
