"""The examples of a feature as the API sends them: values, addresses of pictures, the range that their maps share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from backend.errors import BadImage, Cancelled, NotFound
from backend.models import Analysis, AnalysisFeature, Case
from backend.queries import analysis_detail
from backend.queries.extractions import extraction_read
from backend.queries.feature_examples import Example, examples
from backend.rendering import region_picture, viewer_data
from backend.rendering.feature_maps import Wanted, feature_map
from backend.rendering.map_settings import settings, settings_under
from backend.rendering.mapped_features import OF_A_SHAPE, Described, described
from backend.storage.blob_store import BlobStore
from backend.storage.cohort_protocol import protocol_of
from backend.storage.region_volumes import volumes_ml
from shared import schemas as s
from shared.schemas.protocol import Protocol

IMPORTED = "The radiomics came as a table, so the map is made with the settings named paper; its values may differ."
NO_IMAGE_TYPE = "There is no map of this feature: it is not known with which settings its image was filtered."
IMAGES = "/api/v1/images"


@dataclass(frozen=True)
class Subjects:
    """The studies chosen for a feature, and its map with its words, if any; nothing here needs a database any more."""

    analysis_id: str
    row: s.RankingRow
    roi: str
    protocol: Protocol
    chosen: list[tuple[Example, Case]]
    wanted: Wanted
    known: Described | None
    sentence: str


def subjects(session: Session, analysis_id: str, feature: str) -> Subjects:
    """Chooses the studies. Raises NotFound for an analysis or a feature that is not there."""
    analysis = analysis_detail.get_analysis(session, analysis_id)
    row = analysis_detail.get_feature(session, analysis_id, feature)
    chosen = [(one, _loaded(session, one)) for one in examples(session, analysis, row)]
    wanted, known, sentence = _how(session, analysis, row)
    return Subjects(
        *(analysis.id, analysis_detail.ranking_row(row), analysis.roi, protocol_of(analysis.cohort)),
        *(chosen, wanted, known, sentence),
    )


@dataclass(frozen=True)
class Cuts:
    """What of each study is shown: the slice, the range of its map if any, and the side of all pictures."""

    ranges: dict[str, tuple[float, float]]
    slices: dict[str, int]
    side_mm: float


def cuts(files: BlobStore, found: Subjects, maps: bool, cancelled: Callable[[], bool]) -> Cuts:
    """Looks at the masks; computes the maps if asked. Raises Cancelled."""
    ranges = _ranges(files, found, cancelled) if maps and found.known is not None else {}
    sides, slices = [], {}
    for _, case in found.chosen:
        if cancelled():
            raise Cancelled("The examples are no longer wanted.")
        sides.append(region_picture.field_of(files, case, found.protocol, found.roi))
        slices[case.id] = region_picture.slice_of(files, case, found.protocol, found.roi)
    return Cuts(ranges, slices, max(sides, default=0))


def answer(found: Subjects, cut: Cuts, sign: Callable[[str, str], str], size: int) -> s.FeatureExamples:
    """The examples with addresses; `sign` signs a case and its view."""
    ranges = cut.ranges
    low = min((lowest for lowest, _ in ranges.values()), default=None)
    high = max((highest for _, highest in ranges.values()), default=None)
    colours = {"low": repr(low), "high": repr(high), "settings": found.wanted.how.settings_hash}
    made = []
    for example, case in found.chosen:
        signed = sign(case.id, viewer_data.view_key(case, found.protocol))
        k = cut.slices[case.id]
        asked = {"k": k, "size": size, "mm": round(cut.side_mm, 1)}
        base = f"{IMAGES}/{signed}/picture/{found.row.modality}/{found.roi}"
        over = f"{base}/{found.wanted.feature}?{urlencode(asked | colours)}" if case.id in ranges else None
        made.append(
            _example(
                found,
                example,
                case,
                {"k": k, "signed": signed, "map_picture": over} | {"picture": f"{base}?{urlencode(asked)}"},
            )
        )
    return s.FeatureExamples(
        analysis_id=found.analysis_id,
        feature=found.row.feature,
        label=found.row.label,
        modality=found.row.modality,
        roi=found.roi,
        unit="" if found.known is None else found.known.unit,
        has_map=found.known is not None,
        sentence=found.sentence,
        low=low,
        high=high,
        settings_hash=None if found.known is None else found.wanted.how.settings_hash,
        examples=made,
    )


def _example(found: Subjects, example: Example, case: Case, shown: dict[str, Any]) -> s.FeatureExample:
    measured = {"place": example.place, "value": example.study.value, "percentile": example.percentile}
    volume = volumes_ml(case, [found.roi]).get(found.roi)
    whose = {"case_id": case.id, "study_id": case.study_id, "volume_ml": volume}
    return s.FeatureExample.model_validate(measured | whose | shown)


def _loaded(session: Session, one: Example) -> Case:
    """The case with its volumes, which are read after the database is let go."""
    case = session.get_one(Case, one.study.case_id)
    assert case.volumes is not None
    return case


def _how(session: Session, analysis: Analysis, row: AnalysisFeature) -> tuple[Wanted, Described | None, str]:
    """The map of a feature under the settings of its extraction, its words or None without a map, what is to say."""
    read = extraction_read(session, analysis)
    own = None if read is None else settings_under(session, read.settings_hash)
    name = f"{row.image_type}_{row.feature_class}_{row.feature_name}"
    wanted = Wanted(row.modality, analysis.roi, name, own or settings())
    if row.feature_class.startswith("shape"):
        return wanted, None, OF_A_SHAPE
    try:
        known = described(name, wanted.how)
    except NotFound:
        return wanted, None, NO_IMAGE_TYPE
    return wanted, known, "" if own is not None else IMPORTED


def _ranges(files: BlobStore, found: Subjects, cancelled: Callable[[], bool]) -> dict[str, tuple[float, float]]:
    """Case id -> the range that the colours of its map are spread over; a region that has no map is left out."""
    ranges = {}
    for _, case in found.chosen:
        try:
            facts, _ = feature_map(files, case, found.protocol, found.wanted, cancelled)
        except BadImage:
            continue
        ranges[case.id] = (facts.low, facts.high)
    return ranges
