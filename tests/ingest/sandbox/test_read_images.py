"""The guard: what others made is read whole and unharmed, or refused with a sentence that names the file."""

import gzip
import os
import struct
import time

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from backend.errors import BadFile, Refusal
from backend.ingest.sandbox.read_images import Limits, read_images
from tests.ingest.files import volume


def refusals(files, root, limits=None):
    """Name -> sentence; fails where a file is accepted."""
    results = read_images(files, [root], limits)
    accepted = [name for name, result in results.items() if not isinstance(result, Refusal)]
    assert accepted == []
    return {name: result.sentence for name, result in results.items() if isinstance(result, Refusal)}


def one_image(path, root):
    return read_images({"image": path}, [root])["image"]


def cuts(size, count):
    """Lengths from nothing to one byte short, dense at both ends."""
    return sorted({int(size * k / count) for k in range(count)} | {1, 100, 347, 348, 352, size - 1, size - 8} - {size})


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".mha", "_packed.mha"])
def test_every_truncation_is_refused(tmp_path, suffix):
    whole = tmp_path / f"whole{suffix}"
    sitk.WriteImage(volume(), str(whole), useCompression="packed" in suffix)
    content = whole.read_bytes()
    files = {}
    for length in cuts(len(content), 100):
        path = tmp_path / f"cut{length}{suffix}"
        path.write_bytes(content[:length])
        files[str(length)] = path
    sentences = refusals(files, tmp_path)
    assert len(sentences) >= 100
    assert all(files[name].name in sentence for name, sentence in sentences.items())
    assert not isinstance(read_images({"whole": whole}, [tmp_path])["whole"], Refusal)


def test_damage_inside_a_compressed_file_is_refused(tmp_path):
    files = {}
    for suffix in (".nii.gz", ".mha"):
        whole = tmp_path / f"whole{suffix}"
        sitk.WriteImage(volume(), str(whole), useCompression=True)
        content = bytearray(whole.read_bytes())
        for at in np.linspace(len(content) * 0.3, len(content) - 9, 20).astype(int):
            damaged = content.copy()
            damaged[at] ^= 0x10
            files[f"{suffix}{at}"] = tmp_path / f"damaged{at}{suffix}"
            files[f"{suffix}{at}"].write_bytes(damaged)
    assert len(refusals(files, tmp_path)) == 40


@pytest.mark.parametrize("kind", ["u1", "i2", "u2", "i4", "f4", "f8"])
def test_sound_files_are_read_as_an_independent_reader_reads_them(tmp_path, kind):
    image = volume(kind=np.dtype(kind).type)
    image.SetDirection((0.0, 1.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0))
    paths = {suffix: tmp_path / f"image{suffix}" for suffix in (".nii", ".nii.gz", ".mha")}
    for path in paths.values():
        sitk.WriteImage(image, str(path))
    expected = sitk.GetArrayFromImage(image)
    results = read_images(paths, [tmp_path])
    for guarded in results.values():
        assert not isinstance(guarded, Refusal)
        assert np.array_equal(sitk.GetArrayFromImage(guarded.image), expected)
        assert np.allclose(guarded.image.GetDirection(), image.GetDirection(), atol=1e-6)
        assert guarded.image.GetOrigin() == pytest.approx(image.GetOrigin())
    other = nibabel.load(paths[".nii.gz"])
    assert np.array_equal(np.asarray(other.dataobj).T, expected)


@pytest.mark.parametrize("second", [False, True], ids=["nifti-1", "nifti-2"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_both_nifti_versions_and_byte_orders_are_read(tmp_path, order, second):
    array = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)
    kind = nibabel.Nifti2Image if second else nibabel.Nifti1Image
    header = kind.header_class(endianness=order)
    header.set_data_dtype(np.int16)
    path = tmp_path / "a name with spaces and ü.nii.gz"
    nibabel.save(kind(array, np.diag((-2.0, -2.0, 3.0, 1.0)), header), path)
    image = one_image(path, tmp_path).image
    assert np.array_equal(sitk.GetArrayFromImage(image), array.T)
    assert image.GetSpacing() == pytest.approx((2, 2, 3))


def nifti_with(tmp_path, name, form, at, *values):
    """A sound NIfTI file with one header field overwritten."""
    path = tmp_path / f"{name}.nii"
    sitk.WriteImage(volume(kind=np.float32), str(path))
    content = bytearray(path.read_bytes())
    struct.pack_into("<" + form, content, at, *values)
    path.write_bytes(content)
    return path


def test_impossible_nifti_headers_are_refused(tmp_path):
    nan = float("nan")
    changes = {
        "zero-spacing": ("f", 80, 0.0),
        "nan-spacing": ("f", 84, nan),
        "metre-spacing": ("f", 88, 5000.0),
        "nan-sform": ("f", 280, nan),
        "flat-sform": ("4f", 280, 0.0, 0.0, 0.0, 0.0),
        "nan-quaternion": ("f", 256, nan),
        "far-away": ("2h36x7f", 252, 0, 1, 1.0, 0.0, 0.0, 1e9, 0.0, 1.0, 0.0),
        "two-orientations": ("f", 292, 7.0),
        "huge": ("3h", 42, 30000, 30000, 30000),
        "negative": ("h", 42, -5),
        "two-d": ("h", 40, 2),
        "several-volumes": ("5h", 40, 4, 24, 22, 9, 2),
        "complex": ("h", 70, 32),
        "wrong-bits": ("h", 72, 8),
        "voxels-in-header": ("f", 108, 100.0),
        "pair": ("4s", 344, b"ni1\0"),
        "no-magic": ("4s", 344, b"\0\0\0\0"),
        "infinite-scale": ("f", 112, float("inf")),
    }
    files = {name: nifti_with(tmp_path, name, *change) for name, change in changes.items()}
    files["several-volumes"].write_bytes(files["several-volumes"].read_bytes() * 2)
    sentences = refusals(files, tmp_path)
    assert set(sentences) == set(changes)
    assert "spacing" in sentences["zero-spacing"]
    assert "two orientations" in sentences["two-orientations"]


def mha(**changes):
    """An uncompressed .mha as text header and voxels."""
    fields = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "CompressedData": "False",
        "TransformMatrix": "1 0 0 0 1 0 0 0 1",
        "Offset": "0 0 0",
        "ElementSpacing": "1 1 3",
        "DimSize": "4 5 6",
        "ElementType": "MET_FLOAT",
        "ElementDataFile": "LOCAL",
        **changes,
    }
    return "".join(f"{key} = {value}\n" for key, value in fields.items() if value is not None).encode()


