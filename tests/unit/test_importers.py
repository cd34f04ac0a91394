"""Importers: units, what is carried over and what is not, and no file that ends in a traceback."""

from __future__ import annotations

import copy
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referralsim.cli.import_command import PLATFORMS
from referralsim.errors import ScenarioError, UsageError
from referralsim.importers import IMPORTERS, reading
from referralsim.importers.draft import Draft
from referralsim.scenario.load import load_study
from referralsim.scenario.schema import Scenario

FILES = Path(__file__).parents[1] / "imports"
EXAMPLES = [
    ("dub", "dub_group.json"),
    ("dub", "dub_programme.json"),
    ("dub", "dub_commissions.csv"),
    ("dub", "dub_partners.csv"),
    ("voucherify", "voucherify_campaign.json"),
    ("voucherify", "voucherify_vouchers.csv"),
]


def drawn(platform: str, path: Path, currency: str = "USD") -> Draft:
    return IMPORTERS[platform](path, currency)


def written(folder: Path, data: Any, name: str = "settings.json") -> Path:
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def loaded(draft: Draft, folder: Path) -> Scenario:
    path = folder / "imported.yaml"
    path.write_text(draft.checked_text(), encoding="utf-8")
    return load_study(path).designs["imported"]


def imported(folder: Path, platform: str, data: Any, name: str = "settings.json") -> Scenario:
    return loaded(drawn(platform, written(folder, data, name)), folder)


