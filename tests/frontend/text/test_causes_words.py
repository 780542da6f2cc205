"""Words of the page Used and new."""

import pytest

from frontend.text import causes_words as words
from shared import schemas as s
from shared.protocols.reader import built_in, prostate


def column(name: str, reading: str) -> s.ClinicalColumn:
    return s.ClinicalColumn(
        name=name, levels=[], n_studies=90, n_patients=80, missing=0, r2_pre=0.1, r2_ft=0.4, change=0.3, low=0.1,
        high=0.5, reading=reading, sentence=f"{name} is read.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ((0.791, 0.634, 0.949), "79 % [63, 95]"),
        ((-0.041, -0.1, 0.02), "−4 % [−10, 2]"),
        ((0.5, None, None), "50 %"),
        ((None, 0.1, 0.2), "–"),
    ],
)
def test_shares_are_whole_percent_with_their_interval(
    found: tuple[float | None, float | None, float | None], told: str
) -> None:
    assert words.share_with_interval(*found) == told


def test_a_head_loses_no_more_than_all_its_skill() -> None:
    lost = s.GroupUse(group="T2_glcm", used=1.73, low=0.9, high=2.4, control=0.1, use="used")
    assert words.skill_lost(lost) == "100 % [90, 100]"


def test_a_share_of_variance_is_within_0_and_1() -> None:
    assert words.share_of_variance(s.VarianceShare(value=-0.02, low=-0.3, high=1.2)) == "0 % [0, 100]"


def test_only_what_tells_of_the_image_s_making_and_is_read_better_may_be_a_shortcut() -> None:
    columns = [
        column("center", "better"), column("scanner", "worse"), column("Manufacturer", "better"),
        column("psa", "better"),
    ]  # fmt: skip
    assert words.possible_shortcuts(columns) == ["Centre", "Manufacturer"]


def test_names_are_as_people_say_them() -> None:
    assert [words.stage(name) for name in ("stem", "stage3", "head")] == ["first layer", "stage 3", "head"]
    assert [words.stage(name) for name in ("blocks.0-5", "stage11")] == ["part blocks.0-5", "stage 11"]
    assert words.label_columns("pirads (4 classes) and psa (number)") == ["pirads", "psa"]
    assert words.listed(list("abc")) == "a, b and c"
    assert words.listed(list("abcdef")) == "a, b, c and 3 more"
    assert words.listed(["a"]) == "a"
    assert words.as_sentence("nothing new.") == "Nothing new."


def test_columns_are_called_as_the_protocol_calls_what_they_hold() -> None:
    brain = built_in("brain-glioma-mri")
    given = ("IDH", "tumor_ml", "os_days", "death", "survival_residual", "age", "ward")
    assert [words.column(brain, name) for name in given] == [
        "IDH status", "Tumor (outline)", "Survival (time)", "Survival (event)", "Survival (residual)", "Age", "ward",
    ]  # fmt: skip
    known = ("pirads", "gland_ml", "lesion_ml", "volume_ml", "tumor_ml")
    assert [words.column(prostate(), name) for name in known] == [
        "PI-RADS", "Gland (outline)", "Lesion (outline)", "Gland (report)", "tumor_ml",
    ]  # fmt: skip
    assert words.coded_label(brain, "survival_residual (number)") == "Survival (residual, number)"
    assert words.coded_label(prostate(), "pirads (4 classes)") == "PI-RADS (4 classes)"
    assert words.label_in_words(brain, "survival_residual (number) and IDH (2 classes)") == (
        "survival (residual) and IDH status"
    )
    assert words.label_in_words(brain, "Ward (2 classes)") == "Ward", "a column of a table keeps its name"
