"""The clinical cells of a case by column: those with a field of their own, and all others that its table had."""

from typing import Any

from backend.models import Case

FIELDS = ("pirads", "volume_ml", "psa", "isup", "age", "center", "split", "scanner", "field_t")
"""Columns that have a field in the row."""
COMPUTED = ("lesion_grades",)
"""What lies among the clinical cells and was measured here."""


def clinical_cells(case: Case) -> dict[str, Any]:
    """Column -> cell, as far as it is known."""
    cells = {name: getattr(case, name) for name in FIELDS}
    cells |= {name: cell for name, cell in (case.clinical or {}).items() if name not in COMPUTED}
    return {name: cell for name, cell in cells.items() if cell is not None}
