"""What a file is, from its first bytes. What holds no weights is refused under the name of what it is."""

import json
import zipfile
from pathlib import Path
from typing import Literal

from backend.errors import BadCheckpoint

Kind = Literal["zip", "legacy", "safetensors"]

LEGACY_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"
"""torch's magic number as pickle writes it; the pickle's protocol stands before it."""
LARGEST_RATIO = 4
"""torch.save does not compress. Entries that unpack to more than this times the file are a zip bomb."""
LONGEST_HEADER = 100_000_000
ONNX_NEXT = (b"\x12", b"\x1a", b"\x22", b"\x3a", b"\x42")
"""What follows the version in an ONNX file: the tag of its producer, domain, graph or opset."""

OTHER_KINDS = {
    b"\x1f\x8b": "is a gzip archive; unpack it with gunzip and give the file inside",
    b"BZh": "is a bzip2 archive; unpack it with bunzip2 and give the file inside",
    b"\xfd7zXZ": "is an xz archive; unpack it with unxz and give the file inside",
    b"\x28\xb5\x2f\xfd": "is a Zstandard archive; unpack it with unzstd and give the file inside",
    b"7z\xbc\xaf": "is a 7-Zip archive; unpack it and give the file inside",
    b"\x89HDF": "is an HDF5 file (Keras or TensorFlow); save the weights of the PyTorch model instead",
    b"\x93NUMPY": "is a NumPy array, not a checkpoint; give the file that the training saved",
    b"version https://git-lfs": "is a Git LFS pointer, not the weights; run git lfs pull and give the file again",
    b"<!DOCTYPE": "is a web page, not a checkpoint; download the file itself",
    b"<!doctype": "is a web page, not a checkpoint; download the file itself",
    b"<html": "is a web page, not a checkpoint; download the file itself",
}

SAVE_SCRIPTED = (
    'Save its state dict where it was made: `module = torch.jit.load("{name}")`, then '
    '`torch.save(module.state_dict(), "weights.pt")`.'
)


def kind_of(path: Path) -> Kind:
    """How to read the file. Raises BadCheckpoint, naming what it is, where it cannot hold a state dict."""
    name = path.name
    with path.open("rb") as file:
        head = file.read(512)
    size = path.stat().st_size
    if not head:
        raise BadCheckpoint(f"{name} is empty (0 bytes); copy or download it again.")
    length = int.from_bytes(head[:8], "little")
    if head[8:9] == b"{" and length <= LONGEST_HEADER:  # first: the length's own bytes may look like anything
        return "safetensors"
    for magic, sentence in OTHER_KINDS.items():
        if head.startswith(magic):
            raise BadCheckpoint(f"{name} {sentence}.")
    if head[257:262] == b"ustar":
        raise BadCheckpoint(f"{name} is a tar archive; unpack it and give the file with the weights inside.")
    if head.startswith(b"PK"):
        check_zip(path, size)
        return "zip"
    if head[:1] == b"\x80":
        if head[2 : 2 + len(LEGACY_MAGIC)] == LEGACY_MAGIC:
            return "legacy"
        raise BadCheckpoint(
            f"{name} is a Python pickle that torch.save did not write; it was not unpickled, because that can run "
            "code. Save the state dict with torch.save or safetensors."
        )
    if head[0] == 8 and 0 < head[1] < 32 and (path.suffix == ".onnx" or head[2:3] in ONNX_NEXT):
        raise BadCheckpoint(
            f"{name} is an ONNX model, a program with its weights: embed with it by `radiomiclens embed --arch onnx`, "
            "or save the state dict of the module it was made from."
        )
    raise BadCheckpoint(
        f"{name} begins with {head[:8]!r}: neither a file of torch.save (zip, or the older format) nor safetensors; "
        'save the weights where it was made: `torch.save(module.state_dict(), "weights.pt")`.'
    )


def check_zip(path: Path, size: int) -> None:
    """Raise BadCheckpoint for a zip archive that is cut short, no file of torch.save, or far larger unpacked."""
    name = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise BadCheckpoint(
            f"{name} begins as a zip archive (torch.save) but its list of contents cannot be read ({error}); it is "
            "not complete, copy or download it again."
        ) from error
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > LARGEST_RATIO * size:
        raise BadCheckpoint(
            f"{name} is a zip archive of {size} bytes that would unpack to {unpacked}; torch.save does not compress. "
            "Nothing was unpacked."
        )
    inside = {entry.filename.partition("/")[2] for entry in entries}
    if "constants.pkl" in inside or any(each.startswith("code/") for each in inside):
        said = SAVE_SCRIPTED.format(name=name)
        raise BadCheckpoint(
            f"{name} is a TorchScript archive: a compiled program with its weights. {said} Or embed with the program "
            "itself: `radiomiclens embed --arch torchscript`."
        )
    if "archive_format" in inside or any(each.startswith("models/") for each in inside):
        raise BadCheckpoint(
            f"{name} is a program saved by torch.export; save the state dict of the module it was made from."
        )
    if "data.pkl" not in inside:
        shown = ", ".join(sorted(entry.filename for entry in entries)[:3]) or "nothing"
        raise BadCheckpoint(
            f"{name} is a zip archive that torch.save did not write (it holds {shown[:120]}); unpack it and give the "
            "file with the weights, as torch.save or safetensors wrote it."
        )


def check_length(path: Path) -> None:
    """Raise BadCheckpoint where a safetensors file has another length than its header says."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(length)
    cut = 8 + length > size
    wanted = 8 + length + (0 if cut else last_byte(path.name, header))
    if cut or wanted != size:
        said = f"{wanted} or more" if cut else str(wanted)
        raise BadCheckpoint(
            f"{path.name} has {size} bytes where its safetensors header says {said}; it is not "
            "complete or was changed, copy or download it again."
        )


def last_byte(name: str, header: bytes) -> int:
    """Where the data of a safetensors file end, counted from its header's end. Raises BadCheckpoint."""
    try:
        entries = json.loads(header)
        return max((int(each["data_offsets"][1]) for key, each in entries.items() if key != "__metadata__"), default=0)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        said = f"The header of the safetensors file {name} is not readable JSON of tensors; copy it again."
        raise BadCheckpoint(said) from error
