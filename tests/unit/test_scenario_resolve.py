"""What a scenario means: segments, designs, timeline, sources, fingerprints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referralsim.errors import ScenarioError
from referralsim.scenario.digest import scenario_digest, study_digest
from referralsim.scenario.json_schema import docs_page
from referralsim.scenario.load import load_study
from referralsim.scenario.resolve import Study, as_plain, dump, edge_list_path, parse_scenario, phases
from referralsim.scenario.schema import Model, Scenario
from referralsim.scenario.tree import keys_of

CASES = Path(__file__).parents[1] / "scenario_cases" / "valid"


def load(folder: Path, text: str) -> Study:
    path = folder / "scenario.yaml"
    path.write_text("referralsim: 1\n" + text, encoding="utf-8")
    return load_study(path)


def test_segments_complete_their_product_from_the_base() -> None:
    study = load_study(CASES / "segments_inherit.yaml")
    paying, trial = (study.base.population.segments[name].product for name in ("paying", "trial"))
    assert (paying.brand, paying.use.rate_per_day, paying.purchases.every_days) == (0.7, 1.0, 30.0)
    assert (trial.brand, trial.use.rate_per_day, trial.purchases.every_days) == (0.7, 1 / 7, None)
    assert trial.purchases.basket_cents.a == 999.0


def test_design_on_the_base_product_reaches_segments_that_follow_it(tmp_path: Path) -> None:
    study = load(
        tmp_path,
        "population: {segments: {a: {share: 0.5}, b: {share: 0.5, product: {brand: 0.5}}}}\n"
        "designs: {x: {product: {brand: 0.9}}}\n",
    )
    brands = {name: s.product.brand for name, s in study.designs["x"].population.segments.items()}
    # b says 0.5 itself, though the base says the same: what is written holds.
    assert brands == {"a": 0.9, "b": 0.5}


def test_segments_set_to_null_are_one_that_follows_the_base(tmp_path: Path) -> None:
    study = load(
        tmp_path,
        "product: {brand: 0.8}\npopulation: {segments: {a: {product: {brand: 0.1}}}}\n"
        "designs: {one: {population: {segments: null}}, none: {population: null}}\n",
    )
    for name in ("one", "none"):
        segments = study.designs[name].population.segments
        assert {key: segment.product.brand for key, segment in segments.items()} == {"everyone": 0.8}


def test_designs_remove_and_add_parts() -> None:
    designs = load_study(CASES / "designs_remove.yaml").designs
    assert list(designs)[:2] == ["control", "no_programmes"]
    assert designs["no_programmes"].programmes == {}
    assert list(designs["no_friends"].programmes) == ["partners"]
    assert designs["friend_only"].programmes["friends"].rewards.referrer == ()
    assert len(designs["friend_only"].programmes["friends"].rewards.referee) == 1
    assert designs["no_loop"].loops.visibility is None
    assert list(designs["new_channel"].channels) == ["mail", "link", "chat"]
    assert designs["control"].loops.visibility is not None


def test_timeline_does_not_bring_back_what_a_design_removed() -> None:
    # A reward cut in the base must not give a programme to the design that has none.
    for name, design in load_study(CASES / "designs_remove.yaml").designs.items():
        for start, world in phases(design):
            assert set(world.programmes) == set(design.programmes), (name, start)
            assert (world.loops.visibility is None) == (design.loops.visibility is None)
            for key, programme in world.programmes.items():
                n_rewards = len(design.programmes[key].rewards.referrer)
                assert len(programme.rewards.referrer) == n_rewards


def test_no_designs_means_the_base() -> None:
    study = load_study(CASES / "minimal.yaml")
    assert study.designs == {"base": study.base}
    assert study.base == parse_scenario({})


def test_phases_are_cumulative_and_keep_segments_that_differ() -> None:
    base = load_study(CASES / "timeline.yaml").base
    cut = phases(base)
    assert [start for start, _ in cut] == [0.0, 10.0, 20.0, 99.5]
    brands = [tuple(s.product.brand for s in world.population.segments.values()) for _, world in cut]
    assert brands == [(0.5, 0.9), (0.1, 0.9), (0.4, 0.9), (0.4, 0.9)]
    programmes = [world.programmes["friends"] for _, world in cut]
    assert [reward.value_cents.cents for p in programmes for reward in p.rewards.referrer] == [
        2000,
        2000,
        500,
        500,
    ]
    assert [p.asks[0].every_days for p in programmes] == [30.0, 30.0, 10.0, 10.0]
    assert [p.enabled for p in programmes] == [True, True, True, False]
    assert [world.acquisition.organic.rate_per_day for _, world in cut] == [0.0, 0.0, 2.0, 2.0]
    assert all(world.timeline == () for _, world in cut)


def test_timeline_may_return_to_an_earlier_value(tmp_path: Path) -> None:
    day = "  - {{day: {} d, set: {{product: {{brand: {}}}}}}}\n"
    base = load(tmp_path, "timeline:\n" + day.format(1, 0.9) + day.format(2, 0.5)).base
    assert [world.product.brand for _, world in phases(base)] == [0.5, 0.9, 0.5]


def test_phases_of_a_scenario_made_in_code() -> None:
    with pytest.raises(ScenarioError, match="the people are there from the start"):
        parse_scenario({"timeline": [{"day": "5 d", "set": {"population": {"size": 3}}}]})
    assert len(phases(parse_scenario({"timeline": [{"day": "5 d", "set": {"product": {"brand": 0}}}]}))) == 2


def test_sources_follow_the_numbers() -> None:
    study = load_study(CASES / "sources.yaml")
    assert study.base.sources["product.brand"] == "survey"
    assert study.base.sources["programmes.friends.rewards.referee.value"] == "offer, too"
    assert study.base.sources["population.segments.a.share"] == "there is one"
    assert study.base.sources["timeline.0.set.product.brand"] == "a guess"
    assert study.designs["low"].sources["product.brand"] == "press"
    # A number that a design replaces without saying why has no source any more.
    assert "product.brand" not in study.designs["lower"].sources
    assert study.base.product.brand == 0.6


def test_extending_lays_one_file_over_another() -> None:
    study = load_study(CASES / "extends_file.yaml")
    assert study.base.name == "extended"
    assert list(study.base.programmes) == ["friends"]
    assert study.base.programmes["friends"].share_probability == 0.3
    assert study.base.programmes["friends"].rewards.referrer is not None
    assert "no_loop" not in study.designs
    assert "cheap" in study.designs


def test_currency_decides_the_minor_unit(tmp_path: Path) -> None:
    yen = load_study(CASES / "yen.yaml").base
    rewards = yen.programmes["friends"].rewards
    assert (rewards.referrer[0].value_cents.cents, rewards.referee[0].value_cents.percent) == (500, 0.075)
    assert yen.product.purchases.basket_cents.b * yen.product.purchases.basket_cents.a == 3500
    assert load_study(CASES / "dinar.yaml").base.acquisition.paid.cost_cents == 1125
    assert as_plain(yen)["programmes"]["friends"]["rewards"]["referrer"]["value"] == 500


def test_words_that_are_no_switches() -> None:
    base = load_study(CASES / "traps.yaml").base
    assert (base.name, base.question) == ("no", "1e6")
    assert list(base.channels) == ["no", "on", "null", "12"]


def test_edge_list_stays_in_the_folder(tmp_path: Path) -> None:
    base = load_study(CASES / "graphs.yaml").base
    assert base.population.graph.file == "ties.csv"
    assert edge_list_path(base, CASES / "graphs.yaml") == (CASES / "ties.csv").resolve()
    with pytest.raises(ValueError, match="no such file"):
        edge_list_path(base, tmp_path / "graphs.yaml")


# --------------------------------------------------------------------------- fingerprints


def test_digest_ignores_words_and_the_order_of_keys(tmp_path: Path) -> None:
    one = load(
        tmp_path,
        "name: a\nseed: 3\nchannels: {x: {}, link: {}}\nproduct: {brand: 30 %, use: {rate: 7 per week}}\n",
    )
    two = load(
        tmp_path, "# b\nproduct: {use: {rate: 1 per day}, brand: 0.3}\nchannels: {x: {}, link: {}}\nseed: 3\n"
    )
    assert scenario_digest(one.base) == scenario_digest(two.base)
    assert len(scenario_digest(one.base)) == 64


@pytest.mark.parametrize(
    "part",
    [
        "channels: {{{a}: {{}}, {b}: {{}}}}",
        "programmes: {{{a}: {{}}, {b}: {{}}}}",
        "population: {{segments: {{{a}: {{share: 0.5}}, {b}: {{share: 0.5}}}}}}",
        "designs: {{{a}: {{}}, {b}: {{}}}}",
    ],
)
def test_digests_see_the_order_of_what_is_numbered(tmp_path: Path, part: str) -> None:
    """Places of named parts are in the addresses of chance: equal digests must mean equal runs."""
    channel = "channels: {link: {}}\n" if "channels" not in part else ""
    contact = "link" if channel else "a"
    loops = f"loops: {{visibility: {{probability: 0.1, channel: {contact}}}}}\n"
    text = part.replace("{{}}", f"{{{{contact: {{{{channel: {contact}}}}}}}}}") if "progr" in part else part
    studies = [load(tmp_path, channel + loops + text.format(a=a, b=b)) for a, b in ("ab", "ba")]
    assert len({study_digest(study) for study in studies}) == 2
    base = {scenario_digest(study.base) for study in studies}
    assert len(base) == (1 if "designs" in part else 2)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"horizon": "364 d"},
        {"product": {"brand": 0.500000000000001}},
        {"currency": "EUR"},
        {"channels": {"mail": {}}},
        {"timeline": [{"day": "1 d", "set": {"product": {"brand": 0.1}}}]},
        {"population": {"graph": {"complete": {}}}},
        {"programmes": {"p": {}}},
    ],
)
def test_digest_sees_every_number(change: dict[str, Any]) -> None:
    assert scenario_digest(parse_scenario(change)) != scenario_digest(Scenario())


def test_digest_does_not_see_whether_a_default_is_written() -> None:
    first = scenario_digest(parse_scenario({}))
    assert scenario_digest(parse_scenario({"population": {"size": 10_000}})) == first
    assert scenario_digest(parse_scenario({"population": {"segments": {"everyone": {"share": 1}}}})) == first


# --------------------------------------------------------------------------- any scenario at all

shares = st.floats(0, 1).map(lambda share: share + 0.0)
durations = st.floats(0.001, 1000).map(lambda days: f"{days!r} d")
rates = st.floats(0, 50).map(lambda rate: f"{rate!r} per day")
money = st.integers(0, 10**8).map(lambda cents: cents / 100)
delays = st.one_of(
    durations,
    st.builds(lambda m, s: {"lognormal": {"mean": m, "sd": s}}, durations, durations),
    st.lists(durations, min_size=1, max_size=3).map(lambda rows: {"empirical": rows}),
)
steps = st.fixed_dictionaries({}, optional={"probability": shares, "delay": delays})
products = st.fixed_dictionaries(
    {},
    optional={
        "brand": shares,
        "activation": steps,
        "use": st.fixed_dictionaries({"rate": rates}),
        "purchases": st.fixed_dictionaries({}, optional={"rate": rates, "basket": money, "refund": steps}),
        "churn": st.fixed_dictionaries({}, optional={"rate": rates, "early_until": durations}),
    },
)
reward = st.fixed_dictionaries(
    {"value": money},
    optional={
        "cap": st.integers(0, 9) | st.fixed_dictionaries({"value": money}, optional={"every": durations}),
        "cost": shares,
        "friends": st.fixed_dictionaries({"from": st.integers(1, 9)}),
        "redeem": st.fixed_dictionaries({}, optional={"probability": shares, "delay": delays}),
    },
)
rewards = st.one_of(st.none(), reward, st.lists(reward, max_size=3))
programmes = st.fixed_dictionaries(
    {},
    optional={
        "share": shares,
        "hold": durations,
        "rewards": st.fixed_dictionaries({"referrer": rewards, "referee": rewards}),
        "asks": st.lists(
            st.fixed_dictionaries(
                {"trigger": st.sampled_from(["purchase", "signup"])}, optional={"delay": delays}
            ),
            max_size=2,
        ),
    },
)
scenarios = st.fixed_dictionaries(
    {
        "product": products,
        "programmes": st.dictionaries(st.sampled_from(["p", "q r", "7"]), programmes, max_size=2),
        "horizon": st.floats(1000, 9999).map(lambda days: f"{days!r} d"),  # no hold may be longer
    },
    optional={
        "seed": st.integers(0, 2**64 - 1),
        "name": st.text(max_size=20).filter(str.isprintable),
        "channels": st.fixed_dictionaries(
            {"link": st.fixed_dictionaries({}, optional={"opened": steps, "signed_up": steps})}
        ),
        "population": st.fixed_dictionaries(
            {
                "segments": st.fixed_dictionaries(
                    {
                        "a": st.fixed_dictionaries({"share": st.just(0.25), "product": products}),
                        "b": st.just({"share": 0.75}),
                    }
                )
            }
        ),
    },
)


@settings(max_examples=40, deadline=None)
@given(scenarios)
def test_any_scenario_is_equal_after_writing_and_reading(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]
) -> None:
    scenario = parse_scenario(data)
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(dump(scenario), encoding="utf-8")
    study = load_study(path)
    assert study.base == scenario
    assert dump(study.base) == dump(scenario)
    assert scenario_digest(study.base) == scenario_digest(scenario)


# --------------------------------------------------------------------------- the page


def all_models(model: type[Model]) -> set[type[Model]]:
    return {model}.union(*(all_models(below) for below in model.__subclasses__()))


def test_page_names_every_key() -> None:
    page = docs_page()
    models = all_models(Model) - {Model}
    assert len(models) > 25
    for model in models:
        for key in keys_of(model):
            assert f"| `{key}` |" in page, (model.__name__, key)
    assert "| value |" not in page.split("## The top of the file")[1]
