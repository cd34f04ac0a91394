"""Adding replications until the answer is precise, and no longer."""

import pandas as pd
import pytest

from referralsim import load_study, plan, run_experiment
from referralsim.errors import UsageError
from referralsim.experiment.precision import Precision, is_precise, read_precision
from tests.worlds import SCENARIOS


def runs(**designs: list[float]) -> pd.DataFrame:
    rows = [(name, r, "customers", v) for name, values in designs.items() for r, v in enumerate(values)]
    return pd.DataFrame(rows, columns=["design", "replication", "measure", "value"])


def test_what_is_asked_for_is_read() -> None:
    assert read_precision("k_offspring=0.01", 50, 100) == Precision("k_offspring", 0.01, False, 50)
    assert read_precision("customers = 5 %", 50, 100) == Precision("customers", 0.05, True, 50)
    assert read_precision("profit=2.50", 50, 100).half_width == 250.0


@pytest.mark.parametrize("text", ["customers", "customers=", "customers=-1", "customers=nan", "customer=1"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_precision(text, 50, 100)


def test_a_clear_pair_is_enough_and_a_close_one_must_be_narrow() -> None:
    wanted = Precision("customers", 0.5, False, 100)
    noise = [0.0, 1.0, -1.0, 0.5, -0.5] * 3
    assert is_precise(runs(a=noise, b=[v + 50 + v / 9 for v in noise]), wanted)
    far_apart = [40.0, -40.0, 10.0, -10.0, 5.0] * 3
    assert not is_precise(runs(a=noise, b=far_apart), wanted)
    assert is_precise(runs(a=noise, b=noise), wanted)


def test_an_experiment_stops_when_it_knows_enough() -> None:
    study = load_study(SCENARIOS / "brand_strength.yaml", size=600)
    wanted = Precision("customers", 0.10, True, 60)
    first = run_experiment(plan(study), workers=1, precision=wanted)
    assert first.stopping["reached"]
    assert first.replications == first.stopping["looks"][-1] < 60
    fixed = run_experiment(
        plan(load_study(SCENARIOS / "brand_strength.yaml", size=600, replications=10)), workers=1
    )
    sure = first.estimates.set_index(["design", "measure"]).loc[("weak_one_sided", "customers")]
    usual = fixed.estimates.set_index(["design", "measure"]).loc[("weak_one_sided", "customers")]
    if first.replications == 10:  # the same runs: only the interval is another
        assert sure["mean"] == usual["mean"]
        assert sure["high"] - sure["low"] > usual["high"] - usual["low"]


def test_a_measure_that_a_design_never_has_is_not_waited_for() -> None:
    """Without rewards there is no cost of one: 60 runs would say no more than the first look."""
    study = load_study(SCENARIOS / "brand_strength.yaml", size=300, overrides=["programmes.referral.share=0"])
    wanted = Precision("cost_per_referred_customer", 0.1, True, 60)
    found = run_experiment(plan(study).only(None), workers=1, precision=wanted)
    assert (found.stopping["looks"], found.stopping["reached"]) == ([10], False)


def test_an_experiment_that_may_not_go_on_says_that_it_did_not_reach_it() -> None:
    study = load_study(SCENARIOS / "brand_strength.yaml", size=600)
    found = run_experiment(plan(study).only(None), workers=1, precision=Precision("clicks", 1e-9, True, 12))
    assert found.stopping == {
        "precision": "clicks=1e-07 %",
        "looks": [10, 12],
        "most": 12,
        "reached": False,
    }
