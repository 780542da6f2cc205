"""Reads, checks and prepares one study; accepts it with findings or rejects it with a sentence.

T2, DWI and ADC are all needed (the encoder reads the three together). A gland mask is needed where the others have one;
a lesion mask may be empty or absent.
"""

import logging
import uuid
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import SimpleITK as sitk

from backend.errors import BadImage, BadTable, Refusal
from backend.ingest.checks.adc_unit import in_one_unit
from backend.ingest.checks.finding_codes import Finding, of_any_organ
from backend.ingest.checks.native import Native
from backend.ingest.checks.not_finite import finite_images
from backend.ingest.checks.quality import findings
from backend.ingest.clinical import ClinicalRow, ClinicalTable, clinical_row
from backend.ingest.dicom.seg_choice import chosen_masks
from backend.ingest.file_choice import candidate_sources, chosen_files
from backend.ingest.layouts.planned_case import PlannedCase
from backend.ingest.masks.drawn_masks import drawn_masks
from backend.ingest.masks.protocol_masks import check_read, check_required, checked_by_protocol, masks_by_protocol
from backend.ingest.reading import Accepted, Choices, Reading, Rejected
from backend.ingest.rejection import Rejection, finding_of
from backend.ingest.sandbox.read_images import Answer, CheckedImage, Source, StudyFacts, read_images
from backend.ingest.sandbox.sandbox_client import Reader
from backend.science.imaging.grid import Grid
from backend.science.imaging.prepare import PreparedCase, prepare
from backend.science.types import MODALITIES
from shared.protocols.reader import prostate
from shared.schemas.protocol import Protocol

__all__ = ["Accepted", "Choices", "Reading", "Rejected", "read_or_reject"]
log = logging.getLogger(__name__)


def read_or_reject(case: PlannedCase, how: Reading, reader: Reader | None = None) -> Accepted | Rejected:
    """One planned study, whatever it holds."""
    try:
        return _read(case, how, reader) if how.protocol is None else _read_by(how.protocol, case, how, reader)
    except Refusal as refusal:
        reason = f"case {case.study_id}: {_continued(refusal.sentence)}"
        return Rejected(case.study_id, case.patient_id, reason, finding_of(refusal))
    except Exception as error:
        # Whatever one study does to a library, the others must still be read; the log has the traceback.
        incident = uuid.uuid4().hex[:8]
        log.exception("study failed, incident %s", incident)
        reason = f"case {case.study_id}: could not be prepared ({type(error).__name__}); see {incident} in the log."
        return Rejected(case.study_id, case.patient_id, reason)


def _read(case: PlannedCase, how: Reading, reader: Reader | None) -> Accepted:
    if case.problem:
        raise Rejection(f"{case.problem}.", "layout")
    if how.masks_expected and not case.may_have_gland:
        raise Rejection(case.no_gland, "no_gland")
    row = _row_of(case, how.table)
    named = {**case.series, **how.choices.series.get(case.study_id, {})}
    read = read_images(_sources(case, named), how.roots, how.limits, how.choices.sums, reader)
    answers, decided = chosen_files(case, read, named)
    chosen = chosen_masks(answers, {*case.masks, *(["labels"] if case.labels else ())})
    inputs = _all_read(chosen.answers)
    _check_modalities(inputs.keys(), "file" if case.images else "series")
    masks, drawn, zones = drawn_masks(case, inputs, how.choices.zones, chosen.of_dicom)
    images, unusable = finite_images({modality: inputs[modality].image for modality in MODALITIES}, masks.values())
    adc = in_one_unit(images["ADC"], masks.get("gland"), inputs["ADC"].unit)
    native = Native(images | {"ADC": adc.image}, masks)
    if how.masks_expected and "gland" not in masks:
        raise Rejection(case.no_gland, "no_gland")
    placed = _placed(native, how.spacing)
    study = next((answer for answer in answers.values() if isinstance(answer, StudyFacts)), None)
    notes = [chosen.notes, *(image.notes for image in inputs.values())]
    integrity: dict[str, str] = {name: image.integrity for name, image in inputs.items()}
    found = [
        *findings(native, placed, prostate(), row),
        *drawn,
        *decided,
        *unusable,
        *adc.findings,
        *_about_files(study, integrity),
        *(Finding(*note) for each in notes for note in each.items()),
    ]
    accepted = _accepted(case, how, row, inputs, native, [roi for roi in native.masks if roi != "zones"], found)
    grades = native.labels("lesion") if "lesion" in native.masks else ()
    accepted = replace(accepted, lesion_grades=grades, zones=zones)
    return accepted if study is None else _with_facts(accepted, study)


def _with_facts(accepted: Accepted, study: StudyFacts) -> Accepted:
    """The study with what its DICOM headers say: the choice of series, and the scanner where no table says it."""
    return replace(
        accepted,
        series=study.choices,
        scanner=accepted.scanner or study.scanner,
        field_t=accepted.field_t or study.field_t,
    )


def _read_by(protocol: Protocol, case: PlannedCase, how: Reading, reader: Reader | None) -> Accepted:
    """One study under another protocol than the prostate's."""
    if case.problem:
        raise Rejection(f"{case.problem}.", "layout")
    row = _row_of(case, how.table)
    named = {**case.series, **how.choices.series.get(case.study_id, {})}
    if not case.of_dicom:
        check_required(case, protocol)
    read = read_images(_sources_by(protocol, case, named), how.roots, how.limits, how.choices.sums, reader)
    answers, decided = chosen_files(case, read, named)
    chosen = chosen_masks(answers, {*case.masks, *case.region_codes})
    inputs = _all_read(chosen.answers)
    check_read(inputs, protocol)
    masks = masks_by_protocol(case, inputs, protocol)
    native, found = checked_by_protocol(case, inputs, masks, protocol, row)
    integrity: dict[str, str] = {name: image.integrity for name, image in inputs.items()}
    study = next((answer for answer in answers.values() if isinstance(answer, StudyFacts)), None)
    found += [*decided, *_about_files(study, integrity)]
    notes = [chosen.notes, *(image.notes for image in inputs.values())]
    found += [Finding(*note) for each in notes for note in each.items()]
    measured = [roi for roi in protocol.rois if roi in native.masks]
    accepted = _accepted(case, how, row, inputs, native, measured, [of_any_organ(each) for each in found])
    return accepted if study is None else _with_facts(accepted, study)


