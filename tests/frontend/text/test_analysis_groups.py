"""Which analyses stand side by side, and which one an address means."""

from typing import Any

import pytest

from frontend.components.context_bar import Context
from frontend.text.analysis_groups import by_cohort, families, resolve
from shared import schemas as s
from shared.protocols.reader import prostate
from tests.frontend.pages.explore.analyses import analysis, encoder


def of_prostate(_cohort_id: str) -> s.Protocol:
    """The protocol of every cohort here."""
    return prostate()


def test_analyses_that_differ_in_the_region_only_are_one_family() -> None:
    known = families([analysis("b", "lesion_seg"), analysis("a", "lesion_seg", "lesion"), analysis("c")], of_prostate)
    assert [[member.id for member in family] for family in known] == [["a", "b"], ["c"]]


def test_a_repeated_run_is_a_family_of_its_own() -> None:
    known = families([analysis("new"), analysis("old"), analysis("other", cohort="second")], of_prostate)
    assert [[member.id for member in family] for family in known] == [["new"], ["old"], ["other"]]


@pytest.mark.parametrize(
    ("analysis_id", "roi", "found"),
    [
        ("a", None, "a"),
        ("a", "gland", "b"),
        ("b", "lesion", "a"),
        ("c", "lesion", "c"),
        (None, None, "c"),
        (None, "lesion", "a"),
        ("gone", None, "c"),
        ("![](http://x)", "nowhere", "c"),
    ],
)
def test_an_address_leads_to_an_existing_analysis(analysis_id: str | None, roi: str | None, found: str) -> None:
    known = families([analysis("c"), analysis("b", "lesion_seg"), analysis("a", "lesion_seg", "lesion")], of_prostate)
    assert resolve(known, analysis_id, roi)[1].id == found


def test_what_can_be_read_is_shown_before_what_is_newest() -> None:
    new, read, old = (analysis(name, cohort=name) for name in ("new", "read", "old"))
    by_chance = new.model_copy(update={"n_readable": 125})
    readable = read.model_copy(update={"n_readable": 900})
    assert resolve(families([by_chance, readable, old], of_prostate), None, None)[1].id == "read"
    assert resolve(families([by_chance, readable, old], of_prostate), "new", None)[1].id == "new"
    lesion = analysis("lesion", "lesion_seg", "lesion").model_copy(update={"n_readable": 3})
    gland = analysis("gland", "lesion_seg").model_copy(update={"n_readable": 2000})
    assert resolve(families([gland, lesion], of_prostate), None, None)[1].id == "gland"


def test_the_strongest_change_is_shown_first() -> None:
    new, strong, old = (analysis(name, cohort=name).model_copy(update={"n_readable": 900}) for name in ("a", "b", "c"))
    changed = [one.model_copy(update={"n_changed": n}) for one, n in ((new, 3), (strong, 40), (old, 40))]
    assert resolve(families(changed, of_prostate), None, None)[1].id == "b"
    pictures = changed[0].model_copy(update={"has_images": True})
    assert resolve(families([pictures, *changed[1:]], of_prostate), None, None)[1].id == "b"
    seen = pictures.model_copy(update={"n_changed": 0.06 * pictures.n_features})
    assert resolve(families([seen, *changed[1:]], of_prostate), None, None)[1].id == "a"
    lesion, gland = analysis("lesion", "lesion_seg", "lesion"), analysis("gland", "lesion_seg")
    known = families([lesion, gland.model_copy(update={"n_changed": 1})], of_prostate)
    assert resolve(known, None, None)[1].id == "gland"


def test_analyses_of_one_cohort_stand_together() -> None:
    known = families(
        [analysis("d", cohort="one"), analysis("c", cohort="two"), analysis("b", "volume", cohort="one")], of_prostate
    )
    assert by_cohort(known) == ["d", "b", "c"]


def of(found: s.Analysis, stage: s.Stage = "ft", encoder_id: str | None = None, **fields: object) -> s.Analysis:
    """The same analysis with other fields, or made of another encoder."""
    if encoder_id is not None:
        fields[f"{stage}_encoder"] = encoder(stage).model_copy(update={"id": encoder_id})
    return found.model_copy(update=fields)


@pytest.mark.parametrize(
    "made", [{"stage": "ft", "encoder_id": "E2"}, {"stage": "pre", "encoder_id": "E2"}, {"seed": 1}, {"hidden": 64}]
)
def test_a_region_of_other_encoders_never_stands_beside(made: dict[str, Any]) -> None:
    first = [analysis("e1-lesion", "lesion_seg", "lesion"), analysis("e1-gland", "lesion_seg")]
    known = families([of(analysis("e2-gland", "lesion_seg"), **made), *first], of_prostate)
    assert [[member.id for member in family] for family in known] == [["e2-gland"], ["e1-lesion", "e1-gland"]]
    assert resolve(known, "e2-gland", "lesion")[1].id == "e2-gland"
    assert resolve(known, "e1-gland", "lesion")[1].id == "e1-lesion"


def test_table_1_takes_the_regions_of_the_shown_encoder_first() -> None:
    older = [analysis("e1-lesion", "lesion_seg", "lesion"), analysis("e1-gland", "lesion_seg")]
    known = families([of(analysis("e2-gland", "lesion_seg"), encoder_id="E2"), *older, analysis("cls")], of_prostate)
    detail = s.AnalysisDetail(
        **dict(older[0]), sentences=[], alerts=[], table_one=[], caption="", fig2_class=None, settings={}, report={}
    )
    shown = Context(older[0], known[1], known, None, detail, "paper", prostate())
    assert [found.id for found in shown.of_cohort] == ["cls", "e1-lesion", "e1-gland"]