def test_metaimage_headers_that_point_elsewhere_or_lie_are_refused(tmp_path):
    voxels = np.ones(120, "<f4").tobytes()
    headers = {
        "passwd": mha(ElementDataFile="/etc/passwd"),
        "list": mha(ElementDataFile="LIST"),
        "pattern": mha(ElementDataFile="slice%03d.raw 1 6 1"),
        "more": mha(DimSize="4 5 7"),
        "huge": mha(DimSize="40000 50000 60000"),
        "words": mha(DimSize="four 5 6"),
        "two-d": mha(NDims="2", DimSize="4 5"),
        "vector": mha(ElementNumberOfChannels="3"),
        "text": mha(BinaryData="False"),
        "gap": mha(HeaderSize="-1"),
        "flat": mha(TransformMatrix="1 0 0 0 1 0 0 0 0"),
        "skewed": mha(TransformMatrix="1 0 0 0.5 1 0 0 0 1"),
        "zero": mha(ElementSpacing="0 1 3"),
        "nan": mha(Offset="nan 0 0"),
        "no-type": mha(ElementType=None),
        "no-end": mha(ElementDataFile=None),
        "falsely-packed": mha(CompressedData="True"),
    }
    files = {}
    for name, header in headers.items():
        files[name] = tmp_path / f"{name}.mha"
        files[name].write_bytes(header + voxels)
    sentences = refusals(files, tmp_path)
    assert "points at another file" in sentences["passwd"]
    assert "root:" not in sentences["passwd"]
    sound = tmp_path / "sound.mha"
    sound.write_bytes(mha() + voxels)
    assert sitk.GetArrayFromImage(one_image(sound, tmp_path).image).sum() == 120


def test_paths_outside_the_roots_and_what_is_no_file_are_refused(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    secret = outside / "secret.nii"
    sitk.WriteImage(volume(), str(secret))
    os.symlink(secret, inside / "link.nii")
    os.mkfifo(inside / "pipe.nii")
    (inside / "empty.nii").touch()
    (inside / "image.nrrd").write_bytes(b"NRRD0004\ndata file: /etc/passwd\n\n")
    (inside / "renamed.nii").write_bytes(b"MZ" + bytes(2000))
    files = {
        "outside": secret,
        "dots": inside / ".." / "out" / "secret.nii",
        "link": inside / "link.nii",
        "pipe": inside / "pipe.nii",
        "device": type(secret)("/dev/zero"),
        "missing": inside / "none.nii",
        "empty": inside / "empty.nii",
        "nrrd": inside / "image.nrrd",
        "renamed": inside / "renamed.nii",
        "nul": inside / "a\0b.nii",
    }
    start = time.monotonic()
    sentences = refusals(files, inside)
    assert time.monotonic() - start < 10
    assert not any(str(tmp_path) in sentence for sentence in sentences.values())
    assert "outside the folders" in sentences["link"]
    assert "no regular file" in sentences["pipe"]


@pytest.mark.parametrize("source", ["image.nii.gz", "image.dcm"])
@pytest.mark.parametrize("ending", [".mha", ".mhd"])
def test_what_itk_carries_over_from_other_formats_is_no_damage(tmp_path, source, ending):
    given = volume() if source.endswith("gz") else volume(size=(24, 22, 1))
    sitk.WriteImage(sitk.Cast(given, sitk.sitkUInt16), str(tmp_path / source))
    converted = sitk.ReadImage(str(tmp_path / source))
    assert converted.GetMetaDataKeys()
    sitk.WriteImage(converted, str(tmp_path / f"converted{ending}"))
    read = one_image(tmp_path / f"converted{ending}", tmp_path).image
    assert np.array_equal(sitk.GetArrayFromImage(read), sitk.GetArrayFromImage(converted))


def test_bombs_end_in_a_sentence_and_do_not_harm_their_neighbours(tmp_path):
    sound = tmp_path / "sound.nii.gz"
    sitk.WriteImage(volume(), str(sound))
    head = gzip.decompress(sound.read_bytes())[:352]
    bomb = tmp_path / "bomb.nii.gz"
    with gzip.open(bomb, "wb", compresslevel=1) as file:
        file.write(head + bytes(300 * 2**20))
    limits = Limits(file_bytes=64 * 2**20, memory_bytes=2**30)
    results = read_images({"bomb": bomb, "sound": sound}, [tmp_path], limits)
    assert isinstance(results["bomb"], BadFile)
    assert "more bytes than its header promises" in results["bomb"].sentence
    assert not isinstance(results["sound"], Refusal)


def test_hash_is_of_the_file_as_it_lies(tmp_path):
    import hashlib

    path = tmp_path / "image.nii.gz"
    sitk.WriteImage(volume(), str(path))
    assert one_image(path, tmp_path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
