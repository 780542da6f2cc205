"""The sandboxed process that opens files of others: `python -m backend.ingest.sandbox.sandbox_main SOCKET`.

It loads the libraries once and forks a limited child for every request: a file that exhausts memory, loops or crashes a
library takes only that child with it, and no child sees what another one left behind. A request and its answers are
files in memory whose descriptors come through the socket; when the socket closes, the process ends. Answers are frames:
8 bytes of length, a JSON line, then the voxels' bytes. No pickle crosses the border.
"""

import hashlib
import json
import os
import resource
import socket
import struct
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from backend.errors import BadFile, Refusal
from backend.ingest.formats.open_files import FileReader
from backend.ingest.rejection import finding_of

SPACING_MM = (0.01, 100.0)
MAX_ORIGIN_MM = 1e5
FILES = tuple(f"backend.ingest.formats.{name}" for name in ("read_image", "metaimage", "nifti", "nrrd", "right_angles"))
STUDIES = ("backend.ingest.dicom.read_study", "gdcm", "backend.ingest.formats.right_angles")
"""Modules that are imported before the first file, or the first folder, so that no child has to import them."""
IMAGES_PER_STUDY = 6
"""One a modality and one a mask; the answers to a study hold so many images."""
EXIT_FAILED = 1


def main() -> None:
    """Serves requests until the other end closes; each answers with the status its child ended with."""
    with socket.socket(fileno=int(sys.argv[1])) as door:
        while True:
            kinds, descriptors, _, _ = socket.recv_fds(door, 1, 2)
            if not kinds:
                return
            for module in STUDIES if kinds == b"D" else FILES:
                import_module(module)
            child = os.fork()
            if not child:
                door.detach()
                _answer_and_exit(*descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
            _, status = os.waitpid(child, 0)
            door.sendall(struct.pack("<i", status))


def _answer_and_exit(request_file: int, answers: int) -> None:
    """Answer in the child process, and end it in every case."""
    try:
        with open(request_file, "rb") as request, open(answers, "wb") as out:
            _read(json.load(request), out.write, out.flush)
    except BaseException:
        os._exit(EXIT_FAILED)
    os._exit(0)


def _read(request: dict[str, Any], write: Callable[[bytes], Any], flush: Callable[[], None]) -> None:
    """Read every file of the request and write an answer for each."""
    limits = request["limits"]
    files = request["files"].values()
    _limit(limits, images=max(len(files), IMAGES_PER_STUDY, *map(_images, files)))
    warnings.simplefilter("ignore")
    for name, source in request["files"].items():
        _send(write, {"name": name, "state": "reading"})
        flush()  # so that a crash is attributed to this file
        reader = FileReader(limits["file_bytes"], request["sums"])
        try:
            if Path(source["path"]).is_dir():
                _send_study(write, name, source, reader)
            else:
                _send_file(write, name, source, reader)
        except Refusal as refusal:
            _send(write, _refused(name, refusal))
        except MemoryError:
            _send(write, _too_large(name, source["path"]))


def _images(source: dict[str, Any]) -> int:
    """How many images and masks a source may answer."""
    protocol = source["protocol"] or {"modalities": (), "regions": ()}
    return len(protocol["modalities"]) + len(protocol["regions"])


def _protocol(source: dict[str, Any]) -> Any:
    from shared.schemas.protocol import Protocol

    return Protocol.model_validate(source["protocol"]) if source["protocol"] else None


def _refused(name: str, refusal: Refusal) -> dict[str, str]:
    return {"name": name, "state": "refused", "sentence": refusal.sentence, "finding": finding_of(refusal)}


def _send_file(write: Callable[[bytes], Any], name: str, source: dict[str, Any], reader: FileReader) -> None:
    from backend.ingest.formats.read_image import DICOM, checked_image
    from backend.ingest.formats.several_volumes import Volumes

    path, channel = Path(source["path"]), source["channel"]
    if isinstance(channel, dict):
        channel = Volumes(**channel | {"numbers": tuple(channel["numbers"])})
    if path.name.lower().endswith(DICOM):
        from backend.ingest.dicom.seg_file import checked_segmentation

        volume = checked_segmentation(path, reader)
    else:
        volume = checked_image(path, reader, channel)
    about: dict[str, Any] = {"sha256": reader.digest(), "integrity": reader.integrity(volume.packed)}
    about |= {"segments": {str(value): label for value, label in volume.segments.items()}, "notes": volume.notes}
    if isinstance(channel, Volumes) and channel.note:
        about["notes"] = volume.notes | {"volumes_averaged": channel.note}
    place = volume.placement
    geometry = place.spacing.tolist(), place.origin.tolist(), place.axes.ravel().tolist()
    _send_volume(write, name, volume.voxels, geometry, path.name, about)


def _send_study(write: Callable[[bytes], Any], name: str, source: dict[str, Any], reader: FileReader) -> None:
    from backend.ingest.dicom.read_study import read_study
    from backend.ingest.dicom.seg_placing import DRAWN

    study = read_study(Path(source["path"]), source["series"], reader, source["load"], _protocol(source))
    facts = {"choices": study.choices, "notes": study.notes, "scanner": study.scanner, "field_t": study.field_t}
    facts |= {"candidates": study.candidates, "undecided": study.undecided, "objects": study.objects}
    facts["references"] = study.references if source["references"] else {}
    _send(write, {"name": name, "state": "study", **facts})
    prefix = "" if name == "study" else f"{name}/"  # several studies may be asked for at once
    for modality, volume in study.volumes.items():
        if isinstance(volume, Refusal):
            _send(write, _refused(prefix + modality, volume))
            continue
        paths = [str(path) for path in volume.files]
        of_frames = b"".join(struct.pack("<I", frame) for frame in volume.frames)
        digest = hashlib.sha256(b"".join(reader.digests[path] for path in paths) + of_frames).hexdigest()
        listed = all(path in reader.sums for path in paths)
        about: dict[str, Any] = {
            "sha256": digest,
            "integrity": "manifest" if listed else "unverifiable",
            "reason": volume.reason,
        }
        about |= {"notes": volume.notes, "unit": volume.unit}
        geometry = volume.spacing, volume.origin, volume.direction
        shown = f"The mask {volume.key}" if modality.startswith(DRAWN) else f"Series {volume.key}"
        try:
            _send_volume(write, prefix + modality, volume.voxels, geometry, shown, about)
        except Refusal as refusal:
            _send(write, _refused(prefix + modality, refusal))


def _send_volume(
    write: Callable[[bytes], Any], name: str, voxels: Any, geometry: Any, shown: str, about: dict[str, Any]
) -> None:
    import numpy as np

    from backend.ingest.formats.right_angles import straightened

    spacing, origin, direction = geometry
    axes = np.array(direction).reshape(3, 3)
    if not (np.isfinite(spacing).all() and SPACING_MM[0] <= min(spacing) <= max(spacing) <= SPACING_MM[1]):
        raise BadFile(f"{shown} has a voxel spacing of {', '.join(f'{mm:g}' for mm in spacing)} mm; correct it.")
    if not (np.isfinite(origin).all() and np.abs(origin).max() < MAX_ORIGIN_MM):
        raise BadFile(f"{shown} lies {np.abs(origin).max():g} mm from the scanner's centre; correct its header.")
    array = np.ascontiguousarray(voxels)
    straight = straightened(axes, spacing, origin, array.shape[::-1], shown)
    if straight.sentence:
        about = about | {"notes": {**about.get("notes", {}), "straightened": straight.sentence}}
    header = {
        "name": name,
        "state": "read",
        "shape": array.shape,
        "dtype": array.dtype.newbyteorder("=").str,
        "spacing": spacing,
        "origin": straight.origin.tolist(),
        "direction": straight.axes.ravel().tolist(),
    } | about
    _send(write, header, array.astype(array.dtype.newbyteorder("="), copy=False).tobytes())


def _send(write: Callable[[bytes], Any], header: dict[str, Any], payload: bytes = b"") -> None:
    line = json.dumps(header).encode()
    write(struct.pack("<QQ", len(line), len(payload)) + line)
    write(payload)


def _too_large(name: str, path: str) -> dict[str, str]:
    sentence = f"{Path(path).name} needs more memory than reading one image may take."
    return {"name": name, "state": "refused", "sentence": sentence, "finding": "bad_file"}


def _limit(limits: dict[str, int], images: int) -> None:
    for what, value in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_s"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"] * 2 * images),  # the answers are one file
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))


if __name__ == "__main__":
    main()
