"""Series told apart on files: by vendors' private tags, by what ImageType says of a map, by a protocol's name."""

import numpy as np

from backend.ingest.dicom.read_study import read_study
from tests.ingest.dicom.series_files import adc_series, change, stored, t2_series
from tests.ingest.dicom.test_b_value import csa
from tests.ingest.files import write_series

MAGNITUDE = ["ORIGINAL", "PRIMARY", "M_SE", "M", "SE"]


def taken(folder):
    """Modality -> key of the series taken."""
    return {modality: choice["series"] for modality, choice in read_study(folder).choices.items()}


def tagged(files, *tags, **keywords):
    """Adds private tags (number, VR, value) and keywords to every file."""

    def edit(dataset):
        for number, kind, value in tags:
            dataset.add_new(number, kind, value)
        for name, value in keywords.items():
            setattr(dataset, name, value)

    for path in files:
        change(path, edit)
    return files


def philips(folder, name, b_value, direction):
    files = write_series(folder / name, 8, "DWI", MAGNITUDE, uid="1.2.9")
    return tagged(files, (0x20011003, "FL", b_value), (0x20011004, "CS", direction))


def test_the_isotropic_image_of_philips_private_tags(tmp_path):
    for name, b_value, direction in (("none", 0.0, "N"), ("x", 1000.0, "P"), ("y", 1000.0, "M"), ("z", 1000.0, "S")):
        philips(tmp_path, name, b_value, direction)
    mean = philips(tmp_path, "mean", 1000.0, "I")
    for k, path in enumerate(mean):
        change(path, lambda dataset, k=k: setattr(dataset, "PixelData", np.full((22, 24), 7 + k, "<u2").tobytes()))
    volume = read_study(tmp_path).volumes["DWI"]
    assert np.array_equal(volume.voxels, stored(mean))


def test_b_values_of_the_csa_header_and_of_the_sequences_name(tmp_path):
    low = write_series(tmp_path / "low", 5, "diffusion", MAGNITUDE)
    high = write_series(tmp_path / "high", 6, "diffusion", MAGNITUDE)
    tagged(low, (0x00291010, "OB", csa(B_value="50")))
    tagged(high, (0x00291010, "OB", csa(B_value="800", DiffusionDirectionality="ISOTROPIC")))
    assert taken(tmp_path)["DWI"] == "6"
    tagged(write_series(tmp_path / "higher", 7, "diffusion", MAGNITUDE), SequenceName="*ep_b1500t")
    assert taken(tmp_path)["DWI"] == "7"


def test_maps_of_one_series_are_told_apart_by_image_type(tmp_path):
    maps = write_series(tmp_path / "adc", 7, "dwi", ["DERIVED", "PRIMARY", "ADC", "ADC"], uid="1.2.9")
    for name, kind in (
        ("exp", ["DERIVED", "PRIMARY", "EADC", "EADC"]),
        ("phase", ["ORIGINAL", "PRIMARY", "PHASE MAP"]),
    ):
        for k, path in enumerate(write_series(tmp_path / name, 7, "dwi", kind, uid="1.2.9")):
            change(path, lambda dataset, k=k: setattr(dataset, "PixelData", np.full((22, 24), k, "<u2").tobytes()))
    study = read_study(tmp_path)
    assert np.array_equal(study.volumes["ADC"].voxels, stored(maps))
    why = {each["why"] for each in study.candidates}
    assert why == {"an ADC map by ImageType", "an exponential map, no ADC", "a phase, real or imaginary image"}


def test_echo_times_and_protocols_tell_where_descriptions_are_gone(tmp_path):
    tagged(t2_series(tmp_path), SeriesDescription="", ProtocolName="", ScanningSequence="SE", EchoTime=104.0)
    tagged(adc_series(tmp_path), SeriesDescription="")
    tagged(write_series(tmp_path / "dwi", 8, "", MAGNITUDE), ProtocolName="DWI_b1400")
    assert taken(tmp_path) == {"T2": "4", "ADC": "7", "DWI": "8"}
    assert "1400 s/mm2" in read_study(tmp_path).choices["DWI"]["reason"]


def test_a_secondary_capture_with_a_place_is_not_taken(tmp_path):
    tagged(t2_series(tmp_path), SOPClassUID="1.2.840.10008.5.1.4.1.1.7")
    study = read_study(tmp_path)
    assert [each["why"] for each in study.candidates] == ["a secondary capture"]
    assert study.volumes["T2"].finding == "series_undecided"
