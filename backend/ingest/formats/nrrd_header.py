"""The text header of an NRRD file: its fields, and what its axes are.

Only axes of space are taken; an axis of another kind may hold one sample. Source: the NRRD format definition.
"""

import re
from dataclasses import dataclass
from math import isfinite

import numpy as np

from backend.errors import BadFile
from backend.ingest.formats.file_volume import Placement, placed
from backend.ingest.limits import MAX_HEADER_BYTES

MAGIC = re.compile(r"NRRD000[1-5]")
FIELD = re.compile(r"(?P<key>[A-Za-z][A-Za-z -]*?): ?(?P<value>.*)")
PAIR = re.compile(r"(?P<key>[^:]+):=(?P<value>.*)")
SEGMENT = re.compile(r"Segment(?P<number>\d{1,3})_Name")
SPACES = {
    "left-posterior-superior": (1, 1, 1),
    "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
    "las": (1, -1, 1),
}
OF_SPACE = {"domain", "space", "???", "none"}
"""Kinds an axis with a direction in space may have; the last two say nothing."""
MM = {"mm", "millimeter", "millimeters", "millimetre", "millimetres", ""}


@dataclass(frozen=True)
class NrrdHeader:
    """Fields (keys small, without spaces), key/value pairs of other programs, and the byte where the voxels begin."""

    fields: dict[str, str]
    pairs: dict[str, str]
    start: int


def nrrd_header(content: bytes, name: str) -> NrrdHeader:
    """The header of a file, or of the first bytes of one. Raises BadFile."""
    head = re.match(rb"[^\0]*?\n\r?\n", content[:MAX_HEADER_BYTES])
    text = head[0].decode("latin-1") if head else content[:MAX_HEADER_BYTES].decode("latin-1")
    lines = text.splitlines()
    if not lines or not MAGIC.fullmatch(lines[0]):
        raise BadFile(f"{name} is not an NRRD file, or its header is damaged; copy it again.")
    fields: dict[str, str] = {}
    pairs: dict[str, str] = {}
    for line in lines[1:]:
        if not line or line.startswith("#"):
            continue
        if pair := PAIR.fullmatch(line):
            pairs[pair["key"]] = pair["value"].encode("latin-1").decode("utf-8", "replace")
            continue
        match = FIELD.fullmatch(line)
        key = match["key"].lower().replace(" ", "") if match else ""
        if not match or key in fields:
            raise BadFile(f"{name} has a damaged header line; write it again.")
        fields[key] = match["value"].strip()
    if head is None and "datafile" not in fields:
        raise BadFile(f"{name} is cut short inside its header; copy it again.")
    if "oldmin" in fields or "oldmax" in fields:
        raise BadFile(
            f"{name} holds values that were brought to another range (old min, old max), which no rule brings back; "
            "write it again from its original."
        )
    for skip in ("lineskip", "byteskip"):
        if fields.get(skip, "0") != "0":
            raise BadFile(f"{name} has a gap before its voxels ({skip}); write it again without.")
    return NrrdHeader(fields, pairs, len(head[0]) if head else len(content))


def nrrd_axes(fields: dict[str, str], name: str, channel: int | None = None) -> tuple[list[int], list[int]]:
    """All sizes, and which of the axes are those of space, three of them; one of several volumes is `channel`.

    Raises BadFile.
    """
    sizes, kinds = fields.get("sizes", "").split(), fields.get("kinds", "").lower().split()
    whole = all(word.isascii() and word.isdigit() and 0 < len(word) < 10 and int(word) > 0 for word in sizes)
    if fields.get("dimension") != str(len(sizes)) or not 3 <= len(sizes) <= 4 or not whole:
        raise BadFile(
            f"{name} is not one 3-D volume (dimension {fields.get('dimension')}, sizes {' '.join(sizes[:5])}); "
            "write one 3-D volume."
        )
    directions = re.findall(r"\([^()]*\)|none", fields.get("spacedirections", ""))
    if kinds and len(kinds) != len(sizes):
        raise BadFile(f"{name} names {len(kinds)} kinds for {len(sizes)} axes (kinds); correct its header.")
    others = [k for k, word in enumerate(directions) if word == "none"]
    others = others or [k for k, kind in enumerate(kinds) if kind not in OF_SPACE]
    space = [k for k in range(len(sizes)) if k not in others]
    strange = [kinds[k] for k in space if kinds and kinds[k] not in OF_SPACE]
    if len(space) != 3 or strange:
        told = " ".join(kinds)[:60] or "none stated"
        raise BadFile(f"{name} does not have three axes of space (kinds {told}); write one 3-D volume.")
    several = [int(sizes[k]) for k in others if int(sizes[k]) != 1]
    if channel is not None and channel >= max(several, default=1):
        raise BadFile(
            f"{name} holds {max(several, default=1)} volumes, and number {channel}, from 0, is asked for; give a "
            "lower label_channel."
        )
    if several and channel is None:
        raise BadFile(f"{name} holds {several[0]} volumes in one ({kinds[others[0]]} axis); write each on its own.")
    return [int(word) for word in sizes], space


