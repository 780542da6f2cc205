"""A mask of a case as a DICOM segmentation, for `radiomiclens export --format dicom-seg`."""

from pathlib import Path
from typing import TYPE_CHECKING

from backend.access.tokens import OWNER
from backend.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from backend.models import Case
    from backend.rendering.seg_source import SourceSeries

NEW_UIDS = " Its UIDs are new: name the DICOM study with --source, and it refers to the images."


def exported_mask(settings: Settings, named: str, asked: str | None, source: Path | None) -> tuple[bytes, str]:
    """The file, and a sentence where it refers to no images; None asks for the protocol's first region.

    Raises NotFound, UnknownName, BadFile or BadImage.
    """
    from backend.access import audit
    from backend.rendering.mask_seg import mask_seg
    from backend.rendering.seg_source import series_under
    from backend.storage.cohort_protocol import check_mask, protocol_of_case
    from backend.storage.database import open_database
    from backend.storage.shared_files import open_files
    from backend.storage.volumes import stored_mask

    with open_database(settings) as database:
        with database.write() as session:
            row = _case(session, named)
            protocol = protocol_of_case(session, row)
            roi = asked or next(iter(protocol.region_names), "")
            check_mask(protocol, roi)
            volume = stored_mask(row, roi)
            case, patient, made = row.id, row.patient_id, row.created_at
            audit.record(session, OWNER, "mask.export", case, roi=roi)
        mask = volume.image(open_files(settings))
    series = series_under(mask, _series(source)) if source else None
    data = mask_seg(mask, roi, protocol=protocol, case=case, patient=patient, made=made, source=series)
    return data, "" if series else NEW_UIDS


def _case(session: "Session", named: str) -> "Case":
    """The case of that id or study id. Raises NotFound, or BadSettings where several cohorts hold the study."""
    from sqlalchemy import or_, select

    from backend.errors import BadSettings, NotFound
    from backend.models import Case

    found = session.scalars(select(Case).where(or_(Case.id == named, Case.study_id == named))).all()
    if not found:
        raise NotFound("There is no case of that id or study; the Cases page lists them all.")
    if len(found) > 1:
        raise BadSettings(f"{len(found)} cohorts hold that study; name its case: {', '.join(row.id for row in found)}.")
    return found[0]


def _series(folder: Path) -> "list[SourceSeries]":
    """The series of a DICOM study, those of the prostate's T2, ADC and DWI first; read in the sandbox."""
    from backend.errors import BadFile, Refusal
    from backend.ingest.sandbox.read_images import Source, StudyFacts, read_images
    from backend.rendering.seg_source import SourceSeries

    if not folder.is_dir():
        raise BadFile(f"{folder.name} is no folder; give the folder of the DICOM study.")
    answer = read_images({"study": Source(folder, load=False, references=True)}, [folder])["study"]
    if isinstance(answer, Refusal):
        raise answer
    assert isinstance(answer, StudyFacts)
    return [SourceSeries.of(told) for told in answer.references.values()]
