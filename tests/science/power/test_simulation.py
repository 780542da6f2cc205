import numpy as np
import pytest

from backend.errors import BadSettings
from backend.science.lens.settings import LensSettings
from backend.science.power.simulation import _auc, _flag_shares, _precision, self_check, summary

SETTINGS = LensSettings(hidden=8, epochs=2, bootstrap=30, repeats=1)


def test_scores_by_hand():
    planted = np.array([1, 1, -1, -1, 0, 0])
    effect = np.array([0.5, 0.1, -0.4, 0.3, 0.2, -0.1])
    assert _auc(effect, planted) == pytest.approx((3 / 4 + 2 / 4) / 2)
    assert _precision(effect, planted) == 2 / 4
    flags = np.array([1, 0, -1, 1, 1, 0])
    assert _flag_shares(flags, planted) == (1 / 2, 2 / 4, 1 - 2 / 4)
    assert _flag_shares(np.zeros(6, dtype=int), planted) == (0.0, 0.0, None)
    assert _auc(effect, np.zeros(6)) is None


def test_planted_changes_are_found_by_the_trust_effect_and_not_by_importance():
    outcomes = self_check(150, 128, 36, 1, SETTINGS, ("planted", "null_identical"))
    table = summary(outcomes).set_index(["scenario", "estimator"])
    assert table.loc[("planted", "trust effect"), "auc"] > 0.9
    assert table.loc[("planted", "trust effect"), "false_positives"] <= 0.02
    assert table.loc[("planted", "ΔI"), "auc"] < table.loc[("planted", "trust effect"), "auc"] - 0.2
    assert table.loc[("null_identical", "trust effect"), "false_positives"] == 0
    assert np.isnan(table.loc[("null_identical", "trust effect"), "auc"])


@pytest.mark.parametrize(
    ("n", "seeds", "settings", "scenarios"),
    [
        (19, 1, SETTINGS, ("planted",)),
        (40, 0, SETTINGS, ("planted",)),
        (40, 1, LensSettings(bootstrap=0), ("planted",)),
        (40, 1, SETTINGS, ("made_up",)),
    ],
)
def test_impossible_checks_are_refused(n, seeds, settings, scenarios):
    with pytest.raises(BadSettings, match="A self-check needs"):
        self_check(n, 32, 18, seeds, settings, scenarios)
