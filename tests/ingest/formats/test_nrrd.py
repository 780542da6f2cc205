"""NRRD: geometry is stated and consistent, or the file is refused by the name of the field."""

import bz2
import gzip

import numpy as np
import pytest
import SimpleITK as sitk

from backend.errors import BadFile
from backend.ingest.formats.nrrd import checked_nrrd
from backend.ingest.formats.open_files import FileReader
from tests.ingest.formats.stated_volume import (
    DIRECTIONS,
    RAS,
    SPACING,
    TILT,
    VOXELS,
    answer,
    check_place,
    nrrd,
    refusal,
    vectors,
)

GOOD_NRRD = {
    "as it is": {},
    "gzip": {"encoding": "gzip", "data": gzip.compress(VOXELS.tobytes(), mtime=0)},
    "bzip2": {"encoding": "bzip2", "data": bz2.compress(VOXELS.tobytes())},
    "big-endian": {"endian": "big", "voxels": VOXELS.astype(">i2")},
    "RAS": {
        "space": "RAS",
        "space_directions": vectors((np.diag([-1, -1, 1]) @ TILT * SPACING).T),
        "space_origin": vectors([RAS[:3, 3]]),
    },
    "int64": {"type": "long long int", "voxels": VOXELS.astype("<i8")},
    "kinds of no meaning": {"kinds": "??? none space", "measurement_frame": "(0,1,0) (1,0,0) (0,0,1)"},
    "no kinds": {"kinds": None},
    "a list of one": {
        "dimension": "4",
        "sizes": "1 10 8 6",
        "kinds": "list domain domain domain",
        "space_directions": f"none {DIRECTIONS}",
    },
}


@pytest.mark.parametrize("kind", GOOD_NRRD)
def test_nrrd_is_read_as_it_states(tmp_path, kind):
    check_place(answer(nrrd(tmp_path / "a.nrrd", **GOOD_NRRD[kind])).image)


def test_nrrd_with_its_voxels_beside_is_read(tmp_path):
    (tmp_path / "a.raw").write_bytes(VOXELS.tobytes())
    check_place(answer(nrrd(tmp_path / "a.nhdr", data=b"", data_file="a.raw")).image)


NRRD = {
    "no space": (
        {"space": None},
        "a.nrrd does not say where it lies (space not given); write it with LPS or RAS.",
    ),
    "spacings alone": (
        {"space": None, "space_directions": None, "space_origin": None, "spacings": "0.5 0.5 3"},
        "a.nrrd does not say where it lies (space not given); write it with LPS or RAS.",
    ),
    "no directions": (
        {"space_directions": None},
        "a.nrrd does not state its space directions; write it again with them, in LPS or RAS.",
    ),
    "no origin": (
        {"space_origin": None},
        "a.nrrd does not state its space origin; write it again with them, in LPS or RAS.",
    ),
    "two sizes": (
        {"spacings": "1 1 3"},
        "a.nrrd states two sizes of its voxels (spacings, space directions); keep the right one.",
    ),
    "metres": (
        {"space_units": '"m" "m" "m"'},
        "a.nrrd measures space in m (space units), expected mm.",
    ),
    "several in one": (
        {
            "dimension": "4",
            "sizes": "2 10 8 6",
            "kinds": "list domain domain domain",
            "space_directions": f"none {DIRECTIONS}",
        },
        "a.nrrd holds 2 volumes in one (list axis); write each on its own.",
    ),
    "old range": (
        {"old_min": "-3.5"},
        "a.nrrd holds values that were brought to another range (old min, old max), which no rule brings back; write "
        "it again from its original.",
    ),
    "time": (
        {"kinds": "domain domain time"},
        "a.nrrd does not have three axes of space (kinds domain domain time); write one 3-D volume.",
    ),
    "text": (
        {"encoding": "ascii"},
        "a.nrrd stores its voxels as ascii; write it as raw, gzip or bzip2.",
    ),
    "no byte order": ({"endian": None}, "a.nrrd does not say the byte order of its voxels (endian); write it again."),
    "cut bzip2": (
        {"encoding": "bzip2", "data": bz2.compress(VOXELS.tobytes())[:-30]},
        "a.nrrd is cut short: its bzip2 voxels have no end; copy it again.",
    ),
    "long bzip2": (
        {"encoding": "bzip2", "data": bz2.compress(VOXELS.tobytes() + b"\0")},
        "a.nrrd does not hold the voxels it declares: 960 bytes are promised, more are there; copy it again.",
    ),
}


@pytest.mark.parametrize("kind", NRRD)
def test_nrrd_that_states_nothing_or_two_things_is_refused_by_field(tmp_path, kind):
    changes, sentence = NRRD[kind]
    assert refusal(nrrd(tmp_path / "a.nrrd", **changes)) == sentence


def test_one_of_several_volumes_is_read_by_its_number(tmp_path):
    """A mask of several components, as label_channel of PyRadiomics asks for."""
    components = np.random.default_rng(1).integers(0, 2, (4, 5, 6, 3)).astype(np.uint8)
    image = sitk.GetImageFromArray(components, isVector=True)
    path = tmp_path / "several.nrrd"
    sitk.WriteImage(image, path)
    for channel in range(3):
        found = checked_nrrd(path, FileReader(10**6), channel)
        assert np.array_equal(found.voxels, components[..., channel])
    with pytest.raises(BadFile, match=r"several\.nrrd holds 3 volumes, and number 3, from 0, is asked for"):
        checked_nrrd(path, FileReader(10**6), 3)
    with pytest.raises(BadFile, match="holds 3 volumes in one"):
        checked_nrrd(path, FileReader(10**6))