def faults(platform: str, path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as raised:
        drawn(platform, path).checked_text()
    return [str(fault).replace(str(path), "FILE") for fault in raised.value.faults]


def test_the_command_offers_what_there_is():
    """The command names the platforms itself, so that its help needs no import."""
    assert tuple(IMPORTERS) == PLATFORMS


@pytest.mark.parametrize(("platform", "name"), EXAMPLES)
def test_every_number_that_was_imported_says_so(platform, name, tmp_path):
    """A report that shows an imported number as assumed, or the other way round, misleads."""
    draft = drawn(platform, FILES / name)
    scenario = loaded(draft, tmp_path)
    assert scenario.sources == draft.sources
    assert sum(name in source for source in scenario.sources.values()) >= len(draft.sources) - 1
    text = draft.text()
    for note in (*draft.missing, *draft.assumed):
        assert f"# - {note}" in text


# --------------------------------------------------------------------------- Dub


def test_a_group_of_dub_is_carried_over_in_its_units(tmp_path):
    """Cents are cents, per cent are of 100, months are months; the friend's discount is the friend's."""
    draft = drawn("dub", FILES / "dub_group.json")
    scenario = loaded(draft, tmp_path)
    programme = scenario.programmes["Default_Group"]
    assert programme.kind == "affiliate"
    assert programme.agents is not None
    assert programme.agents.number == 12
    assert programme.hold_days == 30.0
    lead, low, high = programme.rewards.referrer
    assert (lead.on, lead.value_cents.cents) == ("signup", 250)
    assert lead.cap is not None
    assert (lead.cap.value_cents, lead.cap.window, lead.cap.every_days) == (10_000, "period", 365 / 12)
    assert (low.on, low.value_cents.percent, low.for_days) == ("purchase", 0.2, 365.0)
    assert (low.friends.first, low.friends.last) == (1, 9)
    assert (high.value_cents.percent, high.friends.first, high.friends.last) == (0.3, 10, None)
    (discount,) = programme.rewards.referee
    assert (discount.on, discount.value_cents.percent, discount.type) == ("qualified", 0.1, "discount")
    assert scenario.channels["partner_link"].signed_up.probability == 0.08
    assert scenario.product.activation.probability == 0.25
    assert "mean: 50.00" in draft.text()
    rewards = "programmes.Default_Group.rewards"
    assert scenario.sources[f"{rewards}.referrer.1.value"].endswith(
        "dub_group.json: saleReward.amountInPercentage"
    )
    assert scenario.sources[f"{rewards}.referrer.0.cap.value"].endswith(": leadReward.spendLimitAmount")
    assert scenario.sources[f"{rewards}.referee.value"].endswith(": discount.amount")
    assert any(note.startswith("clickReward:") for note in draft.missing)
    assert any("customer.country" in note for note in draft.missing)


def test_a_programme_of_dub_with_flat_rewards(tmp_path):
    """A sale that is paid once, later terms, and a discount for some months."""
    draft = drawn("dub", FILES / "dub_programme.json")
    programme = loaded(draft, tmp_path).programmes["Acme_Partners"]
    (sale,) = programme.rewards.referrer
    assert (sale.on, sale.value_cents.cents) == ("qualified", 5000)
    (discount,) = programme.rewards.referee
    assert (discount.on, discount.value_cents.cents, discount.for_days) == ("purchase", 2500, 3 * 365 / 12)
    missing = "\n".join(draft.missing)
    assert "minPayoutAmount" in missing
    assert "rewards.1: a second reward" in missing
    assert "modifiers.0" in missing  # a reward that is paid once has no later terms


def test_terms_that_change_with_the_length_of_a_subscription_are_later_terms(tmp_path):
    """The introductory rate must not be paid for ever."""
    condition = {
        "entity": "customer",
        "attribute": "subscriptionDurationMonths",
        "operator": "greater_than",
        "value": 5,
    }
    modifier = {"conditions": [condition], "amountInCents": 1000}
    reward = {
        "event": "sale",
        "type": "flat",
        "amountInCents": 5000,
        "maxDuration": None,
        "modifiers": [modifier],
    }
    (sale,) = imported(tmp_path, "dub", reward).programmes["partners"].rewards.referrer
    assert sale.later is not None
    assert (sale.later.value_cents.cents, sale.later.after_days) == (1000, 6 * 365 / 12)
    assert sale.for_days is None


def test_groups_become_programmes_of_their_own(tmp_path):
    """Two groups with one name are two programmes; one that pays nothing is named."""
    group = {
        "name": "VIP: gold",
        "holdingPeriodDays": 7,
        "saleReward": {"event": "sale", "type": "percentage", "amountInPercentage": "12.5"},
    }
    draft = drawn("dub", written(tmp_path, [group, {**group, "saleReward": None}]))
    scenario = loaded(draft, tmp_path)
    assert list(scenario.programmes) == ["VIP_gold", "VIP_gold_2"]
    assert scenario.programmes["VIP_gold"].rewards.referrer[0].value_cents.percent == 0.125
    assert any("VIP_gold_2" in note and "nothing" in note for note in draft.missing)


def test_exports_of_dub_tell_rewards_and_rates(tmp_path):
    """Money in an export is text in major units, not cents."""
    commissions = loaded(drawn("dub", FILES / "dub_commissions.csv"), tmp_path)
    sale, lead = commissions.programmes["partners"].rewards.referrer
    assert sale.value_cents.percent == 0.2
    assert lead.value_cents.cents == 200
    assert commissions.programmes["partners"].agents is not None
    assert commissions.programmes["partners"].agents.number == 2
    partners = loaded(drawn("dub", FILES / "dub_partners.csv"), tmp_path)
    assert partners.channels["partner_link"].signed_up.probability == 0.075
    assert partners.product.activation.probability == pytest.approx(1 / 3, abs=1e-4)
    assert "mean: 100.00" in drawn("dub", FILES / "dub_partners.csv").text()


def test_commissions_of_the_api_are_in_cents_and_may_be_flat(tmp_path):
    """The same rows as JSON hold whole cents; equal earnings on unequal sales are a flat reward."""
    rows = [
        {
            "type": "sale",
            "amount": amount,
            "earnings": 700,
            "currency": "eur",
            "status": "paid",
            "quantity": 1,
        }
        for amount in (1000, 2500, 9000)
    ]
    scenario = imported(tmp_path, "dub", rows)
    assert scenario.currency == "EUR"
    assert scenario.programmes["partners"].rewards.referrer[0].value_cents.cents == 700


# --------------------------------------------------------------------------- Voucherify


def test_a_campaign_of_voucherify_is_carried_over_in_its_units(tmp_path):
    """Credit is in hundredths, a discount in per cent, points in points; the quantity caps the referrer."""
    draft = drawn("voucherify", FILES / "voucherify_campaign.json")
    scenario = loaded(draft, tmp_path)
    programme = scenario.programmes["Referral_Campaign_2"]
    assert programme.kind == "customer_referral"
    assert programme.qualify.event == "purchase"
    (credit,) = programme.rewards.referrer
    assert (credit.value_cents.cents, credit.type) == (1000, "gift_card")
    assert credit.cap is not None
    assert credit.cap.count == 10
    discount, points = programme.rewards.referee
    assert (discount.value_cents.percent, discount.type) == (0.45, "discount")
    assert (points.value_cents.cents, points.type) == (500, "points")
    assert [entry.day_days for entry in scenario.timeline] == [181.0]
    missing = "\n".join(draft.missing)
    for field in ("validity_timeframe", "validity_day_of_week", "amount_limit", "reward mug"):
        assert field in missing


def campaign(**changed: Any) -> dict[str, Any]:
    base = {
        "name": "Friends",
        "campaign_type": "REFERRAL_PROGRAM",
        "referral_program": {"conversion_event_type": "redemption"},
        "voucher": {"discount": {"type": "AMOUNT", "amount_off": 1050}},
    }
    return base | changed


def test_an_amount_is_hundredths_whatever_the_currency(tmp_path):
    """A yen has no hundredths: the platform writes them all the same, and the draft says what it rounded."""
    draft = drawn("voucherify", written(tmp_path, campaign()), "JPY")
    scenario = loaded(draft, tmp_path)
    assert scenario.currency == "JPY"
    assert scenario.programmes["Friends"].rewards.referee[0].value_cents.cents == 10
    assert any("rounded from 10.5 to 10 JPY" in note for note in draft.assumed)
    with pytest.raises(UsageError, match="--currency"):
        drawn("voucherify", written(tmp_path, campaign()), "yen")


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("subscription_paid", "purchase"),
        ("social_media_sign_up", "signup"),
        ("filled_profile", "activation"),
        (None, "activation"),
    ],
)
def test_a_custom_event_is_read_by_its_name_and_said_to_be_assumed(name, event, tmp_path):
    """What the company calls its event is all that is known of it."""
    programme = {"conversion_event_type": "custom_event", "custom_event": {"name": name}}
    draft = drawn("voucherify", written(tmp_path, campaign(referral_program=programme)))
    assert loaded(draft, tmp_path).programmes["Friends"].qualify.event == event
    assert any(f"is read as: {event}" in note for note in draft.assumed)


