"""Finds what looks like a name or a date in ids, columns and file names; an import waits until a person decides.

A program cannot tell a name from another word for sure, so in doubt this asks. Texts are never repeated, only their
shape: letters become a, digits 9.
"""

import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Iterable, Sequence

from backend.errors import Conflict

DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-_./]?(?:0[1-9]|1[0-2])[-_./]?(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-_./](?:0?[1-9]|[12]\d|3[01])[-_./](?:19|20)\d\d)(?!\d)"
)
WORDS = frozenset(
    [
        "patient",
        "patients",
        "case",
        "cases",
        "study",
        "studies",
        "subject",
        "subjects",
        "sub",
        "ses",
        "anon",
        "anonymous",
        "anonymized",
        "anonymised",
        "prostate",
        "prostatex",
        "pca",
        "pcampmri",
        "qin",
        "picai",
        "tcia",
        "train",
        "training",
        "test",
        "val",
        "validation",
        "fold",
        "site",
        "center",
        "centre",
        "cohort",
        "control",
        "image",
        "images",
        "mask",
        "masks",
        "label",
        "labels",
        "gland",
        "lesion",
        "zones",
        "series",
        "scan",
        "scans",
        "visit",
        "baseline",
        "followup",
        "hbv",
        "adc",
        "dwi",
        "highb",
        "bval",
        "tse",
        "tra",
        "axial",
        "sag",
        "cor",
        "localizer",
        "diff",
        "trace",
        "seg",
        "dseg",
        "desc",
        "calc",
        "nii",
        "none",
        "unknown",
        "pseudo",
        "dcm",
        "ima",
        "mri",
        "left",
        "right",
    ]
)
PERSON_COLUMNS = re.compile(
    r"name|birth|dob|mrn|ssn|nhs|accession|address|street|phone|email|zip|postcode|insurance|hospital_?(no|number|id)|"
    r"physician|doctor|radiologist|operator|institution"
)
DATE_COLUMNS = re.compile(r"date|_?day$|admission|discharge")
KNOWN_COLUMNS = frozenset(("mri_date",))  # PI-CAI's own marksheet, whose dates are shifted
CHARACTERS = 10


class Identifiers(Conflict):
    """A text looks like a name or a date, and the import does not say what to do about it."""

    code = "identifiers"


def looks_like(text: str) -> str:
    """`a date`, `a name`, or nothing."""
    if DATE.search(text):
        return "a date"
    if "^" in text or "," in text:
        return "a name"
    words = [word for word in re.findall(r"[^\W\d_]{3,}", text) if word.lower() not in WORDS]
    several = len(words) > 1 or (len(words) == 1 and not any(c.isdigit() for c in text) and len(words[0]) > 3)
    return "a name" if several else ""


def cell_looks_like(text: str) -> str:
    """`a date`, `a name`, or nothing, for a centre or scanner, which may be any word."""
    if DATE.search(text):
        return "a date"
    return "a name" if "^" in text or re.match(r"(dr|prof|mr|mrs|ms)\b", text.lower()) else ""


def column_holds(name: str) -> str:
    """`a person's data` or `dates` by the name of a column, or nothing."""
    lowered = re.sub(r"[\s-]+", "_", name.strip().lower())
    if lowered in KNOWN_COLUMNS:
        return ""
    if PERSON_COLUMNS.search(lowered) and not lowered.endswith(("roi_name", "feature_name")):
        return "a person's data"
    return "dates" if DATE_COLUMNS.search(lowered) else ""


def shape(text: str) -> str:
    """The text with every letter as a and every digit as 9."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text))[:40]


def findings(ids: Iterable[str], names: Iterable[str], columns: Sequence[str], values: Iterable[str]) -> list[str]:
    """What looks like an identifier, in words: one sentence for ids, file names, columns and kept text each."""
    found = []
    for what, texts, judge in (
        ("ids", ids, looks_like),
        ("file names", names, looks_like),
        ("values of the clinical table", values, cell_looks_like),
    ):
        hits = [(text, kind) for text in sorted(set(texts)) if (kind := judge(text))]
        if hits:
            kinds = " or ".join(sorted({kind for _, kind in hits}))
            found.append(f"among the {what}, {len(hits)} may be {kinds} (of the shape {shape(hits[0][0])!r})")
    return found + [
        f"a column of the clinical table seems to hold {kind} (of the shape {shape(column)!r})"
        for column in columns
        if (kind := column_holds(column))
    ]


def check(found: Sequence[str], decision: str) -> None:
    """Raises `Identifiers` where something was found and nobody decided."""
    if found and decision == "ask":
        raise Identifiers(
            f"{found[0][0].upper()}{'; '.join(found)[1:]}; choose --ids keep if they identify nobody, or --ids "
            "pseudonymise to replace the ids and leave names out."
        )


class Pseudonyms:
    """Ids replaced by keyed hashes: the same patient gets the same pseudonym, which only the key can bring back."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def patient(self, patient_id: str) -> str:
        """The pseudonym of a patient."""
        return "P" + self._hash(f"patient\0{patient_id}")

    def study(self, patient_id: str, study_id: str) -> str:
        """The pseudonym of a study, behind its patient's."""
        return f"{self.patient(patient_id)}_S{self._hash(f'study{chr(0)}{patient_id}{chr(0)}{study_id}')}"

    def _hash(self, text: str) -> str:
        digest = hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return b32encode(digest)[:CHARACTERS].decode("ascii")


FILE = re.compile(r"\S+\.(?:nii|mha|mhd|nrrd|nhdr|hdr|img|dcm|ima|raw|zraw|csv|bval|tsv)(?:\.gz)?", re.IGNORECASE)


def without_names(sentence: str, texts: Iterable[str]) -> str:
    """A sentence without file names and the given texts: they may be names themselves."""
    for text in sorted(set(texts), key=len, reverse=True):
        sentence = sentence.replace(text, "a file" if "." in text else "this study") if text else sentence
    return FILE.sub("a file", sentence)
