"""Stored values: sign, unused bits, padding, inverted pictures, loss."""

import numpy as np
import pytest

from backend.ingest.dicom.read_study import read_study
from tests.ingest.dicom.series_files import adc_series, change, stored, t2_series

RNG = np.random.default_rng(11)
SIGNED = RNG.integers(-2000, 2000, (22, 24))


def write(values, dtype="<i2", **tags):
    def edit(dataset):
        dataset.PixelData = values.astype(dtype).tobytes()
        for keyword, value in tags.items():
            setattr(dataset, keyword, value)

    return edit


def padding(value, limit=None):
    """PixelPaddingValue and its limit."""

    def edit(dataset):
        for element, number in ((0x0120, value), (0x0121, limit)):
            if number is not None:
                dataset.add_new((0x0028, element), "SS", number)

    return edit


def adc_of(tmp_path, edit):
    t2_series(tmp_path)
    for path in adc_series(tmp_path):
        change(path, edit)
    return read_study(tmp_path).volumes["ADC"]


TWELVE = {"PixelRepresentation": 1, "BitsStored": 12, "HighBit": 11}
RIGHT = {
    "signed 16 bits": write(SIGNED, PixelRepresentation=1, BitsStored=16, HighBit=15),
    "signed 12 bits, sign repeated above": write(SIGNED, **TWELVE),
    "signed 12 bits, nothing above": write(SIGNED & 0x0FFF, "<u2", **TWELVE),
    "signed 12 bits in the upper ones": write(SIGNED << 4, "<i2", **{**TWELVE, "HighBit": 15}),
    "32 bits": write(SIGNED, "<i4", PixelRepresentation=1, BitsAllocated=32, BitsStored=32, HighBit=31),
}


@pytest.mark.parametrize("stored_as", RIGHT)
def test_signed_values_come_back(tmp_path, stored_as):
    assert np.array_equal(adc_of(tmp_path, RIGHT[stored_as]).voxels[0], SIGNED)


WRONG = {
    "beyond the bits": (write(SIGNED & 0x7FFF, "<u2", BitsStored=12), "holds values beyond the 12 bits"),
    "bits that cannot be": (write(SIGNED, BitsStored=17, HighBit=16), "states 17 bits a pixel up to bit 16 of 16"),
    "odd allocation": (write(np.zeros((22, 18)), "<u2", BitsAllocated=12), "stores 12 bits a pixel (BitsAllocated)"),
    "inverted": (write(SIGNED & 0xFFF, PhotometricInterpretation="MONOCHROME1"), "is shown inverted"),
    "palette": (write(SIGNED & 0xFFF, PhotometricInterpretation="PALETTE COLOR"), "colour picture (PALETTE COLOR)"),
    "no sign stated": (
        lambda d: (delattr(d, "PixelRepresentation"), write(SIGNED & 0xFFF, "<u2")(d)),
        "does not say whether its values are signed",
    ),
}


@pytest.mark.parametrize("damage", WRONG)
def test_what_the_bits_cannot_say_is_refused(tmp_path, damage):
    edit, sentence = WRONG[damage]
    assert sentence in adc_of(tmp_path, edit).sentence


def test_padded_voxels_count_as_0_and_are_told(tmp_path):
    values = SIGNED.copy()
    values[:, :5] = -2000
    edit = write(values, **TWELVE, RescaleSlope=2, RescaleIntercept=100)
    volume = adc_of(tmp_path, lambda d: (edit(d), padding(-2000)(d)))
    padded = values == -2000
    assert np.array_equal(volume.voxels[0], np.where(padded, 0, values * 2.0 + 100))
    sentence = f"Series 7 marks {9 * padded.sum()} voxels as padding (PixelPaddingValue (0028,0120)); they count as 0."
    assert volume.notes["padding"] == sentence


def test_a_range_of_padding_is_whole(tmp_path):
    edit = write(SIGNED, **TWELVE)
    volume = adc_of(tmp_path, lambda d: (edit(d), padding(-2000, -1500)(d)))
    assert np.array_equal(volume.voxels[0], np.where(SIGNED <= -1500, 0, SIGNED))


def test_loss_is_told(tmp_path):
    t2_series(tmp_path)
    files = adc_series(tmp_path, LossyImageCompression="01")
    volume = read_study(tmp_path).volumes["ADC"]
    assert np.array_equal(volume.voxels, stored(files))
    assert volume.notes["lossy"].startswith("Series 7 was packed with loss")
