"""MetaImage: geometry and scale are stated and consistent, or the file is refused by the name of the field."""

import numpy as np
import pytest
import SimpleITK as sitk

from tests.ingest.formats.stated_volume import (
    CORRECT,
    ORIGIN,
    TILT,
    VOXELS,
    answer,
    check_place,
    metaimage,
    nrrd,
    refusal,
)

GOOD_METAIMAGE = {
    "as it is": {},
    "size alone": {"ElementSpacing": None, "ElementSize": "0.5 0.5 3"},
    "synonyms": {
        "Offset": None,
        "TransformMatrix": None,
        "Position": " ".join(map(str, ORIGIN)),
        "Rotation": " ".join(f"{c:.12g}" for c in TILT.T.ravel()),
    },
    "big-endian": {"ElementByteOrderMSB": "True", "voxels": VOXELS.astype(">i2")},
    "int64": {"ElementType": "MET_LONG_LONG", "voxels": VOXELS.astype("<i8")},
}


@pytest.mark.parametrize("kind", GOOD_METAIMAGE)
def test_metaimage_is_read_as_it_states_and_as_itk_reads_it(tmp_path, kind):
    path = metaimage(tmp_path / "a.mha", **GOOD_METAIMAGE[kind])
    check_place(answer(path).image)
    check_place(sitk.ReadImage(str(path)))


def test_metaimage_values_are_on_their_scale(tmp_path):
    scale = {"ElementToIntensityFunctionSlope": "0.5", "ElementToIntensityFunctionOffset": "10"}
    image = answer(metaimage(tmp_path / "a.mha", **scale)).image
    assert np.array_equal(sitk.GetArrayFromImage(image), VOXELS * 0.5 + 10)


METAIMAGE = {
    "no spacing": (
        {"ElementSpacing": None},
        "a.mha does not state the size of its voxels (ElementSpacing); write it again from its original.",
    ),
    "no matrix": (
        {"TransformMatrix": None},
        "a.mha does not state its orientation (TransformMatrix); write it again from its original.",
    ),
    "no offset": (
        {"Offset": None},
        "a.mha does not state the place of its first voxel (Offset); write it again from its original.",
    ),
    "two sizes": (
        {"ElementSize": "1 1 3"},
        "a.mha states the size of its voxels twice, and not the same (ElementSpacing, ElementSize); keep the right "
        "one.",
    ),
    "two places": (
        {"Position": "0 0 0"},
        "a.mha states the place of its first voxel twice, and not the same (Offset, Position); keep the right one.",
    ),
    "long axes": (
        {"TransformMatrix": "0.5 0 0 0 0.5 0 0 0 3"},
        "a.mha has axes of the lengths 0.5, 0.5, 3, expected 1 (TransformMatrix); correct its header.",
    ),
    "micrometres": (
        {"DistanceUnits": "um"},
        "a.mha measures space in um (DistanceUnits); write it again in mm.",
    ),
    "channels": (
        {"ElementNumberOfChannels": "3"},
        "a.mha holds 3 numbers a voxel (ElementNumberOfChannels); write each on its own.",
    ),
    "two byte orders": (
        {"BinaryDataByteOrderMSB": "False", "ElementByteOrderMSB": "True"},
        "a.mha states two byte orders (BinaryDataByteOrderMSB and ElementByteOrderMSB); keep the right one.",
    ),
    "no scale": (
        {"ElementToIntensityFunctionSlope": "0"},
        f"a.mha states a scale that makes every value the same (ElementToIntensityFunctionSlope is 0){CORRECT}",
    ),
}


@pytest.mark.parametrize("kind", METAIMAGE)
def test_metaimage_that_states_nothing_or_two_things_is_refused_by_field(tmp_path, kind):
    changes, sentence = METAIMAGE[kind]
    assert refusal(metaimage(tmp_path / "a.mha", **changes)) == sentence


def test_whole_numbers_beyond_32_bits_are_refused(tmp_path):
    path = metaimage(tmp_path / "a.mha", voxels=VOXELS.astype("<i8") << 30, ElementType="MET_LONG_LONG")
    assert "more than 32 bits can; scale them down." in refusal(path)


@pytest.mark.parametrize("head", ["NDims = 3\nComment = ", "NRRD0005\n# "], ids=["MetaImage", "NRRD"])
@pytest.mark.parametrize(("length", "is_read"), [(60_000, True), (70_000, False)])
def test_a_header_is_read_to_64_kib(tmp_path, head, length, is_read):
    path = metaimage(tmp_path / "a.mha") if "NDims" in head else nrrd(tmp_path / "a.nrrd")
    first = head.split("\n")[0].encode() + b"\n"
    content = path.read_bytes()
    assert content.startswith(first)
    path.write_bytes(head.encode() + b"x" * length + b"\n" + content.removeprefix(first))
    if is_read:
        check_place(answer(path).image)
    else:
        assert "its header" in refusal(path)
