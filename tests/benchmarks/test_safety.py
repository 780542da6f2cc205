"""A small run of the safety bar with a seed its generators were not written with."""

import pytest

from benchmarks import reading, storing
from benchmarks.drawn_study import drawn_masks
from benchmarks.good_files import good_files
from benchmarks.packed_series import packed_series
from benchmarks.truncation import truncation_sweep

SEED = 90210
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom warns of what is broken on purpose


def test_no_damaged_image_series_or_mask_is_silently_wrong(tmp_path):
    found = reading.bad_images(tmp_path, SEED)
    assert found.wrong == []
    assert found.tried >= 280
    assert found.refused + found.flagged + found.harmless == found.tried
    assert found.flagged <= 5  # masks on a finer grid and of other slices, and voxels not finite far from the gland
    assert len(found.sentences) >= 45


def test_sound_files_of_every_format_equal_an_independent_reader(tmp_path):
    equal, tried, failed = good_files(tmp_path, SEED)
    assert failed == []
    assert equal == tried >= 60


def test_packed_pixels_are_equal_or_refused(tmp_path):
    found = packed_series(tmp_path, SEED)
    assert (found.unread, found.wrong) == ([], [])
    assert (found.sound, found.tried, found.named) == (15, 30, 10)
    assert found.refused >= 28
    assert found.bits_with_sums == found.bits == 5


def test_masks_in_dicom_are_as_drawn_or_told(tmp_path):
    found = drawn_masks(tmp_path, SEED)
    assert (found.unread, found.wrong) == ([], [])
    assert (found.sound, found.unseen) == (10, 8)
    assert found.refused + found.flagged + found.harmless == found.tried >= 100
    assert found.refused >= 75


def test_every_cut_is_refused(tmp_path):
    found = truncation_sweep(tmp_path, SEED, 30)
    assert found == dict.fromkeys((".nii", ".nii.gz", ".mha", ".nrrd", ".dcm"), (30, 30))


def test_what_an_uncompressed_file_hides_is_marked_and_found_with_the_senders_sums(tmp_path):
    without = reading.uncompressed(tmp_path / "a", SEED, with_sums=False)
    assert (without.wrong, without.flagged) == ([], without.tried)
    with_sums = reading.uncompressed(tmp_path / "b", SEED, with_sums=True)
    assert with_sums.refused == with_sums.tried == without.tried >= 10


def test_bits_flipped_in_stored_volumes_are_found(tmp_path):
    found = storing.files(tmp_path / "store", SEED, 60)
    assert found.wrong == []
    assert sum(found.counts.values()) == 60
