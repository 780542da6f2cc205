"""Reads stored voxels back into images, in processes without a database."""

import gzip
import zlib
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

GZIP = 31
"""zlib's window bits for gzip with the largest window."""


def gzip_voxels(voxels: npt.NDArray[Any]) -> bytes:
    """Compress voxels in C order to gzip; the same voxels give the same bytes.

    Run lengths and Huffman codes only: MR noise has no repeats worth a search. 3 % larger, in half the time.
    """
    stream = zlib.compressobj(1, zlib.DEFLATED, GZIP, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    return stream.compress(np.ascontiguousarray(voxels).data) + stream.flush()


class BlobSource(Protocol):
    """Reads stored bytes by hash and checks them against it: a `BlobStore`, or a `BlobBundle` sent to a node."""

    def read(self, sha256: str) -> bytes:
        """The bytes of a hash; raises `NotFound` or `Damaged`."""


@dataclass(frozen=True, slots=True)
class StoredVolume:
    """One image or mask on its native grid; `size`, `spacing` (mm) and `origin` (mm) are x, y, z."""

    kind: str
    sha256: str
    dtype: str
    size: tuple[int, ...]
    spacing: tuple[float, ...]
    origin: tuple[float, ...]
    direction: tuple[float, ...]

    def image(self, source: BlobSource) -> sitk.Image:
        """The image or mask, its voxels read from `source`; raises `NotFound` or `Damaged`."""
        array = np.frombuffer(gzip.decompress(source.read(self.sha256)), dtype=np.dtype(self.dtype))
        image = sitk.GetImageFromArray(array.reshape(self.size[::-1]))
        image.SetSpacing(self.spacing)
        image.SetOrigin(self.origin)
        image.SetDirection(self.direction)
        return image
