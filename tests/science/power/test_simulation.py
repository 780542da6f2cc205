import numpy as np
import pytest

from backend.errors import BadSettings
from backend.science.power import simulation
from backend.science.power.scores import summary
from backend.science.power.simulation import adapt, self_check
from backend.science.synthetic.worlds.scenarios import LEAK, SCENARIOS


def test_planted_changes_are_found_by_the_trust_effect_and_not_by_importance():
    outcomes = self_check(150, 128, 36, 1, ("planted", "null_identical"), noise=0.3, hidden=8)
    table = summary(outcomes).set_index(["scenario", "estimator"])
    assert table.loc[("planted", "trust effect"), "auc"] > 0.9
    assert table.loc[("planted", "trust effect"), "group_power"] >= 0.75
    assert table.loc[("planted", "trust effect"), "false_positives"] <= 0.02
    assert table.loc[("planted", "ΔI"), "auc"] < table.loc[("planted", "trust effect"), "auc"] - 0.2
    assert table.loc[("null_identical", "trust effect"), "false_positives"] == 0
    assert table.loc[("null_identical", "trust effect"), "group_false_positives"] == 0
    assert np.isnan(table.loc[("null_identical", "trust effect"), "auc"])


def test_the_papers_numbers_stand_beside_in_the_first_cohorts_only(monkeypatch):
    monkeypatch.setattr(simulation, "PAPER_COHORTS", 1)
    found = summary(self_check(30, 24, 18, 3, ("planted",), hidden=8)).set_index("estimator")
    assert found.loc["trust effect", "seeds"] == 3
    assert found.loc["ΔI", "seeds"] == 1


def test_a_known_label_has_untouched_groups_that_go_with_it():
    told = adapt(SCENARIOS["planted_all"], repeated=0.3, noise=0.2, label=True)
    assert (told.label, told.repeated, told.traits.noise, told.traits.leak) == (True, 0.3, 0.2, LEAK)
    assert told.change.label > 0
    assert adapt(SCENARIOS["repeats"]).repeated == SCENARIOS["repeats"].repeated
    outcomes = self_check(80, 48, 18, 1, ("planted",), label=True, hidden=8)
    assert outcomes[0].power is not None


def test_finished_cohorts_are_not_simulated_again_and_progress_counts_cohorts():
    class Kept:
        def __init__(self):
            self.outcomes = []

        def load(self):
            return list(self.outcomes)

        def save(self, outcomes):
            self.outcomes = list(outcomes)

    kept, told = Kept(), []

    def stop(step, done, total):
        told.append((step, done, total))
        if done == 2:
            raise KeyboardInterrupt

    given = {"hidden": 8, "store": kept}
    with pytest.raises(KeyboardInterrupt):
        self_check(30, 24, 18, 2, ("planted", "null_all"), progress=stop, **given)
    assert told == [("simulating cohorts", number, 4) for number in range(3)]
    assert {(one.scenario, one.seed) for one in kept.outcomes} == {("planted", 0), ("planted", 1)}
    whole = self_check(30, 24, 18, 2, ("planted", "null_all"), hidden=8)
    assert self_check(30, 24, 18, 2, ("planted", "null_all"), **given) == whole


@pytest.mark.parametrize(
    ("n", "seeds", "scenarios"), [(19, 1, ("planted",)), (40, 0, ("planted",)), (40, 1, ("made_up",))]
)
def test_impossible_checks_are_refused(n, seeds, scenarios):
    with pytest.raises(BadSettings, match="A self-check needs"):
        self_check(n, 32, 18, seeds, scenarios)
