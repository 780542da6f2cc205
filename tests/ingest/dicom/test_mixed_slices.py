"""Series whose slices state different things, or a scale in an odd place: refused by the tag."""

import pytest
from pydicom.dataset import Dataset

from backend.errors import Refusal
from backend.ingest.dicom.read_study import read_study
from tests.ingest.dicom.series_files import adc_series, change, t2_series


def one_scaled(ds, k):
    if k == 2:
        ds.RescaleSlope, ds.RescaleIntercept = 2, 0


def one_unmapped(ds, k):
    if k != 2:
        item = Dataset()
        item.RealWorldValueSlope, item.RealWorldValueIntercept = 2.0, 0.0
        ds.RealWorldValueMappingSequence = [item]


def outside(ds, _k):
    ds.RealWorldValueSlope, ds.RealWorldValueIntercept = 2.0, 0.0


def transformed(ds, _k):
    item = Dataset()
    item.RescaleSlope, item.RescaleIntercept, item.RescaleType = 3, 0, "US"
    ds.PixelValueTransformationSequence = [item]


def squeezed(ds, _k):
    ds.PixelAspectRatio = [1, 2]


def two_spaces(ds, k):
    ds.FrameOfReferenceUID = "1.2.3" if k < 4 else "1.2.4"


def two_echoes(ds, k):
    ds.ScanningSequence, ds.EchoTime = "SE", 90 if k < 4 else 60


REFUSED = {
    "one scaled": (
        one_scaled,
        "states the scale of its values in different ways, of 9 slices 8 not at all and 1 by RescaleSlope (0028,1053)",
    ),
    "one unmapped": (
        one_unmapped,
        "states the scale of its values in different ways, of 9 slices 1 not at all and 8 by "
        "RealWorldValueMappingSequence (0040,9096)",
    ),
    "outside": (
        outside,
        "has a RealWorldValueSlope (0040,9225) outside the sequence that it belongs to, so what it scales is unclear",
    ),
    "transformed": (
        transformed,
        "has a PixelValueTransformationSequence (0028,9145) outside the sequence that it belongs to, so what it scales "
        "is unclear",
    ),
    "squeezed": (
        squeezed,
        "states two shapes of a pixel: 1 x 1 mm (PixelSpacing (0028,0030)) and 1:2 (PixelAspectRatio (0028,0034)), so "
        "its pixel size is unknown",
    ),
    "two spaces": (two_spaces, "mixes slices of different space, FrameOfReferenceUID (0020,0052)"),
    "two echoes": (two_echoes, "mixes slices of different echo time, EchoTime (0018,0081)"),
}


def answer(folder, edit):
    t2_series(folder)
    for k, path in enumerate(adc_series(folder)):
        change(path, lambda ds, k=k: edit(ds, k))
    return read_study(folder).volumes["ADC"]


@pytest.mark.parametrize("kind", REFUSED)
def test_slices_that_state_different_things_are_refused_by_tag(tmp_path, kind):
    edit, phrase = REFUSED[kind]
    found = answer(tmp_path, edit)
    assert isinstance(found, Refusal)
    assert found.sentence == f"Series 7 {phrase}; export it again."


def same_shape(ds, _k):
    ds.PixelAspectRatio = [1, 1]


def new_space_each(ds, k):
    ds.FrameOfReferenceUID = f"1.2.{k}"


def identity_of_one(ds, k):
    if k == 2:
        ds.RescaleSlope, ds.RescaleIntercept = 1, 0


@pytest.mark.parametrize("edit", [same_shape, new_space_each, identity_of_one])
def test_what_states_nothing_else_is_read(tmp_path, edit):
    assert not isinstance(answer(tmp_path, edit), Refusal)
