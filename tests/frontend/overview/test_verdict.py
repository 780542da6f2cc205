"""The verdict in two sentences: what is named, how sure it is, and how much of it is the label's."""

from types import SimpleNamespace

import pytest

from frontend.overview.verdict import verdict
from frontend.text import trust_words
from shared import schemas as s
from shared.protocols.reader import prostate
from tests.frontend.charts.rows import weighed


def here(label: list[str] | None, n_patients: int = 120, sort: str = "trust") -> SimpleNamespace:
    trust = SimpleNamespace(label=label or [], controls=None)
    return SimpleNamespace(
        modality=None, protocol=prostate(), detail=SimpleNamespace(task="volume", trust=trust), trusted=sort == "trust",
        analysis=SimpleNamespace(n_patients=n_patients, modalities=["T2", "DWI", "ADC"]), words=trust_words.PLAIN,
    )  # fmt: skip


def groups(*rows: tuple[str, float, s.Flag]) -> list[s.GroupRow]:
    return [weighed(name, 0.40, 0.40 + effect, effect, flag) for name, effect, flag in rows]


BORNE = groups(
    ("T2_ngtdm", 0.04, "label_borne"), ("DWI_ngtdm", 0.05, "label_borne"), ("ADC_ngtdm", 0.04, "label_borne")
)


def test_what_only_goes_with_the_label_is_said_so_and_badged() -> None:
    said = verdict(here(["gland_ml (number)"]), BORNE)
    assert said.first == (
        "Fine-tuning for gland volume made the encoder carry NGTDM in every modality more strongly only because it "
        "goes with gland (outline)."
    )
    assert said.badge == ("label-borne", "yellow")
    assert said.second == "DWI · NGTDM moved most: R² 0.40 → 0.45, effect +0.05 [0.02, 0.08]."
    assert not said.null


@pytest.mark.parametrize(
    ("label", "rows", "badge"),
    [
        (["pirads (5 classes)"], [("T2_glcm", 0.1, "stronger")], "beyond what PI-RADS explains"),
        (["pirads (5 classes)"], [("T2_glcm", 0.1, "stronger"), ("T2_glrlm", 0.1, "label_borne")],
         "partly label-borne: 1 of 2 groups"),
        (None, [("T2_glcm", 0.1, "stronger")], "label not taken into account"),
        (["pirads (5 classes)"], [("T2_glcm", -0.1, "weaker")], "a loss; PI-RADS was known"),
    ],
    ids=["beyond", "partly", "unknown", "loss"],
)  # fmt: skip
def test_the_badge_says_how_much_is_the_labels(
    label: list[str] | None, rows: list[tuple[str, float, s.Flag]], badge: str
) -> None:
    found = verdict(here(label), groups(*rows)).badge
    assert found is not None
    assert found[0] == badge


def test_gains_and_losses_stand_in_one_sentence_with_the_clearest_first() -> None:
    rows = groups(("T2_glcm", 0.05, "stronger"), ("ADC_glszm", 0.09, "stronger"), ("DWI_glcm", -0.06, "weaker"))
    said = verdict(here(["pirads (5 classes)"]), rows)
    assert said.first == (
        "Fine-tuning for gland volume made the encoder carry GLSZM on ADC and GLCM on T2 more strongly, and GLCM on "
        "DWI more weakly."
    )


def test_where_most_gained_a_group_behind_the_others_is_not_said_to_be_lost() -> None:
    """The flag `weaker` then means less than typical: its own R² may have risen."""
    rows = groups(("T2_glcm", 0.05, "stronger"), ("DWI_glcm", -0.06, "weaker"), ("ADC_glszm", 0.05, "label_borne"))
    context = here(["pirads (5 classes)"])
    renamed = trust_words.FLAGS | {"weaker": "less than typical"}
    context.words = trust_words.TrustWords(renamed, trust_words.MEANING)
    first = verdict(context, rows).first
    assert first.endswith("only because it goes with PI-RADS, and GLCM on DWI less than is typical.")
    both = groups(("T2_glcm", 0.05, "label_borne"), ("ADC_glszm", 0.05, "label_borne"))
    assert verdict(here(["pirads (5 classes)"]), both).first.endswith("only because they go with PI-RADS.")


def test_a_null_result_says_what_was_compared_and_too_few_patients_are_no_null() -> None:
    none = verdict(here(["pirads (5 classes)"]), groups(("T2_glcm", 0.01, "unchanged")))
    assert none.null
    assert none.first == "No change by fine-tuning for gland volume was found."
    few = verdict(here(None, n_patients=25), groups(("T2_glcm", 0.2, "too_few")))
    assert few.null
    assert few.first == "25 patients are too few to say what fine-tuning for gland volume changed."


def test_where_the_paper_leads_no_flag_is_named() -> None:
    said = verdict(here(["pirads (5 classes)"], sort="paper"), BORNE)
    assert said.badge is None
    assert "by the paper's decoder" in said.first
    assert "label" not in said.second
