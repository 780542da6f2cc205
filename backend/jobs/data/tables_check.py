"""The check of tables in a limited child: what people upload is not opened in the process that serves others."""

from pathlib import Path
from typing import Any

from backend.errors import BadTable, RadiomicLensError, Refusal
from backend.jobs.compute.subprocess_pool import Child, ChildDied, Limits
from backend.science.tables.check import check_tables
from backend.science.tables.check_words import as_record
from backend.science.tables.options import TableOptions

LIMITS = Limits(memory_mb=4096, seconds=60.0)


def checked_tables(paths: dict[Path, str | None], options: TableOptions) -> dict[str, Any]:
    """The record of a check. Raises BadTable where it takes more than a look may."""
    child = Child(LIMITS)
    try:
        return child.compute(check_record, (paths, options))
    except (TimeoutError, ChildDied):
        raise BadTable(
            f"These tables take more than {LIMITS.seconds:g} s or {LIMITS.memory_mb} MiB to look at; import them "
            "without a look, or use radiomiclens tables check."
        ) from None
    except Refusal:
        raise
    except RadiomicLensError as error:
        raise BadTable(f"These tables cannot be looked at: {error.sentence}") from None
    finally:
        child.end()


def check_record(paths: dict[Path, str | None], options: TableOptions) -> dict[str, Any]:
    """What the child computes."""
    return as_record(check_tables(paths, options))
