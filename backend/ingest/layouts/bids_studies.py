"""What every BIDS data set shares: entities of file names, a study a session, names of codes in a table beside a map.

Source: the Brain Imaging Data Structure specification, entities and suffixes.
"""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

from backend.errors import BadImage, Refusal
from backend.ingest.formats.read_image import ENDINGS, stem
from backend.ingest.layouts.bids_participants import add_participants
from backend.ingest.layouts.folder_files import files_below
from backend.ingest.layouts.planned_case import Plan, PlannedCase
from backend.ingest.layouts.side_files import beside, small_text
from backend.ingest.limits import MAX_SIDE_FILE_BYTES
from shared.schemas.protocol import Protocol

NAME = "dataset_description.json"
Entities = dict[str, str]
Add = Callable[[PlannedCase, Path, Entities, str], None]
"""Takes a study, one of its files, the file's entities and its suffix."""


def studies(root: Path, add: Add) -> list[PlannedCase]:
    """The sessions below a folder; a refusal of `add` concerns that session alone."""
    cases: dict[str, PlannedCase] = {}
    for path in files_below(root):
        if not path.name.startswith("sub-") or not stem(path.name):
            continue
        entities, suffix = parsed(path.name)
        if "sub" not in entities:
            continue
        study_id = "_".join(entities[key] for key in ("sub", "ses") if key in entities)
        case = cases.setdefault(study_id, PlannedCase(entities["sub"], study_id))
        try:
            add(case, path, entities, suffix)
        except Refusal as refusal:
            case.problem = case.problem or refusal.sentence.removesuffix(".")
    return list(cases.values())


def parsed(name: str) -> tuple[Entities, str]:
    """Entities (`sub`, `ses`, `label`, ...) and suffix, in small letters, of a BIDS file name."""
    *pairs, suffix = stem(name).split("_")
    entities = dict(pair.split("-", 1) for pair in pairs if re.fullmatch(r"[a-z]+-[^-]+", pair))
    return entities, suffix.lower()


def check_single(what: str, first: Path | None, path: Path) -> None:
    """Raise BadImage for a second file of what a session has once."""
    if first is not None:
        raise BadImage(f"two files claim to be its {what} ({first.name} and {path.name}); keep one.")


def named_codes(
    case: PlannedCase, path: Path, root: Path, region_of: Callable[[str], str]
) -> list[tuple[int, str]] | None:
    """(code, region) in the .tsv of a label map, which is noted as read; None without one. Raises BadImage."""
    table = _table_of(path, root)
    if table is None:
        return None
    case.side_files.append(table)
    try:
        rows = list(csv.DictReader(io.StringIO(small_text(table, MAX_SIDE_FILE_BYTES), newline=""), delimiter="\t"))
    except (OSError, ValueError, csv.Error):
        raise BadImage(f"{table.name} cannot be read as a table in UTF-8 with tabs; write it again.") from None
    found = []
    for row in rows:
        code, region = row.get("index") or "", region_of(row.get("name") or "")
        if region and not code.isdecimal():
            raise BadImage(f"{table.name} gives {region} the index {code[:20]!r}; write a whole number.")
        if region:
            found.append((int(code), region))
    return found


def _table_of(path: Path, root: Path) -> Path | None:
    """The .tsv of a file's own name, else the nearest whose entities it has: BIDS' inheritance principle.

    The table of another file is that file's alone.
    """
    entities, suffix = parsed(path.name)
    for folder in (path.parent, *path.parent.parents):
        if found := beside(folder, (f"{stem(path.name)}.tsv",), root):
            return found
        fitting = {}
        for table in sorted(folder.glob(f"*{suffix}.tsv")):
            its, kind = parsed(f"{table.stem}.nii")
            own = any((folder / f"{table.stem}{ending}").is_file() for ending in ENDINGS)
            if kind == suffix and its.items() <= entities.items() and not own:
                fitting[table.name] = len(its)
        if fitting:
            return beside(folder, (max(fitting, key=fitting.__getitem__),), root)
        if folder == root:
            break
    return None


def plan_of(cases: list[PlannedCase], root: Path, protocol: Protocol | None = None) -> Plan:
    """The plan of the sessions that hold something, in the order of patients, with the table of participants.

    `protocol` is another one than the prostate's. Raises BadImage.
    """
    tables, headings = add_participants(cases, root, protocol)
    chosen = sorted(cases, key=lambda case: (case.patient_id, case.study_id))
    files = {path for case in chosen for path in (*case.images.values(), *case.masks.values())}
    files |= {path for case in chosen for paths in case.choices.values() for path in paths}
    files |= {case.labels for case in chosen if case.labels}
    names = tuple(sorted({path.name for path in files}))
    sessions = "session" if len(chosen) == 1 else "sessions"
    under = f" under {protocol.name}" if protocol else ""
    why = f"layout bids{under}: {len(chosen)} {sessions} of files named sub-*."
    described = tuple(path for path in (root / NAME,) if path.is_file())
    return Plan(tuple(chosen), why, "bids", names, (*described, *tables), headings)
