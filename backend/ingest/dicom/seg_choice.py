"""Which mask counts where a file beside a DICOM study and an object inside it both draw a region: the file."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from backend.errors import Refusal
from backend.ingest.dicom.seg_placing import DRAWN

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
    left = {roi: answer for roi, answer in sorted(drawn.items()) if roi not in taken}
    broken = [answer.sentence for answer in left.values() if isinstance(answer, Refusal)]
    whole = [roi for roi, answer in left.items() if not isinstance(answer, Refusal)]
    too = [f"DICOM objects of the study draw {', '.join(whole)}, too; the file beside it was taken."] if whole else []
    kept = {name: answer for name, answer in answers.items() if not name.startswith(DRAWN)}
    return Chosen({**kept, **taken}, frozenset(taken), {"mask_unused": " ".join([*broken, *too])} if left else {})
