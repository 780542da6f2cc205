"""Radiomics of a table of images and masks: a row a case, each in a child process, resumed where a run stopped."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from backend.errors import BadSettings, RadiomicLensError
from backend.jobs.compute.executors import CaseExecutor, LocalExecutor
from backend.jobs.compute.subprocess_pool import Limits
from backend.science.radiomics import RadiomicsSettings, feature_names
from backend.science.radiomics.engines import Engine
from backend.science.types import Progress
from radiomiclens.case import measure_case
from radiomiclens.cases import Case, read_cases
from radiomiclens.finished import ENGINE, FAILED, FALLBACK, IMAGE_HASH, LABEL, MASK_HASH, SETTINGS, Finished, key
from radiomiclens.general_info import NAMES
from radiomiclens.region import Settings, checked
from radiomiclens.written import check_out

ABOUT = ("status", "reason", ENGINE, FALLBACK, SETTINGS, LABEL, IMAGE_HASH, MASK_HASH)
TWO_FILES = (".mhd", ".nhdr")
"""Headers whose voxels lie in a second file."""
STEP = "measure cases"


def features_table(
    table: str | Path | pd.DataFrame,
    out: str | Path,
    settings: Settings = "paper",
    *,
    label: int | None = None,
    engine: Engine = "fast",
    threads: int = 1,
    progress: Progress | None = None,
    case_memory_mb: int = 4096,
    case_seconds: float = 900,
) -> pd.DataFrame:
    """Measure a region of every row of `table` and write `out`, a CSV with a row a case in the same order.

    `table` (a file or a frame) has the columns `image` and `mask`, files beside it. A column `label` counts before the
    argument, and that before the settings' own. Other columns are kept. Each case is computed in a child process,
    `threads` at a time, within `case_memory_mb` MiB and `case_seconds`. A case that cannot be read or computed gets
    the status `failed` and the reason, and the others go on.

    Finished rows are written at once to `out`.part. A run that is started again measures only what is not there:
    other content of a file, other settings or labels, new rows, and what failed. Values do not depend on `threads`.
    Returns the table. Raises BadFile, BadTable or BadSettings.
    """
    if threads < 1:
        raise BadSettings(f"threads is {threads}; it must be 1 or more.")
    chosen = checked(settings, label)
    measured = (*feature_names(chosen), *ABOUT, *(NAMES if chosen.additional_info else ()))
    cases = read_cases(table, measured)
    check_out(Path(out), [table, settings, *(path for case in cases for path in (case.image, case.mask))])
    finished = Finished(Path(out), [*cases[0].cells, *measured], measured)
    try:
        rows = _kept(cases, finished, chosen, engine)
        for number, case in enumerate(cases):
            if case.problem:
                rows[number] = {**case.cells, **_failed(measured, chosen, case.problem)}
        left = [number for number in range(len(cases)) if number not in rows]
        _say(progress, len(rows), len(cases))
        with LocalExecutor(min(threads, len(left)), Limits(case_memory_mb, case_seconds)) as executor:
            running = CaseExecutor(executor, lambda: threads).sliding(
                left, lambda number: (measure_case, _arguments(cases[number], chosen, engine))
            )
            for number, future in running:
                try:
                    row = dict.fromkeys(measured, "") | future.result()
                except RadiomicLensError as error:
                    row = _failed(measured, chosen, error.sentence)
                rows[number] = {**cases[number].cells, **row, LABEL: str(cases[number].label or chosen.mask.label)}
                finished.add(rows[number])
                _say(progress, len(rows), len(cases))
        finished.write([rows[number] for number in range(len(cases))])
    finally:
        finished.close()
    return _frame([rows[number] for number in range(len(cases))], feature_names(chosen))


def _arguments(case: Case, settings: RadiomicsSettings, engine: Engine) -> tuple[Path, Path, RadiomicsSettings, Engine]:
    return case.image, case.mask, checked(settings, case.label), engine


def _kept(
    cases: Sequence[Case], finished: Finished, settings: RadiomicsSettings, engine: Engine
) -> dict[int, dict[str, str]]:
    """Number of a case -> its row, where it is finished and its files hold what they held."""
    if not len(finished):
        return {}
    digests: dict[Path, str] = {}
    rows = {}
    for number, case in enumerate(cases):
        if case.problem:
            continue
        for path in (case.image, case.mask):
            if path not in digests:
                digests[path] = _sha256(path)
        wanted = key(
            *(digests[case.image], digests[case.mask], str(case.label or settings.mask.label), settings.settings_hash),
            engine,
        )
        found = finished.get(wanted)
        if found is not None:
            rows[number] = {**case.cells, **found}
    return rows


def _sha256(path: Path) -> str:
    """Hash of a file; empty, and so never found again, where it cannot be read or is one of two."""
    try:
        with path.open("rb") as file:
            return "" if path.suffix.lower() in TWO_FILES else hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _failed(measured: Sequence[str], settings: RadiomicsSettings, reason: str) -> dict[str, str]:
    """The measured columns of a case that has no features."""
    nothing = dict.fromkeys(feature_names(settings), str(math.nan))
    return dict.fromkeys(measured, "") | nothing | {"status": FAILED, "reason": reason}


def _say(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(STEP, done, total)


def _frame(rows: Sequence[Mapping[str, str]], names: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    return frame.astype(dict.fromkeys(names, float))
