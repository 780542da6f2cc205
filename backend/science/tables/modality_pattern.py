"""Where the modality stands in the name of an image file, as a user says it: `Image=*_{modality}.nii.gz`."""

import fnmatch
import re
from collections.abc import Sequence

from backend.errors import BadSettings

PLACE = "{modality}"
LONGEST = 500  # characters of a path
LONGEST_NAME = 24


class ModalityPattern:
    """A pattern of file names: `*` is any text, `{modality}` letters and digits; with a slash, of whole paths."""

    def __init__(self, pattern: str) -> None:
        if pattern.count(PLACE) != 1:
            raise BadSettings(
                f"The pattern {pattern[:60]!r} of --modality-from needs {PLACE} once, where the modality stands, as in "
                f"Image=*_{PLACE}.nii.gz."
            )
        self.pattern = pattern
        self._before, self._after = (_compiled(part) for part in pattern.split(PLACE))

    def found_in(self, cell: str) -> list[str]:
        """What can stand at the place; several where the pattern leaves it open, none where it does not fit."""
        path = cell.strip().replace("\\", "/")
        text = path if "/" in self.pattern else path.rsplit("/", 1)[-1]
        if len(text) > LONGEST:
            return []
        starts = [at for at in range(len(text)) if self._before.match(text[:at])]
        ends = [at for at in range(1, len(text) + 1) if self._after.match(text[at:])]
        found, reached = set[str](), 0
        for start in starts:  # from the left, so that what lies inside an earlier one ends before it or with it
            fitting = [end for end in ends if start < end <= start + LONGEST_NAME and _is_name(text[start:end])]
            if fitting and fitting[-1] > reached:
                reached = fitting[-1]
                found.add(text[start:reached])
        return sorted(found)


def named_column(text: str, names: Sequence[str]) -> tuple[str | None, ModalityPattern | None]:
    """The column of a table that `COLUMN` or `COLUMN=PATTERN` names, and the pattern. Raises BadSettings."""
    if text in names:
        return text, None
    column, mark, pattern = text.partition("=")
    return (column, ModalityPattern(pattern)) if mark and column in names else (None, None)


def _compiled(part: str) -> re.Pattern[str]:
    """A part of the pattern in which `*` alone stands for other text."""
    return re.compile(fnmatch.translate(re.sub(r"[?\[]", r"[\g<0>]", part)))


def _is_name(text: str) -> bool:
    return text.isascii() and text.isalnum()
