import numpy as np
import pytest

from backend.errors import BadSettings
from backend.science.power.power import StudySize, matching_noise, median_r2, power_sentence, study_power
from backend.science.power.scores import Outcome, summary


def test_the_noise_is_chosen_so_that_the_median_feature_is_read_as_in_the_study():
    size = StudySize(patients=150, width=256, features=18, signal=0.08)
    assert median_r2(size, matching_noise(size)) == pytest.approx(0.08, abs=0.02)
    hopeless = StudySize(patients=40, width=48, features=18, signal=0.99)
    assert matching_noise(hopeless) == pytest.approx(0.02, rel=0.1)  # the least noise there is


def test_a_study_gives_its_own_size():
    size = StudySize.like(n=130, p=100, k=300, d=64, r2_pre=[0.1, 0.3, float("nan"), 0.2])
    assert size == StudySize(patients=100, width=64, features=100, repeated=0.3, signal=0.2)
    ct = StudySize.like(130, 100, 90, 64, [0.1], modalities=1)
    assert (ct.features, ct.all_features) == (90, 90)
    assert "modalities" in ct.key_parts
    assert "modalities" not in size.key_parts, "keys of three modalities are those of earlier versions"
    assert StudySize.like(40, 40, 20, 8, [-0.2]).signal == 0.005
    assert StudySize.like(40, 40, 20, 8, [0.2], label=True).label
    assert StudySize.like(30_000, 20_000, 20, 8, [0.2]).patients == 2000  # more would find everything, slowly
    with pytest.raises(BadSettings, match="no held-out"):
        StudySize.like(40, 40, 20, 8, [])


def test_more_signal_gives_more_power():
    faint = study_power(StudySize(60, 128, 18, signal=0.005), 2, ("planted_all",), hidden=8)
    clear = study_power(StudySize(60, 128, 18, signal=0.5), 2, ("planted_all",), hidden=8)
    area = [found.means.set_index("estimator").loc["trust effect", "auc"] for found in (faint, clear)]
    assert area[1] > area[0] + 0.03
    assert "With 60 patients and this signal" in clear.sentence


def test_the_sentence_says_what_is_found_and_what_may_be_missed():
    one = Outcome("planted_all", 0, "trust effect", 0.9, 0.9, 0.8, 0.0, 0.1, 0.0, 0.6)
    assert power_sentence(summary([one]), 120) == (
        "With 120 patients and this signal, 60 % of changed groups are found in simulated cohorts, and 10 % of their "
        "features. What is not flagged may still have changed."
    )
    nothing = Outcome("null_all", 0, "trust effect", None, None, None, 0.0, None, None, None)
    assert "no power to state" in power_sentence(summary([nothing]), 120)
    assert np.isnan(summary([nothing])["power"].iloc[0])
