"""A folder of studies, read one by one: each is accepted with its warnings, or rejected with a sentence.

T2, DWI and ADC are all needed (the encoder reads the three together), and a gland mask; a lesion mask may be empty or
absent. One study that cannot be read never stops the others.
"""

import logging
import uuid
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backend.errors import BadImage, Refusal
from backend.ingest.clinical import ClinicalRow, ClinicalTable, read_clinical
from backend.ingest.guard import GuardedImage, Limits, read_images, resolve
from backend.ingest.layouts import Layout, Plan, PlannedCase, plan
from backend.ingest.quality import Native, findings
from backend.science.grid import Grid
from backend.science.images import MODALITIES, PreparedCase, prepare

log = logging.getLogger(__name__)
CLINICAL_NAMES = ("clinical.csv", "marksheet.csv")


@dataclass(frozen=True)
class Accepted:
    """A study ready for features and embeddings.

    `study_id` is `{patient}_{study}`. `source_hashes`: SHA-256 by modality and roi (for DICOM, of the slices' hashes in
    order). `native`: the grid of every input as acquired, `acquired` the images and masks themselves; `volumes_ml` and
    `lesion_grades` are of the masks as drawn.
    `sources` says in words why each DICOM series was taken.
    """

    study_id: str
    patient_id: str
    case: PreparedCase
    clinical: ClinicalRow | None
    source_hashes: dict[str, str]
    native: dict[str, Grid]
    acquired: Native
    volumes_ml: dict[str, float]
    lesion_grades: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rejected:
    """A study that cannot be used, and why, in one sentence that names the file or image."""

    study_id: str
    patient_id: str
    reason: str


def ingest(
    path: Path,
    layout: Layout = "auto",
    clinical: Path | None = None,
    spacing: tuple[float, float, float] = (0.5, 0.5, 1.0),
    allowed_roots: Sequence[Path] | None = None,
    limits: Limits | None = None,
) -> Iterator[Accepted | Rejected]:
    """Reads every study below `path`, in order of their ids; `spacing` is x, y, z in mm.

    Without `clinical`, a clinical.csv or marksheet.csv directly in `path` is taken. `allowed_roots` defaults to `path`.
    Raises a Refusal before the first study where the folder or the clinical table itself cannot be used.
    """
    roots = [path] if allowed_roots is None else list(allowed_roots)
    root = resolve(path, roots)
    table = _clinical_table(root, clinical)
    return ingest_plan(plan(root, layout), table, spacing, roots, limits)


def ingest_plan(
    planned: Plan,
    table: ClinicalTable | None,
    spacing: tuple[float, float, float],
    roots: Sequence[Path],
    limits: Limits | None = None,
) -> Iterator[Accepted | Rejected]:
    """`ingest` for a plan already made; for progress, its length is known."""
    for case in planned.cases:
        try:
            yield read_study(case, table, spacing, roots, limits)
        except Refusal as refusal:
            yield Rejected(case.study_id, case.patient_id, f"case {case.study_id}: {_continued(refusal.sentence)}")
        except Exception as error:
            # Whatever one study does to a library, the others must still be read; the log has the traceback.
            incident = uuid.uuid4().hex[:8]
            log.exception("study failed, incident %s", incident)
            reason = f"case {case.study_id}: could not be prepared ({type(error).__name__}); see {incident} in the log."
            yield Rejected(case.study_id, case.patient_id, reason)


def read_study(
    case: PlannedCase,
    table: ClinicalTable | None,
    spacing: tuple[float, float, float],
    roots: Sequence[Path],
    limits: Limits | None = None,
) -> Accepted:
    """Reads, checks and prepares one planned study. Raises a Refusal."""
    if case.problem:
        raise BadImage(f"{case.problem}.")
    files = {**case.images, **case.masks}
    _check_masks(case)
    if case.dicom is not None and not case.images:
        files["study"] = case.dicom
    else:
        _check_modalities(case.images.keys(), "file")
    inputs = _all_read(read_images(files, roots, limits))
    _check_modalities(inputs.keys(), "series")
    native = Native(
        images={modality: inputs[modality].image for modality in MODALITIES},
        masks={roi: inputs[roi].image for roi in case.masks},
    )
    prepared = prepare(native.images, native.masks, spacing)
    if not prepared.masks["gland"].any():
        raise BadImage("the gland mask is empty; draw or replace it.")
    row = table.row(case.patient_id, case.study_id) if table else None
    warnings = findings(native, prepared, row.volume_ml if row else None)
    if table and row is None:
        warnings = (*warnings, "The clinical table has no row for this study.")
    return Accepted(
        study_id=case.study_id,
        patient_id=case.patient_id,
        case=prepared,
        clinical=row,
        source_hashes={name: given.sha256 for name, given in inputs.items()},
        native={name: Grid.of(given.image) for name, given in inputs.items()},
        acquired=native,
        volumes_ml={roi: native.volume_ml(roi) for roi in native.masks if roi != "zones"},
        lesion_grades=native.labels("lesion") if "lesion" in native.masks else (),
        warnings=warnings,
        sources={name: given.reason for name, given in inputs.items() if given.reason},
    )


def _all_read(results: dict[str, GuardedImage | Refusal]) -> dict[str, GuardedImage]:
    """The images, or the first refusal among them."""
    for result in results.values():
        if isinstance(result, Refusal):
            raise result
    return {name: result for name, result in results.items() if isinstance(result, GuardedImage)}


def _check_modalities(found: Container[str], what: str) -> None:
    missing = [modality for modality in MODALITIES if modality not in found]
    if missing:
        names = " and ".join(missing)
        raise BadImage(f"there is no {names} {what}; the encoder reads T2, DWI and ADC together, so add it.")


def _check_masks(case: PlannedCase) -> None:
    if "gland" not in case.masks:
        raise BadImage(f"there is no gland mask; add {case.study_id}_gland.nii.gz.")


def _continued(sentence: str) -> str:
    """A sentence after a colon: small first letter, unless it begins with a name."""
    return sentence[0].lower() + sentence[1:] if sentence.startswith(("The ", "There ", "Series ")) else sentence


def _clinical_table(root: Path, clinical: Path | None) -> ClinicalTable | None:
    if clinical is not None:
        return read_clinical(clinical)
    beside = next((root / name for name in CLINICAL_NAMES if (root / name).is_file()), None)
    return read_clinical(beside) if beside else None
