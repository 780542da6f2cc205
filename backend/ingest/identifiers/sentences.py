"""Sentences of refusals without what identifies people: texts that look like it are replaced by their shape."""

import re
from collections.abc import Iterable

from backend.ingest.identifiers.judge import judge_cell, judge_id
from backend.ingest.identifiers.sign import shape

_FILE = re.compile(r"\S+\.(?:nii|mha|mhd|nrrd|nhdr|hdr|img|dcm|ima|raw|zraw|csv|bval|tsv)(?:\.gz)?", re.IGNORECASE)
_KINDS = r"\.(?:csv|tsv|txt|parquet|npz|json|xlsx?)"
_TABLE = re.compile(
    rf"^(?P<first>[^:]{{1,200}}?)(?P<its_end>{_KINDS})(?=:)|(?P<stem>[^\s:;,]+)(?P<end>{_KINDS})\b", re.IGNORECASE
)
_QUOTED = re.compile(r"(?P<column>\bcolumns? )?(?P<mark>['\"])(?P<text>(?:(?!(?P=mark)).){1,300})(?P=mark)")
_FEATURE = re.compile(r"(?:original|wavelet|diagnostics|log-sigma|gradient|square|exponential|logarithm|lbp)\w*_\w+")
SHOWN = 30


def shown(text: str) -> str:
    """The text, at most 30 characters of it; only its shape where it looks like an identifier."""
    return shape(text)[:SHOWN] if judge_id(text) or judge_cell(text) else text[:SHOWN]


def shown_column(name: str) -> str:
    """The name of a column, at most 30 characters of it; only its shape where it is a patient's own data."""
    return shape(name)[:SHOWN] if judge_cell(name) else name[:SHOWN]


def masked(sentence: str) -> str:
    """A sentence whose quoted texts and file names are replaced by their shape where they look like identifiers."""
    return _TABLE.sub(_masked_table, _QUOTED.sub(_masked_quote, sentence))


def without_names(sentence: str, texts: Iterable[str]) -> str:
    """A sentence without file names and the given texts: they may be names themselves."""
    for text in sorted(set(texts), key=len, reverse=True):
        sentence = sentence.replace(text, "a file" if "." in text else "this study") if text else sentence
    return _FILE.sub("a file", sentence)


def _masked_table(found: re.Match[str]) -> str:
    stem = found["first"] or found["stem"]
    return f"{shape(stem) if judge_id(stem) else stem}{found['its_end'] or found['end']}"


def _masked_quote(found: re.Match[str]) -> str:
    text = found["text"]
    sign = judge_cell(text) if found["column"] or _FEATURE.search(text) else judge_id(text) or judge_cell(text)
    kept = shape(text) if sign else text
    return f"{found['column'] or ''}{found['mark']}{kept}{found['mark']}"
