"""How files are packed and called: read by their bytes, or refused by the codec's name."""

import gzip
import struct
import zlib

import gdcm
import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

from backend.errors import BadFile, Refusal
from backend.ingest.cohort import ingest
from backend.ingest.dicom.read_study import read_study
from backend.ingest.formats.dicom_encoding import begins_as_dicom
from backend.ingest.sandbox.read_images import read_images
from tests.ingest.dicom.series_files import adc_series, change, stored, t2_series
from tests.ingest.files import write_dicom_study

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, silenced in the reading child
JPEG_LL, JPEG_LS, J2K = (
    gdcm.TransferSyntax.JPEGLosslessProcess14_1,
    gdcm.TransferSyntax.JPEGLSLossless,
    gdcm.TransferSyntax.JPEG2000Lossless,
)


def gdcm_packed(syntax):
    """Packs a file with GDCM."""

    def pack(path):
        reader = gdcm.ImageReader()
        reader.SetFileName(str(path))
        assert reader.Read()
        change_ = gdcm.ImageChangeTransferSyntax()
        change_.SetTransferSyntax(gdcm.TransferSyntax(syntax))
        change_.SetInput(reader.GetImage())
        assert change_.Change()
        writer = gdcm.ImageWriter()
        writer.SetFile(reader.GetFile())
        writer.SetImage(change_.GetOutput())
        writer.SetFileName(str(path))
        assert writer.Write()

    return pack


def rle(path):
    dataset = pydicom.dcmread(path)
    dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.save_as(path)


def rewritten(syntax, implicit, little):
    def write(path):
        dataset = pydicom.dcmread(path)
        if not little:
            dataset.PixelData = dataset.pixel_array.astype(">u2").tobytes()
            dataset["PixelData"].VR = "OW"
        dataset.file_meta.TransferSyntaxUID = syntax
        pydicom.dcmwrite(path, dataset, implicit_vr=implicit, little_endian=little, enforce_file_format=True)

    return write


def elements(path, implicit):
    """The bytes of a data set alone, without preamble and group 2."""
    dataset = pydicom.dcmread(path)
    if implicit:
        dataset.PixelPaddingValue = 0  # its kind is not named in an implicit file
    bare = FileDataset(None, dict(dataset), file_meta=dataset.file_meta)
    out = pydicom.filebase.DicomBytesIO()
    out.is_implicit_VR, out.is_little_endian = implicit, True
    pydicom.filewriter.correct_ambiguous_vr(bare, True)
    pydicom.filewriter.write_dataset(out, bare)
    return out.getvalue()


def bare(implicit):
    return lambda path: path.write_bytes(elements(path, implicit))


def only_group_2_gone(path):
    path.write_bytes(bytes(128) + b"DICM" + elements(path, True))


def deflated(path):
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    dataset.save_as(path, implicit_vr=False, little_endian=True)


def gzipped(path):
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


PACKINGS = {
    "JPEG lossless": gdcm_packed(JPEG_LL),
    "JPEG-LS": gdcm_packed(JPEG_LS),
    "JPEG 2000": gdcm_packed(J2K),
    "RLE": rle,
    "deflated": deflated,
    "implicit": rewritten(ImplicitVRLittleEndian, True, True),
    "big endian": rewritten(ExplicitVRBigEndian, False, False),
    "no preamble, implicit": bare(True),
    "no preamble, explicit": bare(False),
    "no group 2": only_group_2_gone,
    "gzip": gzipped,
}


@pytest.mark.parametrize("signed", [0, 12, 16])
@pytest.mark.parametrize("packing", PACKINGS)
def test_the_same_values_come_out_of_every_packing(tmp_path, packing, signed):
    """Values without a sign, and with one in 12 or 16 bits."""
    t2_series(tmp_path)
    files = adc_series(tmp_path)
    if signed:
        for k, path in enumerate(files):
            low = -(2 ** (signed - 1))
            values = np.random.default_rng(k).integers(low, -low, (22, 24)).astype("<i2")
            tags = {"PixelRepresentation": 1, "BitsStored": signed, "HighBit": signed - 1}
            tags["PixelData"] = values.tobytes()
            change(path, lambda d, tags=tags: [setattr(d, key, value) for key, value in tags.items()])
    expected = stored(files)
    for path in files:
        PACKINGS[packing](path)
    volume = read_study(tmp_path).volumes["ADC"]
    assert not isinstance(volume, Refusal), volume
    assert np.array_equal(volume.voxels, expected)
    assert volume.voxels.dtype == ("int16" if signed else "uint16")


def test_jpeg_lossless_is_unpacked_inside_the_sandbox(tmp_path):
    t2_series(tmp_path)
    files = adc_series(tmp_path)
    expected = stored(files)
    for path in files:
        gdcm_packed(JPEG_LL)(path)
    import SimpleITK as sitk

    answer = read_images({"study": tmp_path}, [tmp_path])["ADC"]
    assert np.array_equal(sitk.GetArrayFromImage(answer.image), expected)


