"""Files that are no state dict: named as what they are, and never run or unpacked."""

import gzip
import io
import os
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from backend.errors import BadCheckpoint
from tests.science.encoders.readers.small_model import read, same, state


class Hostile:
    """Would make a file where it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.marker),)


def content(make: object, **options: bool) -> bytes:
    buffer = io.BytesIO()
    torch.save(make, buffer, **options)
    return buffer.getvalue()


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("weights.pt"))
    return buffer.getvalue()


def zipped(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def scripted() -> bytes:
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.ones(1, 2)), buffer)
    return buffer.getvalue()


def npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ones(3))
    return buffer.getvalue()


WHOLE = content({"model": state()})
SAFE = safetensors.torch.save(state())
KINDS: list[tuple[str, bytes, str]] = [
    ("empty", b"", r"is empty \(0 bytes\)"),
    ("gz", gzip.compress(WHOLE, mtime=0), "is a gzip archive; unpack it with gunzip"),
    ("tar", tarred(), "is a tar archive; unpack it"),
    ("lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a Git LFS pointer, not the weights"),
    ("html", b"<!DOCTYPE html><html></html>", "is a web page"),
    ("hdf5", b"\x89HDF\r\n\x1a\n", r"is an HDF5 file \(Keras or TensorFlow\)"),
    ("npy", npy(), "is a NumPy array"),
    ("pickle", pickle.dumps({"model": 1}), "a Python pickle that torch.save did not write; it was not unpickled"),
    ("text", b"epoch,loss\n1,0.5\n", r"begins with b'epoch,lo': neither a file of torch.save .* save the weights"),
    ("onnx", b"\x08\x09\x12\x07pytorch\x1a\x032.13", "is an ONNX model, a program with its weights: embed with it"),
    ("cut zip", WHOLE[: len(WHOLE) // 2], "list of contents cannot be read .*; it is not complete"),
    ("cut legacy", content(state(), _use_new_zipfile_serialization=False)[:-20], "torch cannot read it"),
    ("cut safetensors", SAFE[:-4], rf"has {len(SAFE) - 4} bytes where its safetensors header says {len(SAFE)};"),
    ("cut header", SAFE[:40], "has 40 bytes where its safetensors header says [0-9]+ or more"),
    ("other zip", zipped({"a.xml": b"x"}), r"zip archive that torch.save did not write \(it holds a.xml\)"),
    ("bomb", zipped({"a/data.pkl": bytes(10_000_000)}), "would unpack to 10000000; torch.save does not compress"),
    ("module", content(torch.nn.Linear(2, 2)), "pickled module .*Linear.*`module = torch.load.*`, then `torch.save"),
    ("legacy module", content(torch.nn.Linear(2, 2), _use_new_zipfile_serialization=False), "is a pickled module"),
    ("object", content({"model": state(), "when": Path}), "asks for pathlib.Path, which is neither weights"),
]


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.parametrize(("name", "data", "words"), KINDS, ids=[kind[0] for kind in KINDS])
def test_it_is_named(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    path = tmp_path / "given.pth"
    path.write_bytes(data)
    with pytest.raises(BadCheckpoint, match=words) as caught:
        read(path)
    assert str(tmp_path) not in caught.value.sentence
    assert "would run code" not in caught.value.sentence


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_a_torchscript_archive_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "given.pt").write_bytes(scripted())
    with pytest.raises(BadCheckpoint, match=r"TorchScript archive.*`module = torch.jit.load\(.given.pt.\)`, then"):
        read(tmp_path / "given.pt")


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("place", ["model", "beside", "whole"])
def test_a_hostile_pickle_is_never_run(tmp_path: Path, legacy: bool, place: str) -> None:
    marker = tmp_path / "ran"
    bad = Hostile(marker)
    made = {"model": {"model": bad}, "beside": {"model": state(), "args": bad}, "whole": bad}[place]
    (tmp_path / "a.pt").write_bytes(content(made, _use_new_zipfile_serialization=not legacy))
    with pytest.raises(BadCheckpoint, match=r"asks for \w+.mkdir, which is neither weights .* nothing of it was run"):
        read(tmp_path / "a.pt")
    assert not marker.exists()
    torch.load(tmp_path / "a.pt", weights_only=False)  # the payload is real
    assert marker.exists()


class Forged:
    """A numpy array as a hostile pickle would describe it: objects, with raw bytes as their addresses."""

    def __reduce__(self) -> tuple[object, ...]:
        from numpy._core.multiarray import _reconstruct

        return _reconstruct, (np.ndarray, (0,), b"b"), (1, (1,), np.dtype("O"), False, b"\x01" * 8)


def test_numpy_values_are_plain_numbers_or_nothing(tmp_path: Path) -> None:
    torch.save(
        {"model": state(), "forged": Forged(), "names": np.array(["a", "b"]), "o": np.array([{}])}, tmp_path / "a"
    )
    assert same(read(tmp_path / "a"))


def test_a_header_length_that_looks_like_another_kind_is_still_safetensors(tmp_path: Path) -> None:
    for start in (b"\x80\x02", b"PK", b"\x1f\x8b"):
        wanted = int.from_bytes(start, "little")
        length = int.from_bytes(SAFE[:8], "little")
        padded = wanted.to_bytes(8, "little") + SAFE[8 : 8 + length].ljust(wanted) + SAFE[8 + length :]
        (tmp_path / "a.safetensors").write_bytes(padded)
        assert same(read(tmp_path / "a.safetensors"))