def check_layers(pairs: dict[str, str], name: str) -> None:
    """Refuse segments that overlap: 3D Slicer keeps them in several layers (`Segment0_Layer`). Raises BadFile."""
    keys = [key for key in pairs if SEGMENT.fullmatch(key)]
    layers = {pairs.get(key.replace("_Name", "_Layer"), "0").strip() for key in keys}
    if len(layers) > 1:
        shown = ", ".join(repr(pairs[key].strip()[:30]) for key in keys[:5])
        raise BadFile(
            f"{name} holds segments that overlap ({shown}), in {len(layers)} layers; save each in a file of its own."
        )


def nrrd_segments(pairs: dict[str, str], name: str) -> dict[int, str]:
    """Value -> name of the segments that 3D Slicer lists (`Segment0_Name`, `Segment0_LabelValue`). Raises BadFile."""
    found: dict[int, str] = {}
    for key, label in pairs.items():
        if not (match := SEGMENT.fullmatch(key)):
            continue
        value = pairs.get(f"Segment{match['number']}_LabelValue", str(int(match["number"]) + 1)).strip()
        if not value.isdecimal() or int(value) in found:
            raise BadFile(f"{name} gives the segment {label[:30]!r} no value of its own; export it again.")
        found[int(value)] = label.strip()
    return found


def nrrd_placement(fields: dict[str, str], name: str) -> Placement:
    """The placement a header states. Raises BadFile."""
    space = fields.get("space", "").lower()
    if space not in SPACES or fields.get("spacedimension", "3") != "3":
        raise BadFile(
            f"{name} does not say where it lies (space {space[:40] or 'not given'}); write it with LPS or RAS."
        )
    units = {unit.lower() for unit in re.findall(r'"([^"]*)"', fields.get("spaceunits", ""))} - MM
    if units:
        raise BadFile(f"{name} measures space in {', '.join(sorted(units))[:40]} (space units), expected mm.")
    flip = np.array(SPACES[space])
    vectors = _vectors(fields.get("spacedirections", ""), 3, "space directions", name) * flip
    origin = _vectors(fields.get("spaceorigin", ""), 1, "space origin", name) * flip
    stated = [word for word in fields.get("spacings", "").split() if word.lower() != "nan"]
    lengths = np.linalg.norm(vectors, axis=1)
    if stated and [f"{mm:.4g}" for mm in lengths] != [f"{_number(word):.4g}" for word in stated]:
        raise BadFile(f"{name} states two sizes of its voxels (spacings, space directions); keep the right one.")
    return placed(vectors.T, origin[0], f"The orientation (space directions) of {name}")


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")


def _vectors(text: str, count: int, field: str, name: str) -> np.ndarray:
    if not text:
        raise BadFile(f"{name} does not state its {field}; write it again with them, in LPS or RAS.")
    found = re.findall(r"\(([^()]*)\)", text)
    numbers = [[_number(word) for word in vector.split(",")] for vector in found]
    if len(numbers) != count or any(len(vector) != 3 or not all(map(isfinite, vector)) for vector in numbers):
        raise BadFile(f"{name} has no {count} x 3 finite numbers in its {field}; correct its header.")
    return np.array(numbers, dtype=np.float64)
