"""Settings of an analysis in words: columns by their names, switches as yes and no, no name of code."""

from types import SimpleNamespace

import pytest

from frontend.overview.provenance import VALUES, setting
from shared.protocols.reader import prostate


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("label", ["pirads", "psa"], "PI-RADS, PSA"),
        ("covariates", ["center"], "Centre"),
        ("covariates", [], "none"),
        ("task", "lesion_seg", "Lesion segmentation"),
        ("standardise_x", "pre", "their spread before fine-tuning"),
        ("theta_on", "train", "the training side"),
        ("trust", True, "yes"),
        ("icc", None, "none"),
        ("extraction", "ab" * 32, "ab" * 6),
        ("l1", 1e-06, "1e-06"),
    ],
)
def test_a_setting_is_told_in_words(name: str, value: object, told: str) -> None:
    here = SimpleNamespace(protocol=prostate())
    assert setting(here, name, value) == told


def test_words_for_values_are_of_settings_that_exist() -> None:
    from backend.science.lens.settings import LensSettings

    for name, value in VALUES:
        assert getattr(LensSettings(**{name: value}), name) == value
