"""Reads a DICOM study: chooses its T2, high-b and ADC series and assembles their volumes.

Only the tags of `slices` are read, none of which identifies a person, and sentences name series by number only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from backend.errors import Refusal
from backend.ingest.dicom.files import dicom_files
from backend.ingest.dicom.pixels import PixelReader
from backend.ingest.dicom.region_names import names_of
from backend.ingest.dicom.seg_grid import Lattice
from backend.ingest.dicom.seg_listing import listed
from backend.ingest.dicom.seg_masks import drawings
from backend.ingest.dicom.seg_references import places_of, referenced
from backend.ingest.dicom.series_choice import Choice, Chosen
from backend.ingest.dicom.series_facts import SeriesFacts
from backend.ingest.dicom.slices import Slice, read_slices
from backend.ingest.dicom.stacks import stacks_of
from backend.ingest.dicom.stated import shown
from backend.ingest.dicom.study_rules import StudyRules
from backend.ingest.dicom.volume import GAP_MM, Volume, assemble, placed_stack
from backend.ingest.formats.open_files import FileReader
from backend.ingest.limits import MAX_IMAGE_BYTES
from backend.ingest.rejection import Rejection
from shared.schemas.protocol import Protocol


@dataclass(frozen=True)
class Study:
    """A DICOM study: modality or mask -> volume or refusal, choices of series with their candidates, scanner, field.

    `candidates` are all of its series; `undecided` says by modality why none was taken.
    `objects` are its DICOM masks, used or not.
    `references` are the UIDs of each series and the places of its slices, for an object that refers to them: first
    those that were chosen, by modality, then the others by key.
    """

    volumes: dict[str, Volume | Refusal]
    choices: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    scanner: str = ""
    field_t: float | None = None
    candidates: list[dict[str, Any]] = field(default_factory=list)
    undecided: dict[str, str] = field(default_factory=dict)
    references: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: list[dict[str, Any]] = field(default_factory=list)


def read_study(
    folder: Path,
    named: Mapping[str, str] | None = None,
    reader: FileReader | None = None,
    load: bool = True,
    protocol: Protocol | None = None,
) -> Study:
    """The study in `folder`; `named` takes series by key, `load=False` only looks at the headers.

    `protocol` is another one than the prostate's. A modality for which no series can be taken is a refusal that names
    the candidates. Raises BadFile or Rejection where the folder as a whole cannot be one study.
    """
    reader = reader or FileReader(MAX_IMAGE_BYTES)
    found = {path: read_slices(path, reader) for path in dicom_files(folder)}
    slices = [each for of_file in found.values() for each in of_file]
    placed = [each for each in slices if not each.secondary]
    captures = [each for each in slices if each.secondary]
    how = StudyRules(protocol)
    drawn = drawings([path for path, of_file in found.items() if not of_file], reader, names_of(protocol))
    if not slices:
        raise Rejection(drawn.without_images, "dicom_series")
    stacks = stacks_of(placed)
    facts = stacks.facts
    decided = how.choose(stacks, named, drawn)
    choices = decided.choices
    notes = {"uids_replaced": stacks.note} if stacks.note else {}
    volumes: dict[str, Volume | Refusal] = {}
    pixels = PixelReader(reader)
    for modality, choice in choices.items() if load else ():
        stack, chosen = stacks.slices[choice.index], facts[choice.index]
        try:
            volumes[modality] = _volume(
                [s for stack in stacks.slices for s in stack], stack, chosen, choice.reason, pixels
            )
        except Refusal as refusal:
            volumes[modality] = refusal
        if chosen.mixed_b:
            notes["b_values_mixed"] = (
                f"Series {chosen.number} holds several b-values; the {len(stack)} images {_of_b(chosen.b_value)} were "
                f"taken as {modality}."
            )
    notes |= _frames_of_reference(
        {name: stacks.slices[choice.index] for name, choice in choices.items()}, how.reference
    )
    notes |= how.left_out(decided)
    refused = {name: why for name, why in decided.undecided.items() if name in how.required}
    volumes |= _undecided(refused) | _captured(captures, choices, how) if load else {}
    taken_stacks = {name: stacks.slices[choices[name].index] for name in how.modalities if name in choices}
    grids = [_grid(name, volumes.get(name), stack, reader.largest) for name, stack in taken_stacks.items()]
    drawn_masks, about = how.masks(drawn, [grid for grid in grids if grid], places_of(placed))
    objects = listed(drawn, drawn_masks, protocol)
    if load:
        needed, left_out = how.needed(drawn_masks)
        volumes |= needed
        notes |= about | left_out
    taken = stacks.slices[choices[how.reference].index if how.reference in choices else 0][0] if placed else slices[0]
    candidates = _candidates(facts, decided)
    described = {name: _described(name, choice, facts, candidates) for name, choice in choices.items()}
    sources = {name: referenced(stack) for name, stack in taken_stacks.items()}
    chosen_at = {choice.index for choice in choices.values()}
    sources |= {facts[at].key: referenced(stack) for at, stack in enumerate(stacks.slices) if at not in chosen_at}
    return Study(
        volumes, described, notes, taken.scanner, taken.field_t, candidates, decided.undecided, sources, objects
    )


def _volume(
    placed: Sequence[Slice], stack: list[Slice], chosen: SeriesFacts, reason: str, pixels: PixelReader
) -> Volume:
    """The chosen series' volume. Raises Rejection or BadFile."""
    if chosen.problem and not any(each.facts.problem for each in stack):
        raise Rejection(f"Series {chosen.key} {chosen.problem}.", "dicom_series")
    if not chosen.problem:
        _check_b_values(placed, stack, chosen)
    return assemble(stack, chosen.key, reason, pixels)