@pytest.mark.parametrize(
    ("syntax", "words"),
    [
        ("1.2.840.10008.1.2.4.50", "JPEG baseline, which loses values"),
        ("1.2.840.10008.1.2.4.51", "JPEG extended, which loses values"),
        ("1.2.840.10008.1.2.4.102", "MPEG video"),
        ("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000"),
        ("1.2.840.113619.5.2", "a codec that is not known here"),
    ],
)
def test_other_codecs_are_refused_by_name(tmp_path, syntax, words):
    t2_series(tmp_path)
    for path in adc_series(tmp_path):
        dataset = pydicom.dcmread(path)
        dataset.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
        dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
        dataset.file_meta.TransferSyntaxUID = syntax
        pydicom.dcmwrite(path, dataset, implicit_vr=False, little_endian=True)
    sentence = read_study(tmp_path).volumes["ADC"].sentence
    assert (
        sentence
        == f"Series 7 is packed with {words} (transfer syntax {syntax}), which is not read; export it uncompressed."
    )


def test_damaged_jpeg_is_named_with_its_codec(tmp_path):
    t2_series(tmp_path)
    for path in adc_series(tmp_path):
        gdcm_packed(JPEG_LL)(path)
        change(path, lambda d: setattr(d, "PixelData", encapsulate([b"\xff\xd8\xff\xd9"])))
    assert "holds JPEG lossless data that cannot be unpacked" in read_study(tmp_path).volumes["ADC"].sentence


@pytest.mark.parametrize("syntax", [JPEG_LL, JPEG_LS, J2K])
def test_a_stream_of_another_size_is_refused_before_it_is_unpacked(tmp_path, syntax):
    t2_series(tmp_path)
    for path in adc_series(tmp_path):
        gdcm_packed(syntax)(path)
        dataset = pydicom.dcmread(path)
        stream = bytearray(get_frame(dataset.PixelData, 0))
        if syntax == J2K:
            struct.pack_into(">II", stream, stream.find(b"\xff\x51") + 6, 60000, 60000)
        else:
            frame = b"\xff\xf7" if syntax == JPEG_LS else b"\xff\xc3"
            struct.pack_into(">HH", stream, stream.find(frame) + 5, 60000, 60000)
        dataset.PixelData = encapsulate([bytes(stream)])
        dataset.save_as(path)
    assert "data of another size than its header declares" in read_study(tmp_path).volumes["ADC"].sentence


def test_a_sign_that_header_and_stream_deny_is_refused(tmp_path):
    t2_series(tmp_path)
    for path in adc_series(tmp_path):
        gdcm_packed(J2K)(path)
        change(path, lambda d: setattr(d, "PixelRepresentation", 1))
    assert "of the sign of its values one thing in its header" in read_study(tmp_path).volumes["ADC"].sentence


def test_a_bomb_of_deflated_elements_is_refused(tmp_path):
    (path,) = t2_series(tmp_path, slices=1)
    meta = struct.pack("<HH2sH", 2, 16, b"UI", 22) + b"1.2.840.10008.1.2.1.99"
    packer = zlib.compressobj(wbits=-15)
    packed = b"".join(packer.compress(bytes(2**22)) for _ in range(160)) + packer.flush()
    path.write_bytes(bytes(128) + b"DICM" + meta + packed)
    with pytest.raises(BadFile, match="unpacks to more than 537 MB"):
        read_study(tmp_path)


NAMES = {
    "numbered": "MR{k:06d}",
    "uid": "MR.1.2.840.113619.2.{k}",
    "bare": "slice {k}",
    "siemens": "{k:03d}.IMA",
    "ending": "{k:03d}.dicom",
    "foreign": "{k:03d}.img2",
}


@pytest.mark.parametrize("name", NAMES)
def test_files_of_any_name_are_known_by_their_bytes(tmp_path, name):
    write_dicom_study(tmp_path)
    for folder in (tmp_path / "dicom").iterdir():
        for k, path in enumerate(sorted(folder.iterdir())):
            path.rename(path.with_name(NAMES[name].format(k=k)))
        (folder / "._x.dcm").write_bytes(b"\0\5\x16\7 left by a Mac")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "1.dcm").write_bytes(b"\0\5\x16\7")
    (tmp_path / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    (result,) = ingest(tmp_path)
    assert sorted(result.native) == ["ADC", "DWI", "T2", "gland"]


@pytest.mark.parametrize("text", [b"", b"study,patient\n1,2\n" * 20, b"\x08\x00\x05\x00" + b"\xff" * 200, bytes(300)])
def test_other_bytes_are_no_dicom(text):
    assert not begins_as_dicom(text)


def test_a_text_among_slices_is_refused_for_what_was_looked_at(tmp_path):
    t2_series(tmp_path)
    (tmp_path / "t2" / "notes").write_text("no slice at all")
    with pytest.raises(BadFile, match=r"neither `DICM` nor a first DICOM element stands where it should"):
        read_study(tmp_path)
