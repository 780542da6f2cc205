"""UIDs that an anonymiser removed, replaced or made equal: what is left groups the slices, or the tag is named."""

import pytest
from pydicom.uid import generate_uid

from backend.errors import BadImage, Refusal
from backend.ingest.dicom.read_study import read_study
from tests.ingest.dicom.series_files import ADC, T2, adc_series, change, t2_series
from tests.ingest.files import write_series

FRAME = "1.2.3.99"


def study(tmp_path, edit):
    """T2, high-b and ADC series, each slice changed by `edit(dataset, series, k)`."""
    t2_series(tmp_path, FrameOfReferenceUID=FRAME)
    adc_series(tmp_path, FrameOfReferenceUID=FRAME)
    trace = ["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW"]
    write_series(tmp_path / "dwi", 8, "ep2d_diff", trace, 1400, FrameOfReferenceUID=FRAME)
    for name in ("t2", "adc", "dwi"):
        for k, path in enumerate(sorted((tmp_path / name).iterdir())):
            change(path, lambda d, name=name, k=k: edit(d, name, k))
    return read_study(tmp_path)


def new_uid(name, k):
    return generate_uid(entropy_srcs=[name, str(k)])


READ = {
    "series removed": lambda d, _name, _k: delattr(d, "SeriesInstanceUID"),
    "series empty": lambda d, _name, _k: setattr(d, "SeriesInstanceUID", ""),
    "series removed in some": lambda d, _name, k: delattr(d, "SeriesInstanceUID") if k % 2 else None,
    "series new in every slice": lambda d, name, k: setattr(d, "SeriesInstanceUID", new_uid(name, k)),
    "one series for all": lambda d, _name, _k: setattr(d, "SeriesInstanceUID", "1.2.3"),
    "study removed": lambda d, _name, _k: delattr(d, "StudyInstanceUID"),
    "study new in every slice": lambda d, name, k: setattr(d, "StudyInstanceUID", new_uid(name, k)),
    "study new in every series": lambda d, name, _k: setattr(d, "StudyInstanceUID", new_uid(name, 0)),
    "one instance for all": lambda d, _name, _k: setattr(d, "SOPInstanceUID", "1.2.3"),
    "study and series new in every slice": lambda d, name, k: (
        setattr(d, "StudyInstanceUID", new_uid(name, k)),
        setattr(d, "SeriesInstanceUID", new_uid(name, k + 100)),
    ),
}


@pytest.mark.parametrize("damage", READ)
def test_what_is_left_groups_the_slices(tmp_path, damage):
    whole = {name: volume.voxels for name, volume in study(tmp_path / "a", lambda *_: None).volumes.items()}
    found = study(tmp_path / "b", READ[damage])
    for name in ("T2", "DWI", "ADC"):
        assert not isinstance(found.volumes[name], Refusal), found.volumes[name]
        assert (found.volumes[name].voxels == whole[name]).all()
    told = "instance" in damage or "one series" in damage or damage == "study removed"
    assert ("uids_replaced" in found.notes) is not told


def test_the_note_names_the_tag(tmp_path):
    note = study(tmp_path, READ["series new in every slice"]).notes["uids_replaced"]
    assert note == ("SeriesInstanceUID (0020,000E) differs in every slice; slices were put together by what is left.")


def test_without_a_series_number_nothing_holds_a_series_together(tmp_path):
    def edit(dataset, _name, _k):
        del dataset.SeriesInstanceUID
        del dataset.SeriesNumber

    sentence = study(tmp_path, edit).volumes["T2"].sentence
    assert "has no SeriesInstanceUID (0020,000E) that holds it together, and no SeriesNumber (0020,0011)" in sentence


def test_two_like_series_of_which_some_slices_lost_the_uid_are_ambiguous(tmp_path):
    for name in ("a", "b"):
        files = write_series(tmp_path / name, 4, "t2_tse_tra", T2, uid=f"1.2.{ord(name)}")
        change(files[0], lambda d: delattr(d, "SeriesInstanceUID"))
    sentence = read_study(tmp_path).volumes["T2"].sentence
    assert "lacks SeriesInstanceUID (0020,000E) in 2 slices, and several series look like them" in sentence


def test_two_exams_stay_two(tmp_path):
    for k in (1, 2):
        write_series(tmp_path / f"t2-{k}", 4, "t2_tse_tra", T2, uid=f"1.2.{k}", StudyInstanceUID=f"1.9.{k}")
        write_series(tmp_path / f"adc-{k}", 7, "adc", ADC, uid=f"1.3.{k}", StudyInstanceUID=f"1.9.{k}")
    with pytest.raises(BadImage, match=r"more than one study \(2 that StudyInstanceUID \(0020,000D\) tells apart\)"):
        read_study(tmp_path)


def test_without_a_frame_of_reference_replaced_study_uids_say_nothing(tmp_path):
    def edit(dataset, name, k):
        dataset.StudyInstanceUID = new_uid(name, k)
        del dataset.FrameOfReferenceUID

    with pytest.raises(
        BadImage, match=r"no one FrameOfReferenceUID \(0020,0052\) says whether its 3 series are of one"
    ):
        study(tmp_path, edit)


def test_images_of_two_frames_of_reference_are_told(tmp_path):
    def edit(dataset, name, _k):
        if name == "adc":
            dataset.FrameOfReferenceUID = "1.2.3.100"

    note = study(tmp_path, edit).notes["frames_of_reference"]
    assert note.startswith("T2 and ADC name different frames of reference (FrameOfReferenceUID (0020,0052))")


def test_the_same_file_twice_is_named(tmp_path):
    files = t2_series(tmp_path)
    files[3].with_name("copy.dcm").write_bytes(files[3].read_bytes())
    assert "holds the same file twice (" in read_study(tmp_path).volumes["T2"].sentence
