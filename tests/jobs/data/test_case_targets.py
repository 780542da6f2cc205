"""What a case has of the targets of its protocol."""

import pytest

from backend.jobs.data.case_targets import case_value, label_columns
from backend.models import Case, Volume
from backend.science.tables.target_values import NoValue, Survival
from shared.protocols.reader import built_in, prostate
from shared.schemas.protocol import Protocol
from shared.schemas.protocol_parts import ProtocolTarget

BRAIN = built_in("brain-glioma-mri")


def target(protocol: Protocol, name: str) -> ProtocolTarget:
    return next(one for one in protocol.targets if one.name == name)


def case(masks: tuple[str, ...] = (), **columns: object) -> Case:
    return Case(**{"clinical": {}, "volumes": [Volume(kind=kind) for kind in masks], **columns})


def test_labels_of_the_prostate_are_the_columns_they_were() -> None:
    assert {one.name: label_columns(prostate(), one) for one in prostate().targets} == {
        "pirads": (("pirads",),),
        "lesion_seg": (("lesion_ml",),),
        "volume": (("gland_ml", "volume_ml"),),
    }


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("idh", (("IDH",),)),
        ("survival", (("os_days",), ("death",))),
        ("tumor_seg", (("tumor_ml",),)),
    ],
)
def test_labels_of_other_protocols(name: str, columns: tuple[tuple[str, ...], ...]) -> None:
    assert label_columns(BRAIN, target(BRAIN, name)) == columns


def test_values_of_the_prostate_are_those_it_was_trained_on() -> None:
    protocol = prostate()
    pirads, lesion, volume = protocol.targets
    full = case(pirads=2, gland_ml=41.5, lesion_ml=0.7, volume_ml=40.0)
    assert [case_value(protocol, one, full) for one in (pirads, lesion, volume)] == [0, 0.7, 41.5]
    without_lesion = case(pirads=5, gland_ml=41.5)
    assert case_value(protocol, lesion, without_lesion) == 0.0  # the gland is drawn, so there is no lesion
    no_gland = case(masks=("lesion",), lesion_ml=0.7, volume_ml=40.0)
    assert isinstance(case_value(protocol, pirads, no_gland), NoValue)
    assert case_value(protocol, lesion, no_gland) == NoValue("gland is not drawn", blank=True)
    assert case_value(protocol, volume, no_gland) == NoValue("gland is not drawn", blank=True)


def test_values_of_another_protocol_come_from_its_columns_and_masks() -> None:
    one = case(masks=("tumor",), clinical={"IDH": "Mutant", "os_days": "12", "death": "1", "tumor_ml": 3.5})
    assert case_value(BRAIN, target(BRAIN, "idh"), one) == 1
    assert case_value(BRAIN, target(BRAIN, "survival"), one) == Survival(12.0, True)
    assert case_value(BRAIN, target(BRAIN, "tumor_seg"), one) == 3.5
    assert case_value(BRAIN, target(BRAIN, "tumor_seg"), case(masks=("tumor",))) == 0.0  # drawn, and empty
    assert case_value(BRAIN, target(BRAIN, "tumor_seg"), case()) == NoValue("tumor is not drawn", blank=True)
    assert case_value(BRAIN, target(BRAIN, "grade"), one) == NoValue("there is no column grade", blank=True)


def test_columns_with_a_place_of_their_own_are_read_too() -> None:
    age = ProtocolTarget(name="age", kind="number", column="Age")
    assert case_value(BRAIN, age, case(age=61.0)) == 61.0
