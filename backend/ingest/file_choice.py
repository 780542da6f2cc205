"""Which of several files of one modality is the image: told by geometry, said, and left to a person where it ties.

Prostate MRI has T2 in three planes, and derivatives repeat what was acquired. Radiomics and the encoder read axial
slices as they were acquired.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.errors import Refusal
from backend.ingest.checks.finding_codes import Finding
from backend.ingest.formats.read_image import stem
from backend.ingest.layouts.planned_case import PlannedCase
from backend.ingest.rejection import Rejection
from backend.ingest.sandbox.read_images import Answer, CheckedImage, Source
from backend.science.imaging.grid import Grid


@dataclass(frozen=True)
class _Candidate:
    path: Path
    image: CheckedImage

    @property
    def axial(self) -> bool:
        """Whether slices lie across the patient's axis from foot to head."""
        normal = np.abs(np.array(self.image.image.GetDirection()).reshape(3, 3)[:, 2])
        return int(normal.argmax()) == 2

    @property
    def derived(self) -> bool:
        """Whether its name or folder says that a program made it."""
        return "derivatives" in self.path.parts or "_desc-" in self.path.name


def candidate_sources(case: PlannedCase, named: Mapping[str, str]) -> dict[str, Source]:
    """The files of each modality that has several, under names of their own; the one alone that a person named."""
    found: dict[str, Source] = {}
    for modality, paths in case.choices.items():
        wanted = named.get(modality)
        if wanted and wanted not in {name for path in paths for name in (path.name, stem(path.name))}:
            names = ", ".join(path.name for path in paths)
            raise Rejection(f"there is no file {wanted!r} to take for {modality}; the study has {names}.", "layout")
        for number, path in enumerate(paths):
            key = f"{modality} {number}"
            if not wanted or wanted in (path.name, stem(path.name)):
                found[key] = Source(path, case.channels.get(key))
    return found


def chosen_files(
    case: PlannedCase, answers: Mapping[str, Answer], named: Mapping[str, str]
) -> tuple[dict[str, Answer], list[Finding]]:
    """The answers with one image a modality, and a finding for each choice. Raises a Refusal."""
    candidates = {f"{modality} {number}" for modality, paths in case.choices.items() for number in range(len(paths))}
    kept = {name: answer for name, answer in answers.items() if name not in candidates}
    findings = []
    drawn = ("gland", "labels", "zones", "lesion", *case.masks)
    mask = next((answers[name] for name in drawn if name in answers), None)
    for modality, paths in case.choices.items():
        read = {path: answers[key] for n, path in enumerate(paths) if (key := f"{modality} {n}") in answers}
        sound = [_Candidate(path, answer) for path, answer in read.items() if isinstance(answer, CheckedImage)]
        if not sound:
            raise next(answer for answer in read.values() if isinstance(answer, Refusal))
        if modality in named:
            chosen, why = sound[0], "named by the importer"
        else:
            chosen, why = _chosen(modality, sound, mask)
        kept[modality] = chosen.image
        others = ", ".join(path.name for path in paths if path != chosen.path)
        sentence = f"{modality} is {chosen.path.name}: {why} of {len(paths)} files (also {others})."
        findings.append(Finding("series_chosen", sentence.replace("importer of", "importer, one of")))
    return kept, findings


def _chosen(modality: str, candidates: list[_Candidate], mask: Answer | None) -> tuple[_Candidate, str]:
    """The one that is left after a rule, and the words of the rule."""
    grid = Grid.of(mask.image) if isinstance(mask, CheckedImage) else None
    rules: list[tuple[str, Callable[[_Candidate], bool]]] = [
        ("the only axial one", lambda each: each.axial),
        ("as acquired, not derived, the only such", lambda each: not each.derived),
        (
            "on the grid of the mask, the only such",
            lambda each: grid is not None and Grid.of(each.image.image).matches(grid),
        ),
    ]
    left = candidates
    if len(left) == 1:
        return left[0], "the only one that can be read"
    for words, fits in rules:
        fitting = [each for each in left if fits(each)]
        left = fitting or left
        if len(left) == 1:
            return left[0], words
    names = " and ".join(each.path.name for each in left)
    raise Rejection(f"{names} fit {modality} equally; name one with --series, or keep one.", "layout")