def test_a_coupon_for_the_referrer_is_worth_what_its_campaign_says(tmp_path):
    """The reward names the campaign of the coupon only by its id."""
    coupons = {
        "id": "camp_c",
        "campaign_type": "DISCOUNT_COUPONS",
        "voucher": {"discount": {"type": "PERCENT", "percent_off": 15}},
    }
    parameters = {"campaign": {"id": "camp_c", "type": "DISCOUNT_COUPONS"}}
    rewards = [{"name": "coupon", "type": "CAMPAIGN", "parameters": parameters}]
    both = {"campaigns": [campaign(), coupons], "rewards": rewards}
    (reward,) = imported(tmp_path, "voucherify", both).programmes["Friends"].rewards.referrer
    assert reward.value_cents.percent == 0.15
    draft = drawn("voucherify", written(tmp_path, {"campaign": campaign(), "rewards": rewards}))
    assert any("another campaign" in note for note in draft.missing)
    assert loaded(draft, tmp_path).programmes["Friends"].rewards.referrer == ()


def test_an_export_of_vouchers_is_in_major_units(tmp_path):
    """`Value` 10.00 of a CSV is ten, of the API it would be ten hundredths."""
    scenario = loaded(drawn("voucherify", FILES / "voucherify_vouchers.csv"), tmp_path)
    assert scenario.programmes["Friends"].rewards.referee[0].value_cents.cents == 1000


def test_without_a_referrers_reward_the_draft_says_where_it_is_kept(tmp_path):
    """The campaign alone looks complete, and would be simulated as one-sided."""
    draft = drawn("voucherify", written(tmp_path, campaign()))
    assert any("referral tiers" in note for note in draft.missing)


# --------------------------------------------------------------------------- bad files


