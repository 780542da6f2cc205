"""Streams that are cut, swapped or packed with loss: decoders fill or round them without a word, here they are told."""

import jpeg_ls
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate, get_frame

from backend.errors import Refusal
from backend.ingest.dicom import jpeg_scan
from backend.ingest.dicom.jpeg_scan import ends_with_its_pixels
from backend.ingest.dicom.read_study import read_study
from backend.ingest.dicom.rle_frame import rle_problem
from backend.ingest.dicom.streams import stream_of
from tests.ingest.dicom.seg_files import blob, drawn, write_images, write_seg
from tests.ingest.dicom.series_files import adc_series, t2_series
from tests.ingest.dicom.test_encodings import PACKINGS

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, silenced in the reading child
END = b"\xff\xd9"


def packed_adc(folder, packing):
    """The files of an ADC series, packed; and the stream of the third."""
    t2_series(folder)
    files = adc_series(folder)
    for path in files:
        PACKINGS[packing](path)
    return files, get_frame(pydicom.dcmread(files[2]).PixelData, 0, number_of_frames=1)


def put(path, stream, syntax=None):
    dataset = pydicom.dcmread(path)
    dataset.PixelData = encapsulate([stream + b"\0" * (len(stream) % 2)])
    dataset["PixelData"].is_undefined_length = True
    if syntax:
        dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(path)


def answer(folder):
    found = read_study(folder).volumes["ADC"]
    return found.sentence if isinstance(found, Refusal) else found.notes


CUT = {
    "JPEG lossless": "data that do not end with its last pixel",
    "JPEG-LS": "data that cannot be unpacked",
    "JPEG 2000": "data that cannot be unpacked",
    "RLE": "data that do not end with its last pixel",
}


@pytest.mark.parametrize("packing", CUT)
def test_a_stream_cut_and_given_an_end_mark_is_refused(tmp_path, packing):
    files, stream = packed_adc(tmp_path, packing)
    put(files[2], stream[: len(stream) // 3 * 2] + END)
    assert answer(tmp_path) == f"1-03.dcm holds {packing} {CUT[packing]}; export it again."


@pytest.mark.parametrize("packing", ["JPEG lossless", "JPEG-LS", "JPEG 2000"])
def test_a_stream_without_its_end_mark_is_refused(tmp_path, packing):
    files, stream = packed_adc(tmp_path, packing)
    put(files[2], stream[: len(stream) // 3 * 2] + bytes(64))
    assert answer(tmp_path) == f"1-03.dcm holds {packing} data without their end mark; export it again."


def test_a_stream_of_another_codec_is_named(tmp_path):
    files, _ = packed_adc(tmp_path, "JPEG lossless")
    dataset = pydicom.dcmread(files[2])
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.90"
    dataset.save_as(files[2])
    assert answer(tmp_path) == ("1-03.dcm says that it holds JPEG 2000 data and holds JPEG lossless; export it again.")


def test_loss_is_told_by_the_stream_not_by_the_name_of_its_codec(tmp_path):
    files, _ = packed_adc(tmp_path, "JPEG-LS")
    values = np.random.default_rng(0).integers(1, 900, (22, 24)).astype(np.uint16)
    put(files[2], bytes(jpeg_ls.encode_array(values, lossy_error=3)))
    assert answer(tmp_path)["lossy"].startswith("Series 7 was packed with loss before")


def test_the_wavelet_of_real_numbers_is_loss(tmp_path):
    _, stream = packed_adc(tmp_path, "JPEG 2000")
    assert stream_of(stream).lossy is False
    changed = bytearray(stream)
    changed[stream.find(b"\xff\x52") + 13] = 0
    assert stream_of(bytes(changed)).lossy is True


def test_a_sign_is_told_by_the_size_of_the_first_component(tmp_path):
    _, stream = packed_adc(tmp_path, "JPEG 2000")
    assert stream_of(stream).signed is False
    changed = bytearray(stream)
    changed[stream.find(b"\xff\x51") + 40] |= 128  # Ssiz of ISO/IEC 15444-1, A.5.1
    assert stream_of(bytes(changed)).signed is True


def test_low_bits_left_out_are_loss(tmp_path):
    _, stream = packed_adc(tmp_path, "JPEG lossless")
    assert stream_of(stream).lossy is False
    changed = bytearray(stream)
    at = stream.find(b"\xff\xda")
    changed[at + 1 + stream[at + 3]] |= 2  # the point transform ends the head of the scan
    assert stream_of(bytes(changed)).lossy is True


def test_labels_packed_with_loss_are_refused(tmp_path):
    files = write_images(tmp_path)
    write_seg(
        tmp_path / "s.dcm", files, blob(), ["Prostate"], change=lambda ds: setattr(ds, "LossyImageCompression", "01")
    )
    assert drawn(tmp_path) == (
        "The segmentation s.dcm was packed with loss, so its labels may have changed; export it again."
    )


def test_restarts_and_pixels_left_over_are_counted(tmp_path):
    _, stream = packed_adc(tmp_path, "JPEG lossless")
    assert ends_with_its_pixels(stream)
    at = stream.find(b"\xff\xc3") + 5
    fewer = bytearray(stream)
    fewer[at + 1] -= 1  # a row less than there is
    assert not ends_with_its_pixels(bytes(fewer))
    assert not ends_with_its_pixels(stream[:20])


@pytest.mark.parametrize(
    ("part", "count", "fits"),
    [(b"\x00", 8, True), (b"\x01", 7, True), (b"\x00", 7, False), (b"\x00", 9, False), (b"\x00\xff", 8, False)],
    ids=["to the last bit", "a one is filling", "a zero is none", "a value too many", "a byte too many"],
)
def test_values_of_one_bit_take_all_bits_of_a_part_but_for_ones_that_fill_a_byte(part, count, fits):
    assert jpeg_scan._fits(part, np.ones(1 << jpeg_scan.LONGEST_CODE, np.uint8), count) is fits


def test_a_run_length_header_that_does_not_fit_is_refused(tmp_path):
    _, stream = packed_adc(tmp_path, "RLE")
    assert rle_problem(stream, 22 * 24, 2) == ""
    assert rle_problem(stream[:40], 22 * 24, 2) == "that is cut short"
    assert rle_problem(stream, 22 * 24, 1) == "whose header does not fit its pixels"
    assert rle_problem(stream, 22 * 24 + 1, 2) == "that do not end with its last pixel"
    assert rle_problem(stream + b"\1\2\3", 22 * 24, 2) == "that do not end with its last pixel"
