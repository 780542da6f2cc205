"""Which mask counts where a file beside a DICOM study and an object inside it both draw a region: the file."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from backend.ingest.dicom.seg_masks import DRAWN

T = TypeVar("T")


@dataclass(frozen=True)
class Chosen(Generic[T]):
    """The answers under their regions' names; which come from DICOM objects; notes by code."""

    answers: dict[str, T]
    of_dicom: frozenset[str]
    notes: dict[str, str]


def chosen_masks(answers: Mapping[str, T], files: Collection[str]) -> Chosen[T]:
    """The answers with `drawn gland` as gland where no file draws it; a label map (`labels`) may draw every region."""
    drawn = {name.removeprefix(DRAWN): answer for name, answer in answers.items() if name.startswith(DRAWN)}
    taken = {roi: answer for roi, answer in drawn.items() if roi not in files and "labels" not in files}
    left = sorted(drawn.keys() - taken.keys())
    sentence = f"DICOM objects of the study draw {', '.join(left)}, too; the file beside it was taken."
    kept = {name: answer for name, answer in answers.items() if not name.startswith(DRAWN)}
    return Chosen({**kept, **taken}, frozenset(taken), {"mask_unused": sentence} if left else {})
