"""What an encoder sees of a case, as the forms offer it on the grid of a protocol."""

import pytest

from frontend.runs.encoder_inputs import sizes
from frontend.text.target_words import learns
from shared import schemas as s
from shared.protocols.reader import BUILT_IN, built_in, prostate


def test_the_prostates_inputs_are_those_of_earlier_versions() -> None:
    small, middle, full = sizes(prostate()).values()
    assert small == ((16, 64, 64), (4.0, 1.5, 1.5))
    assert middle == ((32, 112, 112), (2.0, 1.0, 1.0))
    assert full == ((64, 224, 224), (1.0, 0.5, 0.5))


def liver() -> s.Protocol:
    """Of docs/protocols.md: 160 voxels are no multiple of 64."""
    grid = {"spacing_mm": [1, 1, 2], "size_zyx": [64, 160, 160]}
    modalities = [{"name": "HBP", "required": True, "reference": True}]
    return s.Protocol.model_validate({"name": "liver-mri", "modalities": modalities, "grid": grid})


@pytest.mark.parametrize("protocol", [*map(built_in, BUILT_IN), liver()], ids=lambda protocol: protocol.name)
def test_every_input_lies_in_the_grid_and_suits_the_built_in_encoders(protocol: s.Protocol) -> None:
    grid = protocol.grid
    whole = [side * mm for side, mm in zip(grid.size_zyx, grid.spacing_mm[::-1], strict=True)]
    for words, (voxels, spacing) in sizes(protocol).items():
        assert all(side % 16 == 0 for side in voxels), words
        assert all(mm % own == 0 for mm, own in zip(spacing, grid.spacing_mm[::-1], strict=True)), words
        assert all(n * mm <= full for n, mm, full in zip(voxels, spacing, whole, strict=True)), words


@pytest.mark.parametrize(
    ("protocol", "target", "told"),
    [
        ("brain-glioma-mri", "idh", "the classes, wildtype and mutant, of the column IDH of the clinical table"),
        ("brain-glioma-mri", "grade", "the grades in this order, 2, 3 and 4, of the column grade"),
        ("brain-glioma-mri", "survival", "the time in the column os_days, and in death whether the event was seen"),
        ("lung-ct", "nodule_seg", "It learns to outline the region nodule, from the masks."),
        ("prostate-mpmri", "volume", "the volume of the region gland in mL, from the masks. It sees T2 alone."),
    ],
)
def test_a_target_says_what_is_learnt_and_from_where(protocol: str, target: str, told: str) -> None:
    found = built_in(protocol)
    assert told in learns(found, next(one for one in found.targets if one.name == target))
