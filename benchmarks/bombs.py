"""Decompression bombs and oversized headers, and the cost of refusing them."""

import gzip
import resource
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from backend.errors import Refusal
from backend.ingest.sandbox.read_images import read_images


def bombs(folder: Path) -> Iterator[tuple[str, Path]]:
    """Make 22 files that claim or unpack to far more data than they have."""
    folder.mkdir(parents=True)
    nifti = bytearray(352)
    struct.pack_into("<i", nifti, 0, 348)
    struct.pack_into("<8h", nifti, 40, 3, 30_000, 30_000, 30_000, 1, 1, 1, 1)
    struct.pack_into("<2h", nifti, 70, 4, 16)
    struct.pack_into("<8f", nifti, 76, 1, 1, 1, 1, 1, 1, 1, 1)
    struct.pack_into("<f", nifti, 108, 352.0)
    nifti[344:348] = b"n+1\0"
    fits = bytearray(nifti)
    struct.pack_into("<8h", fits, 40, 3, 512, 512, 900, 1, 1, 1, 1)
    mha = (
        "ObjectType = Image\nNDims = 3\nDimSize = {0}\nElementSpacing = 1 1 1\nElementType = MET_{1}\n{2}"
        "ElementDataFile = LOCAL\n"
    )
    nrrd = (
        "NRRD0004\ntype: {1}\ndimension: 3\nspace: LPS\nsizes: {0}\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n"
        "space origin: (0,0,0)\nendian: little\nencoding: {2}\n\n"
    )
    zeros = {size: gzip.compress(bytes(size << 20), 1) for size in (90, 480, 1200)}
    deflated = zlib.compress(bytes(480 << 20), 1)
    made: dict[str, bytes] = {
        "declared.nii": bytes(nifti),
        "declared-packed.nii.gz": gzip.compress(bytes(nifti)),
        "zeros-90.nii.gz": gzip.compress(bytes(fits), 1) + zeros[90],
        "zeros-480.nii.gz": gzip.compress(bytes(fits), 1) + zeros[480],
        "zeros-1200.nii.gz": gzip.compress(bytes(fits), 1) + zeros[1200],
        "many-members.nii.gz": gzip.compress(bytes(fits), 1) + gzip.compress(bytes(1 << 20), 9) * 3000,
        "declared.mha": mha.format("30000 30000 3000", "SHORT", "").encode(),
        "declared-double.mha": mha.format("2000 2000 2000", "DOUBLE", "").encode(),
        "overflow.mha": mha.format("999999999 999999999 999999999", "SHORT", "").encode(),
        "zeros.mha": mha.format("512 512 900", "SHORT", "CompressedData = True\n").encode() + deflated,
        "endless-header.mha": b"Comment = " + b"x" * (64 << 20),
        "many-lines.mha": b"".join(b"Key%d = 1\n" % n for n in range(400_000)),
        "declared.nrrd": nrrd.format("30000 30000 3000", "short", "raw").encode(),
        "declared-gzip.nrrd": nrrd.format("2000 2000 900", "double", "gzip").encode() + zeros[90],
        "zeros.nrrd": nrrd.format("512 512 900", "short", "gzip").encode() + zeros[480],
        "overflow.nrrd": nrrd.format("999999999 999999999 999999999", "short", "raw").encode(),
        "endless-header.nrrd": b"NRRD0004\n# " + b"x" * (64 << 20),
        "bzip2.nrrd": nrrd.format("512 512 900", "short", "bzip2").encode(),
        "text.nrrd": nrrd.format("512 512 900", "short", "ascii").encode() + b"1 " * 1000,
        "nested.nii.gz": gzip.compress(zeros[480]),
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
        yield name, folder / name
    for name, size in (("sparse-20GB.nii", 20 << 30), ("sparse-20GB.mha", 20 << 30)):
        with (folder / name).open("wb") as file:
            file.write(bytes(nifti) if name.endswith("nii") else made["declared.mha"])
            file.truncate(size)
        yield name, folder / name


def peak_mb() -> float:
    """Peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def burst(folder: Path) -> tuple[int, int, float, float, float]:
    """(bombs refused, tried, slowest answer in s, the most CPU of one in s, growth of this process in MB)."""
    refused = tried = 0
    slowest = most_cpu = 0.0
    ready = list(bombs(folder))
    before = peak_mb()
    for _, path in ready:
        start, cpu = perf_counter(), _cpu_s()
        answer = read_images({"image": path}, [folder])["image"]
        most_cpu = max(most_cpu, _cpu_s() - cpu)
        slowest = max(slowest, perf_counter() - start)
        refused += isinstance(answer, Refusal)
        tried += 1
    return refused, tried, slowest, most_cpu, peak_mb() - before


def _cpu_s() -> float:
    """CPU seconds of all children of this process so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
