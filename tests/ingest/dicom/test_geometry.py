"""Geometry that a header does not state is never assumed: refused by series and tag."""

import numpy as np
import pytest

from backend.errors import Refusal
from backend.ingest.dicom.read_study import read_study
from backend.ingest.dicom.volume import Volume
from tests.ingest.dicom.series_files import adc_series, change, t2_series

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, silenced in the reading child


def drop(*keywords):
    def edit(dataset):
        for keyword in keywords:
            delattr(dataset, keyword)

    return edit


def put(**values):
    def edit(dataset):
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return edit


def raw(tag, vr, value):
    """A value as bytes in the file, whatever it says."""

    def edit(dataset):
        from pydicom.dataelem import RawDataElement
        from pydicom.tag import Tag

        dataset._dict[Tag(tag)] = RawDataElement(Tag(tag), vr, len(value), value, 0, False, True)

    return edit


def imager(dataset):
    dataset.ImagerPixelSpacing = dataset.PixelSpacing
    del dataset.PixelSpacing


SPACING, PLACE, TURN = (0x0028, 0x0030), (0x0020, 0x0032), (0x0020, 0x0037)
UNSTATED = {
    "no spacing": (drop("PixelSpacing"), "lacks PixelSpacing (0028,0030), so its pixel size is unknown"),
    "empty spacing": (put(PixelSpacing=None), "has an empty PixelSpacing (0028,0030)"),
    "one number": (raw(SPACING, "DS", b"1.0 "), "has a PixelSpacing (0028,0030) of 1 instead of 2 numbers"),
    "no number": (raw(SPACING, "DS", b"a\\b "), "has a PixelSpacing (0028,0030) that is no number"),
    "not finite": (raw(SPACING, "DS", b"nan\\1.0 "), "has a PixelSpacing (0028,0030) that is"),
    "zero": (put(PixelSpacing=[0.0, 1.0]), "has a PixelSpacing (0028,0030) of 0 and 1 mm"),
    "negative": (put(PixelSpacing=[1.0, -1.0]), "has a PixelSpacing (0028,0030) of 1 and -1 mm"),
    "imager": (imager, "(ImagerPixelSpacing is the size on a detector, not in the patient)"),
    "no orientation": (drop("ImageOrientationPatient"), "lacks ImageOrientationPatient (0020,0037)"),
    "empty orientation": (put(ImageOrientationPatient=None), "has an empty ImageOrientationPatient (0020,0037)"),
    "no directions": (
        put(ImageOrientationPatient=[2.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        "has an ImageOrientationPatient (0020,0037) that is no pair of directions",
    ),
    "one direction": (
        put(ImageOrientationPatient=[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
        "that is no pair of directions",
    ),
    "no position": (drop("ImagePositionPatient"), "lacks ImagePositionPatient (0020,0032)"),
    "empty position": (put(ImagePositionPatient=None), "has an empty ImagePositionPatient (0020,0032)"),
    "thickness only": (
        lambda dataset: (put(SliceLocation=3.0)(dataset), drop("ImagePositionPatient")(dataset)),
        "lacks ImagePositionPatient (0020,0032)",
    ),
    "no rows": (drop("Rows"), "has no Rows (0028,0010) that can be used"),
}


@pytest.mark.parametrize("damage", UNSTATED)
@pytest.mark.parametrize("everywhere", [True, False])
def test_a_tag_that_places_the_slices_is_refused_by_name(tmp_path, damage, everywhere):
    edit, sentence = UNSTATED[damage]
    t2_series(tmp_path)
    files = adc_series(tmp_path)
    for path in files if everywhere else files[4:5]:
        change(path, edit)
    volumes = read_study(tmp_path).volumes
    assert isinstance(volumes["T2"], Volume)
    assert isinstance(volumes["ADC"], Refusal)
    assert volumes["ADC"].sentence.startswith("Series 7 ")
    assert sentence in volumes["ADC"].sentence
    assert ("(so 1 of its 9 slices)" in volumes["ADC"].sentence) is not everywhere


def test_a_t2_without_orientation_is_named_and_not_missed(tmp_path):
    for path in t2_series(tmp_path):
        change(path, drop("ImageOrientationPatient"))
    assert "Series 4 lacks ImageOrientationPatient" in read_study(tmp_path).volumes["T2"].sentence


def test_a_sound_series_is_taken_before_one_that_cannot_be(tmp_path):
    from tests.ingest.files import write_series

    t2_series(tmp_path)
    later = write_series(tmp_path / "later", 9, "t2_tse_tra", ["ORIGINAL", "PRIMARY", "M"])
    for path in later:
        change(path, drop("PixelSpacing"))
    reason = read_study(tmp_path).volumes["T2"].reason
    assert reason.startswith("series 4: ")
    assert reason.endswith("(also 9, which lacks PixelSpacing (0028,0030))")


def test_a_capture_of_an_adc_map_without_a_place_is_named(tmp_path):
    t2_series(tmp_path)
    for path in adc_series(tmp_path, SOPClassUID="1.2.840.10008.5.1.4.1.1.7"):
        change(path, drop("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"))
    study = read_study(tmp_path)
    assert "ADC" not in study.choices
    assert study.volumes["ADC"].sentence.startswith("Series 7 lacks ImagePositionPatient (0020,0032)")


@pytest.mark.parametrize(
    ("between", "thickness", "sound"),
    [(3.0, 3.0, True), (0.5, 2.5, True), (-3.0, 3.0, True), (0.0, 3.0, True), (6.0, 4.0, False), (1.0, 2.5, False)],
)
def test_a_stated_distance_of_slices_must_be_that_of_their_positions(tmp_path, between, thickness, sound):
    t2_series(tmp_path, SpacingBetweenSlices=between, SliceThickness=thickness)
    volume = read_study(tmp_path).volumes["T2"]
    if sound:
        assert volume.spacing == (1.0, 1.0, 3.0)
    else:
        assert f"states a SpacingBetweenSlices (0018,0088) of {between:g} mm, but its slices" in volume.sentence
        assert "lie 3.00 mm apart" in volume.sentence


def test_a_distance_that_thickness_and_positions_deny_is_told(tmp_path):
    t2_series(tmp_path, SpacingBetweenSlices=1.0, SliceThickness=3.0)
    volume = read_study(tmp_path).volumes["T2"]
    assert volume.spacing == (1.0, 1.0, 3.0)
    told = "lie 3.00 mm apart, as far as they are thick; the positions were believed."
    assert volume.notes["gap_contradicted"].endswith(told)


def test_one_position_for_all_slices_is_named(tmp_path):
    for path in t2_series(tmp_path):
        change(path, put(ImagePositionPatient=[0.0, 0.0, 0.0]))
    sentence = read_study(tmp_path).volumes["T2"].sentence
    assert sentence.startswith("Series 4 states one ImagePositionPatient (0020,0032) for all of its 9 slices")


def test_a_stack_that_leans_keeps_its_true_direction(tmp_path):
    for k, path in enumerate(reversed(t2_series(tmp_path))):
        change(path, put(ImagePositionPatient=[-10.0 + 0.02 * k, -12.0, 4.0 + 3.0 * k]))
    volume = read_study(tmp_path).volumes["T2"]
    axes = np.array(volume.direction).reshape(3, 3)
    last = np.array(volume.origin) + axes @ (np.array(volume.spacing) * [0, 0, 8])
    assert np.allclose(last, [-10.0 + 0.16, -12.0, 28.0], atol=1e-9)


def test_slowly_changing_distances_are_no_even_stack(tmp_path):
    places = np.cumsum([0.0] + [2.96] * 4 + [3.04] * 4)
    for z, path in zip(places, reversed(t2_series(tmp_path)), strict=True):
        change(path, put(ImagePositionPatient=[-10.0, -12.0, float(z)]))
    assert "not evenly spaced" in read_study(tmp_path).volumes["T2"].sentence
