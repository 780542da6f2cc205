"""BIDS under a protocol: what a name alone would tell wrongly."""

from pathlib import Path

import pytest
import SimpleITK as sitk

from backend.ingest.layouts.detect import plan
from backend.ingest.layouts.planned_case import PlannedCase
from shared import schemas as s
from tests.ingest.protocol_folders import image, mask

PROTOCOL = s.Protocol.model_validate(
    {
        "name": "own",
        "modalities": [
            {"name": "T1Gd", "aliases": ["ce-gd_T1w"], "required": True, "reference": True},
            {"name": "plain", "aliases": ["T1w"]},
            {"name": "DW", "aliases": ["dwi"]},
            {"name": "ADC"},
        ],
        "regions": [
            {"name": "core", "aliases": ["tumour"]},
            {"name": "oedema"},
            {"name": "sides", "kind": "labels", "codes": {1: "left", 2: "right"}},
        ],
        "grid": {"spacing_mm": [1, 1, 1], "size_zyx": [16, 16, 16]},
    }
)
NAMES = "index\tname\n1\tnecrosis\n2\toedema\n4\ttumour\n"


def only(root: Path, *names: str) -> PlannedCase:
    """The one study of these files of a subject."""
    folder = root / "sub-1" / "anat"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("ce-gd_T1w", *names):
        sitk.WriteImage(mask() if name.endswith("dseg") else image(1), str(folder / f"sub-1_{name}.nii.gz"))
    (case,) = plan(root, "bids", PROTOCOL).cases
    return case


@pytest.mark.parametrize("word", ["desc-ADC", "acq-adc"])
def test_a_map_with_the_suffix_of_a_diffusion_image_is_the_map(tmp_path: Path, word: str) -> None:
    case = only(tmp_path, f"{word}_dwi", "desc-trace_dwi", "desc-FA_dwi")
    assert not case.choices
    assert case.images["ADC"].name == f"sub-1_{word}_dwi.nii.gz"
    assert case.images["DW"].name == "sub-1_desc-trace_dwi.nii.gz"


def test_an_image_that_says_it_has_no_contrast_is_the_plain_one(tmp_path: Path) -> None:
    case = only(tmp_path, "ce-none_T1w")
    assert case.images["T1Gd"].name == "sub-1_ce-gd_T1w.nii.gz"
    assert case.images["plain"].name == "sub-1_ce-none_T1w.nii.gz"


def test_a_modality_that_names_no_contrast_is_the_image_without_it(tmp_path: Path) -> None:
    """Two candidates of one grid would otherwise be told apart by their names' order."""
    only(tmp_path, "T1w")
    plain = PROTOCOL.model_dump(mode="json") | {"name": "plain", "quality": []}
    plain["modalities"] = [{"name": "T1", "aliases": ["T1w"], "required": True, "reference": True}]
    (case,) = plan(tmp_path, "bids", s.Protocol.model_validate(plain)).cases
    assert (case.images["T1"].name, case.choices) == ("sub-1_T1w.nii.gz", {})


@pytest.mark.parametrize("table", ["dseg.tsv", "desc-a_dseg.tsv", "sub-1/sub-1_desc-a_dseg.tsv"])
def test_a_table_above_names_the_codes_of_a_segmentation(tmp_path: Path, table: str) -> None:
    """The inheritance principle: without it the whole label map would be taken, or nothing."""
    (tmp_path / "sub-1").mkdir()
    (tmp_path / table).write_text(NAMES, "utf-8")
    (tmp_path / "desc-other_dseg.tsv").write_text("index\tname\n1\ttumour\n", "utf-8")
    case = only(tmp_path, "desc-a_dseg")
    assert dict(case.region_codes) == {"oedema": (2,), "core": (4,)}
    assert [path.name for path in case.side_files] == [Path(table).name]


def test_a_segmentation_of_other_things_beside_the_one_with_the_regions_is_not_used(tmp_path: Path) -> None:
    case = only(tmp_path, "dseg", "desc-aseg_dseg", "desc-sides_dseg")
    assert list(case.masks) == ["sides"]
    folder = tmp_path / "sub-1" / "anat"
    (folder / "sub-1_dseg.tsv").write_text(NAMES, "utf-8")
    (folder / "sub-1_desc-aseg_dseg.tsv").write_text("index\tname\n1\tthalamus\n", "utf-8")
    case = only(tmp_path, "dseg", "desc-aseg_dseg", "desc-sides_dseg")
    assert (case.problem, list(case.masks)) == ("", ["sides"])
    assert case.labels == folder / "sub-1_dseg.nii.gz"
    assert dict(case.region_codes) == {"oedema": (2,), "core": (4,)}


def test_a_segmentation_that_is_called_a_region_still_has_the_codes_of_its_table(tmp_path: Path) -> None:
    (tmp_path / "dseg.tsv").write_text(NAMES.replace("tumour", "enhancing"), "utf-8")
    case = only(tmp_path, "desc-tumour_dseg")
    assert dict(case.region_codes) == {"oedema": (2,)}
    assert list(case.masks) == ["core"]
    (tmp_path / "dseg.tsv").write_text(NAMES, "utf-8")
    case = only(tmp_path, "desc-tumour_dseg")
    assert (dict(case.region_codes), case.masks) == ({"oedema": (2,), "core": (4,)}, {})


def test_a_table_that_swaps_the_codes_of_the_protocol_costs_the_study(tmp_path: Path) -> None:
    (tmp_path / "dseg.tsv").write_text("index\tname\n1\tright\n2\tleft\n", "utf-8")
    case = only(tmp_path, "desc-sides_dseg")
    assert case.problem == (
        "the table of sub-1_desc-sides_dseg.nii.gz gives 1 the name of 2 = right of the protocol; correct one"
    )
    (tmp_path / "dseg.tsv").write_text("index\tname\n1\tleft\n2\tright\n", "utf-8")
    assert list(only(tmp_path, "desc-sides_dseg").masks) == ["sides"]
