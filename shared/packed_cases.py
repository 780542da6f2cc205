"""From the columns of `PackedCases` to the cases of the contract."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from shared import schemas as s
from shared.calls.listed import Listed

_READ: dict[str, TypeAdapter[Any]] = {
    "findings": TypeAdapter(list[s.Finding]),
    "reviewed_at": TypeAdapter(datetime | None),
}
"""Readers of the fields that JSON writes in another way."""
OF_QUALITY = ("spacing_mm", "integrity")
"""Columns beside those of a case."""


@dataclass(frozen=True)
class HeldCases:
    """The cases of a cohort by study id, and of each the two facts that only the report on quality tells."""

    version: str
    cases: Listed[s.Case]
    of_quality: dict[str, tuple[str, str]] = field(repr=False)

    def quality_row(self, case: s.Case) -> s.QualityRow:
        """A case as the report on quality lists it."""
        spacing, integrity = self.of_quality[case.id]
        fields = {name: getattr(case, name) for name in s.QualityRow.model_fields if name in s.Case.model_fields}
        return s.QualityRow.model_construct(case_id=case.id, spacing_mm=spacing, integrity=integrity, **fields)


def held_cases(version: str, packed: s.PackedCases) -> HeldCases:
    """The cases of an answer; its values were checked where they were written, and are not checked again."""
    names = [*s.Case.model_fields, *OF_QUALITY]
    columns = [_column(name, packed) for name in names]
    last = len(names) - len(OF_QUALITY)
    cases, of_quality = Listed[s.Case]((), packed.unreadable), {}
    for values in zip(*columns, strict=True):
        case = s.Case.model_construct(**dict(zip(names, values[:last], strict=False)))
        cases.append(case)
        of_quality[case.id] = values[last:]
    return HeldCases(version, cases, of_quality)


def _column(name: str, packed: s.PackedCases) -> Sequence[Any]:
    values = [packed.same[name]] * packed.n if name in packed.same else packed.columns[name]
    reader = _READ.get(name)
    return values if reader is None else [reader.validate_python(value) if value else value for value in values]