def _accepted(
    case: PlannedCase,
    how: Reading,
    row: ClinicalRow | None,
    inputs: Mapping[str, CheckedImage],
    native: Native,
    measured: Sequence[str],
    found: Sequence[Finding],
) -> Accepted:
    """The study with what every protocol says of one; `measured`: regions that have a volume."""
    unknown = [Finding("no_clinical_row", "The clinical table has no row for this study.")]
    return Accepted(
        study_id=case.study_id,
        patient_id=case.patient_id,
        clinical=row,
        source_hashes=_hashes(inputs, native.masks),
        native={name: Grid.of(image) for name, image in {**native.images, **native.masks}.items()},
        acquired=native,
        volumes_ml={roi: native.volume_ml(roi) for roi in measured},
        findings=(*found, *(unknown if how.table and row is None else ())),
        integrity={name: image.integrity for name, image in inputs.items()},
        scanner=(row.scanner if row else None) or "",
        field_t=row.field_t if row else None,
    )


def _sources(case: PlannedCase, named: Mapping[str, str]) -> dict[str, Source]:
    """Every file of a study, or its DICOM folder with the series named for it, under the name it answers to."""
    if case.of_dicom:
        files = {"study": Source(case.dicom or Path(), series=named)}
    else:
        _check_modalities(case.images.keys(), "file")
        files = _files(case, named)
    if case.labels is not None:
        files["labels"] = Source(case.labels)
    return files | {roi: Source(path) for roi, path in case.masks.items()}


def _sources_by(protocol: Protocol, case: PlannedCase, named: Mapping[str, str]) -> dict[str, Source]:
    """The same under another protocol than the prostate's."""
    if case.of_dicom:
        files = {"study": Source(case.dicom or Path(), series=named, protocol=protocol.model_dump(mode="json"))}
    else:
        files = _files(case, named)
    if case.labels is not None and case.region_codes:
        files["labels"] = Source(case.labels)
    return files | {roi: Source(path) for roi, path in case.masks.items()}


def _files(case: PlannedCase, named: Mapping[str, str]) -> dict[str, Source]:
    """The image files of a study, those that claim one modality under names of their own."""
    single = {name: path for name, path in case.images.items() if name not in case.choices}
    files = {name: Source(path, case.channels.get(name)) for name, path in single.items()}
    return files | candidate_sources(case, named)


def _hashes(inputs: Mapping[str, CheckedImage], masks: Mapping[str, sitk.Image]) -> dict[str, str]:
    """SHA-256 of what each image and mask was read from."""
    hashes = {name: image.sha256 for name, image in inputs.items()}
    whole = hashes.pop("labels", hashes.get("zones", ""))
    return dict.fromkeys(masks, whole) | hashes


def _placed(native: Native, spacing: tuple[float, float, float]) -> PreparedCase:
    """The masks on the working grid, checked to overlap the images; voxels are computed when they are needed."""
    try:
        placed = prepare(native.images, native.masks, spacing, interpolate=False)
    except BadImage as refusal:
        raise Rejection(refusal.sentence, "elsewhere") from None
    if "gland" in placed.masks and not placed.masks["gland"].any():
        raise Rejection("the gland mask is empty; draw or replace it.", "gland_empty")
    return placed


def _about_files(study: StudyFacts | None, integrity: Mapping[str, str]) -> list[Finding]:
    found = [Finding(code, sentence) for code, sentence in (study.notes.items() if study else ())]
    chosen = study.choices.values() if study else ()
    found += [Finding("series_chosen", f"{choice['modality']} is {choice['reason']}.") for choice in chosen]
    open_ = [name for name, how in integrity.items() if how == "unverifiable"]
    if open_:
        names = ", ".join(open_)
        sentence = f"Integrity not verifiable for {names}: stored without a checksum, and no SHA-256 came along."
        found.append(Finding("unverifiable", sentence))
    return found


def _row_of(case: PlannedCase, table: ClinicalTable | None) -> ClinicalRow | None:
    """The clinical row: of the table, else of the manifest."""
    row = table.row(case.patient_id, case.study_id) if table else None
    if row is None and case.clinical:
        try:
            return clinical_row(case.study_id, case.patient_id, case.clinical, "its manifest row")
        except BadTable as refusal:
            raise Rejection(refusal.sentence, "layout") from None
    return row


def _all_read(answers: Mapping[str, Answer]) -> dict[str, CheckedImage]:
    """The images, or the first refusal among them."""
    for answer in answers.values():
        if isinstance(answer, Refusal):
            raise answer
    return {name: answer for name, answer in answers.items() if isinstance(answer, CheckedImage)}


def _check_modalities(found: Container[str], what: str) -> None:
    missing = [modality for modality in MODALITIES if modality not in found]
    if missing:
        names = " and ".join(missing)
        sentence = f"there is no {names} {what}; the encoder reads T2, DWI and ADC together, so add it."
        raise Rejection(sentence, "no_modality")


def _continued(sentence: str) -> str:
    """A sentence after a colon: small first letter, unless it begins with a name."""
    return sentence[0].lower() + sentence[1:] if sentence.startswith(("The ", "There ", "Series ")) else sentence