def test_all_faults_are_told_at_once(tmp_path):
    """A planner mends a file once, not field by field."""
    reward = {"event": "sael", "type": "percentage", "amountInPercentage": 120}
    path = written(tmp_path, {"holdingPeriodDays": "x", "saleReward": reward, "discount": 5})
    assert faults("dub", path) == [
        "FILE: discount: must be an object with fields (got 5)",
        'FILE: holdingPeriodDays: must be a number (got "x")',
        "FILE: saleReward.amountInPercentage: must be between 0 and 100 (got 120)",
        "FILE: saleReward.event: must be one of click, lead, sale, referral "
        '(got "sael"); did you mean `sale`?',
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("{", "is not valid JSON"),
        ('{"a": 1, "a": 2}', "written twice"),
        ('{"a": NaN}', "NaN is no number"),
        ("[" * 70 + "]" * 70, "nested more than 64 deep"),
        ("[" * 100_000, "nested more than 64 deep"),
        ('{"a": ' + "1" * 5000 + "}", "is not valid JSON"),
        ("[]", "nothing to import"),
        ("{}", "neither a partner group nor"),
        ("one line of text", "neither JSON nor CSV"),
        ("a,b\n1,2,3\n", "has 3 cells where the header has 2"),
        ("a,b\n", "a header and no rows"),
        ("a,a\n1,2\n", "distinct column names"),
        ('a,b\n"1,2\n', "neither JSON nor CSV"),
        ("\ufeff", "is empty"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(content, said, tmp_path):
    """Each of these once was, or would be, a traceback of a library."""
    (line,) = faults("dub", written(tmp_path, content))
    assert said in line


def test_files_that_cannot_be_read(tmp_path, monkeypatch):
    """No file, a folder, bytes, and one that is too large."""
    assert faults("dub", tmp_path / "missing.json") == ["FILE: there is no such file"]
    assert faults("dub", tmp_path) == ["FILE: is not a regular file"]
    path = tmp_path / "bytes.json"
    path.write_bytes(b"\xff\xfe{}")
    assert faults("dub", path) == ["FILE: is not UTF-8 text"]
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    assert "is larger" in faults("dub", written(tmp_path, "x" * 11))[0]


def test_the_wrong_kind_of_campaign_is_named(tmp_path):
    """A loyalty campaign is no referral programme."""
    path = written(tmp_path, campaign(campaign_type="LOYALTY_PROGRAM"))
    assert "REFERRAL_PROGRAM" in faults("voucherify", path)[0]


def test_text_of_a_file_stays_text(tmp_path):
    """A name with a line break must not become a line of the scenario, nor a comment end."""
    hostile = "x\nprogrammes: {evil: {}}\n# \"'{}[]&*!|>%@`\u2028"
    programme = {"conversion_event_type": "custom_event", "custom_event": {"name": hostile}}
    data = {
        "campaign": campaign(name=hostile, validity_hours=hostile, referral_program=programme),
        "rewards": [{"name": hostile, "type": "MATERIAL"}],
    }
    draft = drawn("voucherify", written(tmp_path, data, "a\nb.json"))
    scenario = loaded(draft, tmp_path)
    assert "evil" not in scenario.programmes
    assert len(scenario.programmes) == 1
    head, _, _ = draft.text().partition("\nreferralsim: 1\n")
    assert all(line.startswith("#") for line in head.splitlines())
    assert all(note.isprintable() for note in (*draft.missing, *draft.assumed))


# --------------------------------------------------------------------------- any value anywhere

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["sale", "flat", "PERCENT", "1e9", "-5", "2026-01-01", "9999-12-31T23:59:59+14:00", "\x00", "%"]
    )
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def places(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(data, dict | list):
        for key, child in data.items() if isinstance(data, dict) else enumerate(data):
            yield from places(child, (*at, key))


def changed_at(data: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return value
    data = copy.deepcopy(data)
    inside = data
    for key in at[:-1]:
        inside = inside[key]
    inside[at[-1]] = value
    return data


def survives(platform: str, path: Path) -> None:
    """Import a file: it becomes a scenario that loads, or is refused with faults."""
    try:
        text = drawn(platform, path).checked_text()
    except ScenarioError as error:
        text = str(error)
    assert text.strip()


@pytest.mark.parametrize(("platform", "name"), [each for each in EXAMPLES if each[1].endswith(".json")])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_in_place_of_any_field_gives_no_traceback(platform, name, tmp_path, data):
    """Files are edited, cut and mixed; whatever comes is a scenario or a sentence."""
    original = json.loads((FILES / name).read_text(encoding="utf-8"))
    at = data.draw(st.sampled_from(list(places(original))))
    survives(platform, written(tmp_path, changed_at(original, at, data.draw(ANY_JSON))))


@pytest.mark.parametrize(("platform", "name"), [each for each in EXAMPLES if each[1].endswith(".csv")])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_text_in_any_cell_gives_no_traceback(platform, name, tmp_path, data):
    """The header counts as a row of cells as well."""
    rows = list(csv.reader(io.StringIO((FILES / name).read_text(encoding="utf-8"))))
    row = data.draw(st.integers(0, len(rows) - 1))
    cell = data.draw(st.integers(0, len(rows[row]) - 1))
    letters = st.characters(codec="utf-8", exclude_categories=("Cs",))
    rows[row][cell] = data.draw(
        st.text(letters, max_size=12) | st.sampled_from(["$1e9", "-$5", "¥1,000", "99999999999999"])
    )
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    survives(platform, written(tmp_path, stream.getvalue(), name))


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_bytes_give_no_traceback(platform, tmp_path, content):
    """A picture, half a download, somebody's notes."""
    path = tmp_path / "any.json"
    path.write_bytes(content)
    survives(platform, path)
