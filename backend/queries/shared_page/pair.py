"""Two cases of a shared page, low against high of one feature, as stacks of slices with outlines and map."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case as when
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.errors import BadImage, NotFound
from backend.models import Analysis, AnalysisFeature, Case
from backend.queries.analysis_detail import trust_effect
from backend.queries.example_pictures import Subjects, subjects
from backend.queries.shared_page import lay_words
from backend.queries.shared_page.findings import Line
from backend.queries.shared_page.patient_words import outline_words, outlined, patient_words
from backend.queries.shared_page.pseudonyms import Pseudonyms
from backend.rendering.feature_maps import feature_map
from backend.rendering.region_picture import Overlay, field_of
from backend.rendering.region_sheets import COLUMNS, Sheets, region_sheets
from backend.science.tables import glossary
from backend.science.text_format import words_only
from backend.storage.blob_store import BlobStore
from backend.storage.cohort_protocol import protocol_of
from shared import schemas as s

MOST_TRIED = 5
"""Features of the group that are looked at for one with a map and two patients."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What the page says of the two cases, and the sheets by their names."""

    shown: s.SharedPair
    pictures: Mapping[str, bytes]


def pair_of(session: Session, files: BlobStore, analysis: Analysis, lead: Sequence[Line]) -> Pair | None:
    """The cases of the surest feature that the verdict speaks of; None where no two patients can be shown."""
    for feature in _candidates(session, analysis, lead):
        found = subjects(session, analysis.id, feature)
        ends = [(one.place, case) for one, case in found.chosen if one.place != "middle"]
        if len(ends) == 2:
            try:
                return _pair(files, found, session.get_one(AnalysisFeature, _key(session, analysis, feature)), ends)
            except NotFound:
                continue  # a region without a voxel on the slices shown
    return None


def _key(session: Session, analysis: Analysis, feature: str) -> tuple[str, int]:
    row = AnalysisFeature
    found = session.scalar(select(row.k).where(row.analysis_id == analysis.id, row.feature == feature))
    assert found is not None
    return analysis.id, found


def _candidates(session: Session, analysis: Analysis, lead: Sequence[Line]) -> list[str]:
    """Features of the leading group: flagged as it is before others, of the image itself before filtered ones.

    Then the typical one of its kind comes first. Where the same kind leads on the reference image, too, it is that one.
    """
    if not lead:
        return []
    if lead[0].name is not None:
        return [lead[0].name]
    reference = protocol_of(analysis.cohort).reference
    same = [line for line in lead if (line.feature_class, line.flag) == (lead[0].feature_class, lead[0].flag)]
    row, first = AnalysisFeature, next((line for line in same if line.modality == reference), lead[0])
    typical = lay_words.TYPICAL.get(first.feature_class, "")
    found = session.scalars(
        select(row.feature)
        .where(row.analysis_id == analysis.id)
        .where(row.modality == first.modality, row.feature_class == first.feature_class)
        .order_by(
            when((row.flag == first.flag, 0), else_=1),
            when((row.image_type == "original", 0), else_=1),
            when((row.feature_name == typical, 0), else_=1),
            func.abs(trust_effect()).desc(),
            row.k,
        )
        .limit(MOST_TRIED)
    )
    return list(found)


def _pair(files: BlobStore, found: Subjects, row: AnalysisFeature, ends: Sequence[tuple[str, Case]]) -> Pair:
    modality, roi, protocol = found.row.modality, found.roi, found.protocol
    field = max(field_of(files, case, protocol, roi) for _, case in ends)
    over = _overlay(files, found, [case for _, case in ends])
    pseudonyms = Pseudonyms()
    pictures: dict[str, bytes] = {}
    cases = []
    for place, case in ends:
        sheets = region_sheets(files, case, protocol, modality, roi, field, over)
        stack, own = _stack(sheets)
        pictures |= own
        name = pseudonyms.of(case.id)
        facts = patient_words(case, roi)
        outlines = [lay_words.region(one) for one in outlined(case, protocol)]
        cases.append(
            s.SharedCase.model_validate(
                {
                    **{"place": place, "name": name, "stack": stack},
                    "caption": f"{name}{': ' if facts else ''}{facts}.",
                    "alt": f"{name}: {words_only(modality)} slices"
                    + (f" with {lay_words.listed(outlines)} outlined." if outlines else "."),
                }
            )
        )
    feature = _feature(row)
    mapped = any(case.stack.map is not None for case in cases)
    regions = list(dict.fromkeys(name for _, case in ends for name in outlined(case, protocol)))
    shown = s.SharedPair(
        heading=f"Two patients: low and high {feature.word} on {words_only(modality)}",
        feature=feature,
        cases=cases,
        outlines=outline_words(regions, protocol),
        map_low="low" if mapped else "",
        map_high="high" if mapped else "",
    )
    return Pair(shown, pictures)


def _feature(row: AnalysisFeature) -> s.SharedWord:
    """The one feature that the two were chosen by, in words."""
    own = glossary.words(row.feature_class, row.feature_name)
    typical = row.feature_name == lay_words.TYPICAL.get(row.feature_class)
    word = lay_words.kind(row.feature_class) if typical else words_only(own.label)
    text = f"Chosen by one feature of this kind: {own.label}. {own.sentence}"
    if row.image_type != "original":
        text += f" {glossary.image_type_sentence(row.image_type)}"
    return s.SharedWord(word=word, text=text)


def _overlay(files: BlobStore, found: Subjects, cases: Sequence[Case]) -> Overlay | None:
    """The map over the range that both have; None without one."""
    if found.known is None:
        return None
    ranges = []
    for case in cases:
        try:
            facts, _ = feature_map(files, case, found.protocol, found.wanted)
        except BadImage:
            continue  # too small a region for a map
        ranges.append((facts.low, facts.high))
    if not ranges:
        return None
    return Overlay(found.wanted, min(low for low, _ in ranges), max(high for _, high in ranges))


def _stack(sheets: Sheets) -> tuple[s.SharedStack, dict[str, bytes]]:
    """Sheets under names that say nothing."""
    layers = {"image": sheets.image, "outlines": sheets.outlines, "map": sheets.map}
    names = {layer: f"{secrets.token_hex(8)}.webp" for layer, sheet in layers.items() if sheet is not None}
    stack = s.SharedStack(
        slices=sheets.slices,
        first=sheets.first,
        columns=COLUMNS,
        image=names["image"],
        outlines=names.get("outlines"),
        map=names.get("map"),
    )
    return stack, {names[layer]: sheet for layer, sheet in layers.items() if sheet is not None}
