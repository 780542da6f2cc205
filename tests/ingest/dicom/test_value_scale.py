"""The scale of stored values: applied where one is meant, refused where two contradict each other."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from backend.errors import Refusal
from backend.ingest.dicom.read_study import read_study
from tests.ingest.dicom.series_files import adc_series, change, stored, t2_series

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, silenced in the reading child


def mapping(slope, intercept=0.0, unit="um2/s", first=0, last=65535, **more):
    item = Dataset()
    item.RealWorldValueSlope, item.RealWorldValueIntercept = slope, intercept
    item.RealWorldValueFirstValueMapped, item.RealWorldValueLastValueMapped = first, last
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = unit, "UCUM", unit
    item.MeasurementUnitsCodeSequence = Sequence([code])
    for keyword, value in more.items():
        setattr(item, keyword, value)
    return item


def mapped(*items, **tags):
    def edit(dataset):
        dataset.RealWorldValueMappingSequence = Sequence(list(items))
        for keyword, value in tags.items():
            setattr(dataset, keyword, value)

    return edit


def philips(slope, intercept=0.0, block=0x10, creator="Philips MR Imaging DD 001", as_bytes=False, **tags):
    def edit(dataset):
        dataset.Manufacturer = "Philips Medical Systems"
        if creator:
            dataset.add_new((0x2005, block), "LO", creator)
        for element, value in ((0x0D, intercept), (0x0E, slope)):
            raw = np.float32(value).tobytes() if as_bytes else value
            dataset.add_new((0x2005, block << 8 | element), "UN" if as_bytes else "FL", raw)
        for keyword, value in tags.items():
            setattr(dataset, keyword, value)

    return edit


def read(tmp_path, edits):
    """The ADC after `edits(k)` of slice k from the foot, and its stored values."""
    t2_series(tmp_path)
    files = adc_series(tmp_path)
    values = stored(files).astype(np.float64)
    for k, path in enumerate(reversed(files)):
        change(path, edits(k))
    return read_study(tmp_path).volumes["ADC"], values


def slopes(k):
    return 0.5 + 0.05 * k


LUT = {"RealWorldValueLUTData": [1.0, 2.0, 4.0]}
APPLIED = {
    "another real world slope a slice": (lambda k: mapped(mapping(slopes(k), -3.0)), lambda v, k: v * slopes(k) - 3),
    "real world beside an identity": (
        lambda _k: mapped(mapping(2.0), RescaleSlope=1, RescaleIntercept=0),
        lambda v, _k: v * 2,
    ),
    "one meaning twice": (lambda _k: mapped(mapping(2.0), mapping(2.0)), lambda v, _k: v * 2),
    "both say the same": (
        lambda _k: mapped(mapping(2.0, 5.0), RescaleSlope=2, RescaleIntercept=5),
        lambda v, _k: v * 2 + 5,
    ),
    "the same in two units": (
        lambda _k: mapped(mapping(2e-6, 0.0, "mm2/s"), RescaleSlope=2, RescaleIntercept=0),
        lambda v, _k: v * 2e-6,
    ),
    "empty rescale": (
        lambda _k: lambda d: (setattr(d, "RescaleSlope", None), setattr(d, "RescaleIntercept", None)),
        lambda v, _k: v,
    ),
    "slope without intercept": (lambda _k: lambda d: setattr(d, "RescaleSlope", 3), lambda v, _k: v * 3),
    "another rescale a slice": (lambda k: lambda d: setattr(d, "RescaleSlope", slopes(k)), lambda v, k: v * slopes(k)),
    "Philips slopes alone": (lambda k: philips(slopes(k), 7.0), lambda v, k: (v - 7) / slopes(k)),
    "Philips slopes as bytes in another block": (
        lambda k: philips(slopes(k), block=0x12, as_bytes=True),
        lambda v, k: v / slopes(k),
    ),
    "Philips slopes without their owner": (lambda k: philips(slopes(k), creator=""), lambda v, k: v / slopes(k)),
    "Philips slopes beside a rescale": (
        lambda _k: philips(0.25, RescaleSlope=1.5, RescaleIntercept=0),
        lambda v, _k: v * 1.5,
    ),
}


@pytest.mark.parametrize("scale", APPLIED)
def test_a_scale_of_one_meaning_is_applied(tmp_path, scale):
    edits, true = APPLIED[scale]
    volume, values = read(tmp_path, edits)
    expected = np.stack([true(slice_, k) for k, slice_ in enumerate(values)])
    assert not isinstance(volume, Refusal), volume
    assert np.allclose(volume.voxels, expected, rtol=1e-6, atol=1e-9)


REFUSED = {
    "two meanings": (lambda _k: mapped(mapping(1.0), mapping(2.0)), "maps its values in 2 ways that differ"),
    "two units": (lambda _k: mapped(mapping(1.0), mapping(1.0, unit="mm2/s")), "maps its values in 2 ways"),
    "a table": (lambda _k: mapped(mapping(1.0, **LUT)), "by a table (RealWorldValueLUTData (0040,9212))"),
    "no slope": (lambda _k: mapped(Dataset()), "without RealWorldValueSlope (0040,9225)"),
    "slope 0": (lambda _k: mapped(mapping(0.0)), "has a RealWorldValueSlope (0040,9225) of 0"),
    "outside its range": (lambda _k: mapped(mapping(2.0, last=500)), "outside the range that RealWorldValueMapping"),
    "real world against rescale": (
        lambda _k: mapped(mapping(2.0), RescaleSlope=3, RescaleIntercept=0),
        "two scales that contradict each other, RescaleSlope (0028,1053) and RealWorldValueMappingSequence",
    ),
    "Philips against an identity": (
        lambda _k: philips(0.25, RescaleSlope=1, RescaleIntercept=0),
        "RescaleSlope (0028,1053) and Philips' (2005,100E)",
    ),
    "Philips against rescale, slice by slice": (
        lambda k: philips(slopes(k), RescaleSlope=1.5, RescaleIntercept=0),
        "change against each other",
    ),
    "rescale of 0": (lambda _k: lambda d: setattr(d, "RescaleSlope", 0), "has a RescaleSlope (0028,1053) of 0"),
    "a modality table": (
        lambda _k: lambda d: setattr(d, "ModalityLUTSequence", Sequence([Dataset()])),
        "by a table (ModalityLUTSequence (0028,3000))",
    ),
    "mixed units": (
        lambda k: mapped(mapping(1.0, unit="um2/s" if k else "mm2/s")),
        "states different units in its slices",
    ),
}


@pytest.mark.parametrize("scale", REFUSED)
def test_contradictory_scales_are_refused_by_tag(tmp_path, scale):
    edits, sentence = REFUSED[scale]
    volume, _ = read(tmp_path, edits)
    assert isinstance(volume, Refusal)
    assert volume.sentence.startswith("Series 7 ")
    assert sentence in volume.sentence


@pytest.mark.parametrize("signed", [False, True])
def test_an_implicit_file_says_the_range_in_bytes(tmp_path, signed):
    t2_series(tmp_path)
    files = adc_series(tmp_path)
    values = stored(files)
    for path in files:
        dataset = pydicom.dcmread(path)
        item = mapping(2.0, first=0, last=1000)
        for end, value in (("First", -5 if signed else 0), ("Last", 1000)):
            keyword = f"RealWorldValue{end}ValueMapped"
            item[keyword] = pydicom.DataElement(pydicom.datadict.tag_for_keyword(keyword), "SS", value)
        dataset.RealWorldValueMappingSequence = Sequence([item])
        dataset.PixelRepresentation = int(signed)
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2"
        pydicom.dcmwrite(path, dataset, implicit_vr=True, little_endian=True, enforce_file_format=True)
    assert np.array_equal(read_study(tmp_path).volumes["ADC"].voxels, values * 2.0)


def test_the_unit_of_the_values_is_told(tmp_path):
    volume, _ = read(tmp_path, lambda _k: mapped(mapping(1e-6, unit="mm2/s")))
    assert volume.unit == "mm2/s"


def test_pydicom_agrees_on_rescale_per_slice(tmp_path):
    t2_series(tmp_path)
    files = adc_series(tmp_path)
    for k, path in enumerate(files):
        change(path, lambda d, k=k: (setattr(d, "RescaleSlope", slopes(k)), setattr(d, "RescaleIntercept", k)))
    expected = [pydicom.pixels.apply_rescale(d.pixel_array, d) for d in map(pydicom.dcmread, reversed(files))]
    assert np.allclose(read_study(tmp_path).volumes["ADC"].voxels, np.stack(expected), rtol=1e-6)
