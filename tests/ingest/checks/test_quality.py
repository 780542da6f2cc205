"""What is said about a study that can be used but not blindly trusted."""

import SimpleITK as sitk

from backend.ingest.cohort import ingest
from tests.ingest.files import box, volume, write_study


def answers(path, **options):
    """Study id -> answer."""
    return {answer.study_id: answer for answer in ingest(path, spacing=(1.0, 1.0, 1.5), **options)}


def test_findings_are_sentences(tmp_path):
    other = box((3, 3, 0), (12, 12, 9), like=volume(spacing=(2.0, 2.0, 3.0), size=(12, 12, 9)))
    write_study(tmp_path, "1", gland=box((4, 4, 0), (20, 18, 9)), lesion=box((1, 1, 3), (6, 6, 4)))
    write_study(tmp_path, "2", gland=other)
    blank = volume()
    blank[5:9, 6:8, 4:6] = 0
    sitk.WriteImage(blank, str(tmp_path / "1_7_adc.mha"))
    sitk.WriteImage(volume(size=(24, 10, 9)), str(tmp_path / "2_7_hbv.mha"))
    (tmp_path / "other.csv").write_text("study_id,patient_id,prostate_volume\n7,1,55\n")
    found = answers(tmp_path, clinical=tmp_path / "other.csv")
    assert found["1_7"].warnings == (
        "The gland reaches the first and last slice, so part of it may be missing.",
        "The gland mask measures 6.0 mL where the report says 55 mL.",
        "84% of the lesion lies outside the gland mask.",
        "ADC is zero in 16 of 2016 voxels of the gland, as acquired.",
    )
    first, second, *rest = found["2_7"].warnings
    assert first == "The gland mask lies on another grid (12x12x9 against 24x22x9) and was resampled by position."
    assert second.startswith("DWI covers only")
    assert rest[-1] == "The clinical table has no row for this study."


def test_without_a_gland_nothing_is_said_about_it(tmp_path):
    write_study(tmp_path, "1", without=("gland", "lesion"))
    sitk.WriteImage(volume(size=(24, 10, 9)), str(tmp_path / "1_7_hbv.mha"))
    said = answers(tmp_path)["1_7"].warnings
    assert any(sentence.startswith("DWI covers only") and "T2's field of view" in sentence for sentence in said)
    assert not any("of the gland" in sentence for sentence in said)


def test_tiny_lesion_is_counted_in_voxels_of_each_image(tmp_path):
    write_study(tmp_path, "1", lesion=box((6, 6, 3), (9, 10, 5)))
    coarse = volume(size=(12, 11, 9), spacing=(2.0, 2.0, 3.0))
    sitk.WriteImage(coarse, str(tmp_path / "1_7_adc.mha"))
    warnings = answers(tmp_path)["1_7"].warnings
    assert "The lesion covers about 24 voxels of T2 as acquired, too few for texture (fewer than 25)." in warnings
    assert "The lesion covers about 6 voxels of ADC as acquired, too few for texture (fewer than 25)." in warnings
