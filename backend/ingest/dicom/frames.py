"""The frames of an enhanced multi-frame object, each with the tags that hold for it.

Source: DICOM PS3.3, section C.7.6.16 (multi-frame functional groups).
"""

from collections.abc import Iterator

from pydicom import Dataset

SHARED, PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
GROUPS = (
    "PixelMeasuresSequence",
    "PlaneOrientationSequence",
    "PlanePositionSequence",
    "MRImageFrameTypeSequence",
    "ParametricMapFrameTypeSequence",
    "MRDiffusionSequence",
    "MREchoSequence",
    "FrameContentSequence",
    "PixelValueTransformationSequence",
)
PHILIPS_FRAME = 0x2005140F  # Philips' own tags of a frame, scale slopes among them
MAX_FRAMES = 20_000


def frame_count(tags: Dataset) -> int:
    """The number of frames; 1 where none is stated."""
    return int(tags.get("NumberOfFrames") or 1)


def is_enhanced(tags: Dataset) -> bool:
    """Whether the object places its frames by functional groups."""
    return SHARED in tags or PER_FRAME in tags


def frames(tags: Dataset) -> Iterator[Dataset]:
    """The tags of each frame in order: its own groups before the shared ones, those before the object's own tags."""
    shared = next(iter(tags.get(SHARED) or ()), None)
    per_frame = tags.get(PER_FRAME) or ()
    own = [each for each in tags if each.tag not in GROUP_TAGS]
    for at in range(frame_count(tags)):
        merged = Dataset()
        for each in own:
            merged.add(each)
        for group in (shared, per_frame[at] if at < len(per_frame) else None):
            if group is not None:
                _add(merged, group)
        yield merged


def _add(merged: Dataset, group: Dataset) -> None:
    for keyword in GROUPS:
        for item in group.get(keyword) or ():
            merged.update(item)
    if "RealWorldValueMappingSequence" in group:
        merged["RealWorldValueMappingSequence"] = group["RealWorldValueMappingSequence"]
    for item in (group[PHILIPS_FRAME].value or ()) if PHILIPS_FRAME in group else ():
        merged.update({each.tag: each for each in item if each.tag.group == PHILIPS_FRAME >> 16})
    if "FrameType" in merged:
        merged.ImageType = merged.FrameType
    if "EffectiveEchoTime" in merged:
        merged.EchoTime = merged.EffectiveEchoTime


GROUP_TAGS = frozenset((0x52009229, 0x52009230))
