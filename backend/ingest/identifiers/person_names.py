"""Names of people: by lists of frequent names, by the form DICOM and registries write, and by script."""

import re

from backend.ingest.identifiers.letters import OTHER_SCRIPT, bare, camel_words, runs
from backend.ingest.identifiers.name_lists import FAMILY_NAMES, GIVEN_NAMES, HAN_FAMILY_NAMES, HANGUL_FAMILY_NAMES
from backend.ingest.identifiers.sign import Sign
from backend.ingest.identifiers.study_words import HAN_PLACES, ID_WORDS, PLACE_WORDS

NAME = Sign("a name")
CERTAIN_NAME = Sign("a name", certain=True)
_DICOM = re.compile(r"[^\W\d_]\^|\^[^\W\d_]")
_COMMA = re.compile(r"[^\W\d_].*,|,.*[^\W\d_]")
_TITLE = re.compile(
    r"(?:^|[\s_])(?:[Dd]r|[Pp]rof|PROF|DR\.|MR\.|[Mm]rs?|MRS|[Mm]s|[Hh]errn?|HERR|[Ff]rau|FRAU|[Mm]me|MME|Mlle|Sra?|SRA?\."
    r"|Sig(?:ra)?|[Dd]hr|[Mm]evr|Pan[ií]?|г-н|г-жа)(?:\.\s*|[\s_]+)[^\W\d_]{2,}"
)
_NOTED = re.compile(r"\b(?:mrn|dob|geb\.?|geboren|born|née?|geburtsdatum|patientennr|pat\.?-?nr)\b.*\d", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19[0-9]{2}|20[0-2][0-9])(?!\d)")
_HASH = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|[0-9a-f]{8,}", re.IGNORECASE)
_OWN_PSEUDONYM = re.compile(r"P[A-Z2-7]{10}(?:_S[A-Z2-7]{10})?")
_ACRONYM = 5  # letters of the longest word in capitals that a cohort's abbreviation may have
_CYRILLIC_ID_WORDS = frozenset({"пациент", "больной", "случай", "исследование"})


def written_name(text: str) -> Sign | None:
    """A name told by how it is written: `A^B`, `Dr. B`, or a note such as `born 1961`."""
    if _DICOM.search(text) or _TITLE.search(text):
        return CERTAIN_NAME
    return Sign("a person's data") if _NOTED.search(text) else None


def name_in_id(text: str) -> Sign | None:
    """A name within an id or file name: one frequent name, or several words no study uses."""
    if text.isascii() and not any(letter.isalpha() for letter in text):
        return None
    found = written_name(text) or (NAME if _COMMA.search(text) else None)
    if found or _HASH.fullmatch(text) or _OWN_PSEUDONYM.fullmatch(text):
        return found
    if OTHER_SCRIPT.search(text):
        others = [run for run in runs(text) if OTHER_SCRIPT.search(run) and bare(run) not in _CYRILLIC_ID_WORDS]
        return NAME if others and not text.startswith(("患者", "病例", "症例", "환자")) else None
    words = _unknown_words(text)
    if any(_listed(word, text) or _glued(bare(word)) for word in words):
        return NAME
    return NAME if _reads_as_name(words, text) else None


def name_in_cell(text: str) -> Sign | None:
    """A name within a centre or scanner, which may be any word: only what is frequent as a name counts."""
    found = written_name(text)
    if found:
        return found
    if OTHER_SCRIPT.search(text):
        return NAME if _name_in_other_script(text) else None
    words = [bare(run) for run in runs(text)]
    if PLACE_WORDS.intersection(words):
        return None
    given, family = (sum(word in names for word in words) for names in (GIVEN_NAMES, FAMILY_NAMES))
    several = len([word for word in words if len(word) > 1]) > 1
    if given and several:
        return CERTAIN_NAME if family and len(words) == 2 else NAME
    return NAME if family else None


def _unknown_words(text: str) -> list[str]:
    """The words of an id that are no words of studies, as written; abbreviations beside digits are left out."""
    numbered = any(letter.isdigit() for letter in text)
    parts = [
        word
        for run in runs(text)
        if bare(run) not in ID_WORDS
        for word in ([run] if run.isupper() or run.islower() else camel_words(run))
    ]
    return [word for word in parts if bare(word) not in ID_WORDS and not (numbered and _is_abbreviation(word))]


def _is_abbreviation(word: str) -> bool:
    frequent = bare(word) in GIVEN_NAMES or bare(word) in FAMILY_NAMES
    return not frequent and ((word.isupper() and len(word) <= _ACRONYM) or not re.search("[aeiouyäöü]", bare(word)))


def _listed(word: str, text: str) -> bool:
    """Whether a word is a frequent name; one of three letters counts only where it stands alone."""
    if bare(word) not in GIVEN_NAMES and bare(word) not in FAMILY_NAMES:
        return False
    return len(word) > 3 or re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text) is not None


def _glued(word: str) -> bool:
    """Whether a word is a frequent given and family name together, or a family name with an initial: `annamueller`."""
    if any(word[at:] in FAMILY_NAMES and word[:at] in GIVEN_NAMES for at in range(3, len(word) - 3)):
        return True
    if any(word[at:] in GIVEN_NAMES and word[:at] in FAMILY_NAMES for at in range(4, len(word) - 2)):
        return True
    return len(word) > _ACRONYM and (word[1:] in FAMILY_NAMES or word[:-1] in FAMILY_NAMES)


def _reads_as_name(words: list[str], text: str) -> bool:
    """Several words, one word alone, or one word beside a year: so people are written, and hardly studies."""
    long = [word for word in words if len(word) >= 3]
    if len(long) > 1 or (len(long) == 1 and _YEAR.search(text)):
        return True
    if any(letter.isdigit() for letter in text):
        return False
    return any(len(word) > 3 for word in long) or len([word for word in words if len(word) > 1]) > 1


def _name_in_other_script(text: str) -> bool:
    """Two words, or few signs that begin with a frequent family name; no hospital or university."""
    if any(place in text for place in HAN_PLACES):
        return False
    words = [run for run in runs(text) if OTHER_SCRIPT.search(run)]
    if len(words) == 1 and re.fullmatch(r"[\u3400-\u9fff]{2,5}", words[0]):
        return words[0][0] in HAN_FAMILY_NAMES
    if len(words) == 1 and re.fullmatch(r"[\uac00-\ud7a3]{3}", words[0]):
        return words[0][0] in HANGUL_FAMILY_NAMES
    return len(words) in (2, 3) and all(not word[0].islower() for word in words)
