"""Names and codes of the segments of a mask: SNOMED CT where a built-in protocol's region has one, else tissue."""

from dataclasses import dataclass

from shared.schemas.protocol import PROSTATE, Protocol

Code = tuple[str, str, str]
"""Value, scheme, meaning."""
STRUCTURE = ("123037004", "SCT", "Anatomical Structure")
ABNORMAL = ("49755003", "SCT", "Morphologically Abnormal Structure")
TISSUE = ("85756007", "SCT", "Tissue")
ORGANS: dict[str, Code] = {
    PROSTATE: ("41216001", "SCT", "Prostate"),
    "brain-glioma-mri": ("12738006", "SCT", "Brain"),
    "lung-ct": ("39607008", "SCT", "Lung"),
}


@dataclass(frozen=True)
class SegmentWords:
    """What a segment is: its label, its category and type, and the organ it lies in."""

    label: str
    category: Code
    type: Code
    organ: Code | None = None


KNOWN: dict[str, dict[str, tuple[str, Code, Code]]] = {
    PROSTATE: {
        "gland": ("Prostate", STRUCTURE, ORGANS[PROSTATE]),
        "PZ": ("Peripheral zone", STRUCTURE, ("279706003", "SCT", "Peripheral zone of the prostate")),
        "TZ": ("Transition zone", STRUCTURE, ("399384005", "SCT", "Transition zone of the prostate")),
        "lesion": ("Lesion", ABNORMAL, ("52988006", "SCT", "Lesion")),
    },
    "brain-glioma-mri": {"tumor": ("Tumor", ABNORMAL, ("108369006", "SCT", "Neoplasm"))},
    "lung-ct": {
        "nodule": ("Nodule", ABNORMAL, ("27925004", "SCT", "Nodule")),
        "lung": ("Lung", STRUCTURE, ORGANS["lung-ct"]),
    },
}
"""Protocol -> region or name of a code -> label, category, type."""


def segment_words(protocol: Protocol, roi: str, value: int, several: bool) -> SegmentWords:
    """The words for one value of a mask; `several`: the mask has more than one, as of lesions that are numbered."""
    codes = next((one.codes for one in protocol.regions if one.name == roi), {})
    name = codes.get(value, roi)
    label, category, kind = KNOWN.get(protocol.name, {}).get(name, (name, TISSUE, TISSUE))
    organ = ORGANS.get(protocol.name)
    numbered = several and value not in codes
    return SegmentWords(f"{label} {value}" if numbered else label, category, kind, None if kind == organ else organ)