def _grid(name: str, volume: Volume | Refusal | None, stack: list[Slice], largest: int) -> Lattice | None:
    """The grid of an image that masks may be drawn on, also where only headers are read; None where it is refused."""
    if isinstance(volume, Refusal):
        return None
    try:
        where = volume or placed_stack(stack, name, largest)
    except Refusal:
        return None
    depth, (height, width) = len(stack), stack[0].place.shape
    space = stack[0].frame_of_reference
    return Lattice(name, where.spacing, where.origin, where.direction, (depth, height, width), space)


def _frames_of_reference(taken: Mapping[str, list[Slice]], reference: str) -> dict[str, str]:
    """A finding where the reference and another image state that their positions cannot be compared."""
    stated = {name: {each.frame_of_reference for each in stack} - {""} for name, stack in taken.items()}
    apart = [name for name, uids in stated.items() if uids and stated.get(reference) and not uids & stated[reference]]
    if not apart:
        return {}
    names = " and ".join(sorted(apart))
    sentence = (
        f"{reference} and {names} name different frames of reference ({shown('FrameOfReferenceUID')}): the "
        "patient may have moved between them, or an anonymiser replaced the UIDs."
    )
    return {"frames_of_reference": sentence}


def _captured(captures: Sequence[Slice], choices: Mapping[str, Choice], how: StudyRules) -> dict[str, Volume | Refusal]:
    """Why an image that is only there as a capture without a place (a secondary capture) cannot be taken."""
    stacks = stacks_of(captures)
    facts = stacks.facts
    found = {modality: facts[choice.index] for modality, choice in how.choose(stacks).choices.items()}
    return {
        modality: Rejection(f"Series {one.key} {one.problem}.", "dicom_series")
        for modality, one in found.items()
        if modality not in choices
    }


def _check_b_values(slices: Sequence[Slice], stack: list[Slice], chosen: SeriesFacts) -> None:
    """Refuse b-values that do not cover the same positions: a slice with a wrong one would be left out."""
    if not chosen.mixed_b:
        return
    normal = np.cross(*stack[0].axes)

    def positions(of: Sequence[Slice]) -> set[int]:
        return {round(float(each.position @ normal) / GAP_MM) for each in of}

    everything = positions([s for s in slices if (s.series, s.stack) == (stack[0].series, stack[0].stack)])
    if positions(stack) != everything:
        raise Rejection(
            f"Series {chosen.number} has {len(everything)} slice positions but only {len(stack)} images "
            f"{_of_b(chosen.b_value)}; export it again.",
            "dicom_series",
        )


def _of_b(b: float | None) -> str:
    return "without a b-value" if b is None else f"of b = {b:g} s/mm2"


def _undecided(sentences: Mapping[str, str]) -> dict[str, Volume | Refusal]:
    return {modality: Rejection(sentence, "series_undecided") for modality, sentence in sentences.items()}


def _described(
    modality: str, choice: Choice, facts: Sequence[SeriesFacts], candidates: list[dict[str, Any]]
) -> dict[str, Any]:
    """A choice and its candidates for people, as `shared.schemas.SeriesChoice` has it."""
    return {
        "modality": modality,
        "series": facts[choice.index].key,
        "reason": choice.reason,
        "overridden": choice.overridden,
        "candidates": candidates,
    }


def _candidates(facts: Sequence[SeriesFacts], decided: Chosen) -> list[dict[str, Any]]:
    """Every series for people, as `shared.schemas.SeriesCandidate` has it."""
    taken = {choice.index: modality for modality, choice in decided.choices.items()}
    shown = sorted(enumerate(facts), key=lambda each: (each[1].number, each[1].key))
    return [
        {
            "series": each.key,
            "number": each.number,
            "b_value": each.high_b,
            "slices": each.slices,
            "words": each.words,
            "why": "; ".join(filter(None, (decided.about[at], decided.passed.get(at)))),
            "taken_as": taken.get(at, ""),
            "geometry": each.geometry,
            "image_type": each.shown_type,
        }
        for at, each in shown
    ]
