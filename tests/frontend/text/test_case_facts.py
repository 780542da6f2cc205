"""What lists and lines of cases say under their protocol, the prostate's as before."""

from typing import Any

import pytest

from frontend.cases import filters
from frontend.cases.background import stored_codes
from frontend.cases.filters import Filters
from frontend.cases.view import case_line
from frontend.text import case_facts
from shared import schemas as s
from shared.protocols.reader import built_in, prostate
from shared.schemas.protocol_parts import ProtocolTarget
from tests.drawn_cohorts import protocols

BRAIN, CT = built_in("brain-glioma-mri"), built_in("lung-ct")


def case(**given: Any) -> s.Case:
    usual = dict.fromkeys(("pirads", "psa", "isup", "age", "center", "split", "gland_ml", "lesion_ml"))
    return s.Case.model_construct(
        **usual | {"study_id": "s", "patient_id": "p", "volumes_ml": {}, "targets": {}} | given
    )


def line(given: s.Case, protocol: s.Protocol) -> str:
    return case_line(given, protocol).replace("\\", "")


def test_the_line_of_a_prostate_is_as_it_was() -> None:
    known = case(pirads=4, age=67.2, isup=2, split="train", volumes_ml={"gland": 44.28, "lesion": 0.312})
    assert line(known, prostate()) == (
        "Patient p · age 65–69 · PI-RADS 4 · ISUP 2 · gland 44.3 mL · lesion 0.31 mL · train"
    )
    assert line(case(volumes_ml={"gland": 20.0}), prostate()) == (
        "Patient p · PI-RADS not given · gland 20.0 mL · no lesion outlined"
    )


def test_the_line_of_another_organ_has_its_targets_and_regions() -> None:
    known = {"idh": "mutant", "survival": {"time": 412.0, "event": True}}
    assert line(case(targets=known, volumes_ml={"tumor": 3.456}), BRAIN) == (
        "Patient p · IDH status mutant · tumour grade not given · survival 412 days, event · tumor 3.46 mL"
    )
    assert line(case(volumes_ml={"lung": 4100.0}), CT) == (
        "Patient p · malignancy not given · lung 4\N{NARROW NO-BREAK SPACE}100 mL · no nodule outlined"
    )


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("os_days", "412 days, censored"),
        ("OS (months)", "412 months, censored"),
        ("survival-year", "412 years, censored"),
        ("holidays", "time 412, censored"),
        ("time", "time 412, censored"),
    ],
)
def test_a_survival_has_the_unit_that_its_column_names(column: str, words: str) -> None:
    target = ProtocolTarget(name="os", kind="survival", columns=(column, "death"))
    assert case_facts.target_value(case(targets={"os": {"time": 412.0, "event": False}}), target) == words


def test_the_list_has_the_columns_that_any_case_knows() -> None:
    cases = [case(targets={"idh": "mutant"}, volumes_ml={"tumor": 3.0}), case(volumes_ml={"tumor": 1.0})]
    shown = case_facts.known_facts(BRAIN, cases)
    assert [(one.label, one.digits) for one in shown] == [("IDH status", None), ("Tumor (mL)", 2)]
    assert [[one.of(each) for one in shown] for each in cases] == [["mutant", 3.0], [None, 1.0]]
    whole = [case(pirads=4, volumes_ml={"gland": 30.0, "lesion": 0.4}, targets={"pirads": "4", "volume": 30.0})]
    shown = case_facts.known_facts(prostate(), whole)
    assert [one.label for one in shown] == ["PI-RADS", "Gland (mL)", "Lesion (mL)"]
    assert [one.of(whole[0]) for one in shown] == [4, 30.0, 0.4]


def test_a_link_names_the_first_class() -> None:
    assert case_facts.first_label(case(targets={"idh": "wildtype"}), BRAIN) == "IDH status wildtype"
    assert case_facts.first_label(case(pirads=3), prostate()) == "PI-RADS 3"
    assert case_facts.first_label(case(), BRAIN) == ""


def test_regions_that_are_outlined_are_measured() -> None:
    assert case_facts.measured_regions(case(volumes_ml={"lung": 10.0, "nodule": 0.0}), CT) == ["lung"]
    assert case_facts.measured_regions(case(), prostate()) == ["gland"]


def test_filters_are_classes_that_occur_and_whether_the_finding_is_outlined() -> None:
    cases = [case(targets={"idh": "mutant", "grade": "4"}), case(targets={"grade": "2"})]
    offered = {one.name: one for one in filters.choices(BRAIN, cases)}
    assert {name: one.options for name, one in offered.items()} == {
        "idh": ("any", "mutant"),
        "grade": ("any", "2", "4"),
    }
    assert [one.label for one in offered.values()] == ["IDH status", "Tumour grade"]
    chosen = Filters(status="all", chosen={"grade": "4"})
    assert chosen.passing([each.model_copy(update={"status": "accepted"}) for each in cases], [*offered.values()]) == [
        cases[0].model_copy(update={"status": "accepted"})
    ]
    (of_scores, of_lesion) = filters.choices(prostate(), [case(pirads=5), case(pirads=2)])
    assert (of_scores.name, of_scores.label, of_scores.options) == ("pirads", "PI-RADS", ("any", "2", "5"))
    assert (of_lesion.name, of_lesion.label) == ("lesion", "Lesion mask")
    assert of_lesion.options == ("any", "with lesion", "without")


def test_a_target_named_as_something_in_the_address_has_a_name_of_its_own() -> None:
    given = BRAIN.model_dump()
    given["targets"] = [{"name": "status", "kind": "class", "column": "status", "classes": ["new", "old"]}]
    protocol = s.Protocol.model_validate(given)
    (found,) = filters.choices(protocol, [case(targets={"status": "new"}), case()])
    assert found.name == "only-status"
    assert filters.choices(protocol, [case(targets={"status": "new"})]) == []  # it would leave out no case


@pytest.mark.parametrize(
    ("protocol", "sentence"),
    [
        (prostate(), "Stored zones are 1 = PZ, 2 = TZ."),
        (protocols()[6], "Stored segments are 1 = left_lobe, 2 = right_lobe, 4 = caudate."),
        (BRAIN, ""),
    ],
    ids=["prostate", "six", "brain"],
)
def test_codes_of_a_mask_are_named(protocol: s.Protocol, sentence: str) -> None:
    assert stored_codes(protocol).replace("\\", "") == sentence
