"""The index of a cohort's cases as columns, in JSON."""

from collections.abc import Iterator
from typing import Any

from backend.queries.case_index import CohortIndex
from backend.queries.quality_report import spacing_words
from shared import schemas as s

NAMES = (*s.Case.model_fields, "spacing_mm", "integrity")


def packed_cases(cohort_id: str, index: CohortIndex) -> s.PackedCases:
    """The columns of an index; one whose values are all equal is written once."""
    columns = dict(zip(NAMES, zip(*_rows(index), strict=True), strict=True)) if index.cases else {}
    same = {name: values[0] for name, values in columns.items() if all(one == values[0] for one in values)}
    others = {name: list(values) for name, values in columns.items() if name not in same}
    if not columns:
        same = dict.fromkeys(NAMES)
    return s.PackedCases(
        cohort_id=cohort_id, n=len(index.cases), same=same, columns=others, unreadable=list(index.unreadable)
    )


def _rows(index: CohortIndex) -> Iterator[tuple[Any, ...]]:
    own = [name for name in s.Case.model_fields if name != "has_images"]
    place = list(s.Case.model_fields).index("has_images")
    for case in index.cases:
        values = [case.fields[name] for name in own]
        values.insert(place, case.fields["id"] in index.with_images)
        yield *values, spacing_words(index.spacing.get(case.fields["id"])), case.integrity
