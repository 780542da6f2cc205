"""The fields of a case that lists, detail and index share."""

from collections.abc import Mapping
from typing import Any

from backend.models import Case
from backend.queries.case_targets import targets_of
from backend.storage.region_volumes import volumes_ml
from shared import schemas as s
from shared.schemas.protocol import Protocol

_COMPUTED = {"has_images", "targets", "volumes_ml"}
COLUMNS = tuple(name for name in s.Case.model_fields if name not in _COMPUTED)
"""Fields that are columns of the row."""


def case_schema(row: Case, protocol: Protocol) -> s.Case:
    """A case as lists show it."""
    return s.Case.model_validate(case_fields(row, protocol))


def case_fields(row: Case, protocol: Protocol) -> dict[str, Any]:
    """Every field of a case, whose volumes are loaded with it."""
    has_images = any(volume.kind in protocol.modality_names for volume in row.volumes)
    return {**fields_of_row(row, protocol), "has_images": has_images}


def fields_of_row(row: Case, protocol: Protocol) -> Mapping[str, Any]:
    """The fields that a row tells without its volumes; a row of these columns will do."""
    fields = {name: getattr(row, name) for name in COLUMNS}
    return fields | {"volumes_ml": volumes_ml(row, protocol.region_names), "targets": targets_of(row, protocol)}
