"""Which region a segment or contour draws: by the words of other masks, else by its SNOMED code."""

import re

from pydicom import Dataset

from backend.ingest.dicom.series_words import shown_words
from backend.ingest.dicom.stated import text
from backend.ingest.identifiers.letters import word_set
from backend.ingest.regions import region_of

PART = "part"
"""Part of the gland that is neither zone kept here; it counts where no gland is drawn."""
ZONES = ("PZ", "TZ")
PARTS = frozenset(
    (
        *("anterior fibromuscular stroma", "afs", "afms", "central zone", "cz"),
        *("distal prostatic urethra", "prostatic urethra"),
    )
)
CODES = {
    "41216001": "gland",  # prostatic structure
    "279706003": "PZ",  # peripheral zone of prostate
    "399384005": "TZ",  # transition zone of prostate
    "52988006": "lesion",
    "108369006": "lesion",  # neoplasm
    "372087000": "lesion",  # neoplasm, primary
    "254900004": "lesion",  # prostate cancer
    "717025007": PART,  # anterior fibromuscular stroma of prostate
    "71553001": PART,  # prostatic urethra
}


ORGANS = word_set("""
    anal background bladder body bone bones bowel bulb bundle canal ctv external femoral femur gtv head heads hip hips
    iliac index levator lymph marker markers muscle neurovascular nodal node nodes obturator organ organs penile penis
    pelvic pelvis ptv rectal rectum roi sacrum seminal sigmoid skin tissue urethra vesicle vesicles wall
""")
"""Words of structures that are not used, which may be shown: other words that somebody typed could be a name."""


def shown_label(name: str) -> str:
    """A typed name as far as it may be shown: whole where it names a region, else its known words."""
    if region_by_words(name):
        return " ".join(re.split(r"[\s_]+", name.strip()))
    words = re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    return " ".join(word for word in words if word in ORGANS or shown_words(word))


def region_by_words(name: str) -> str:
    """gland, PZ, TZ, lesion or part by a name; numbers at its end, sides and `of prostate` do not count.

    `WholeGland` is read as `Whole Gland`.
    """
    return _region(name) or _region(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))


def _region(name: str) -> str:
    words = " ".join(re.split(r"[\s_-]+", name.strip().lower()))
    words = re.sub(r" of (the )?prostate$", "", words)
    words = re.sub(r"^(left|right) | (left|right|l|r)$", "", words)
    words = re.sub(r" ?#?\d{1,3}$", "", words)
    found = region_of(words) or region_of(words.removeprefix("prostate "))
    if found:
        return "" if found == "background" else found
    return PART if words in PARTS else ""


def region_of_segment(item: Dataset) -> tuple[str, str]:
    """The region of a segment, or nothing; and a phrase where its label and its code contradict each other."""
    label = region_by_words(text(item, "SegmentLabel"))
    code = ""
    for type_ in item.get("SegmentedPropertyTypeCodeSequence") or ():
        code = CODES.get(text(type_, "CodeValue").strip(), "") or region_by_words(text(type_, "CodeMeaning"))
    if label and code and code not in (label, "gland"):
        return "", f"is labelled as {label} but coded as {code}; correct one of them"
    return label or code, ""
