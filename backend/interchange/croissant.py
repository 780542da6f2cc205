"""The tables of a cohort as Croissant describes them: JSON-LD for machine learning, of version 1.1 for its arrays.

Source: docs.mlcommons.org/croissant, the format's specification.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from backend.interchange.cohort_tables import PATIENT, STUDY, CohortTables
from backend.interchange.licences import KNOWN
from backend.interchange.typed_table import Column, Kind, Table

CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
PARQUET = "application/x-parquet"
TYPES: dict[Kind, str] = {"text": "sc:Text", "number": "sc:Float", "count": "sc:Integer", "truth": "sc:Boolean"}
TYPES["numbers"] = "sc:Float"
SPLITS = ("train", "val", "test")
_TERMS = (
    *("arrayShape", "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject"),
    *("fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path"),
    *("recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField"),
    "transform",
)
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}
NOT_GIVEN = "No licence is known to the program that wrote this."
PRIVACY = "Ids are pseudonymous. Rows are of single people: labels, volumes and image features."


def croissant(tables: CohortTables, files: Mapping[str, bytes], licence: str | None) -> dict[str, Any]:
    """The description of the tables, whose `files` lie beside it by the name of each table and `.parquet`."""
    cohort = tables.cohort
    known = {ours: f"https://spdx.org/licenses/{spdx}" for ours, spdx in KNOWN.items()}
    about = [cohort.note, f"{len(tables.cases)} studies of {tables.n_patients} patients."]
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": cohort.name,
        "description": " ".join([*(one for one in about if one), *([] if licence else [NOT_GIVEN])]),
        "dateCreated": f"{cohort.created_at:%Y-%m-%d}",
        "keywords": ["medical imaging", "radiomics", tables.protocol.name],
        "isLiveDataset": False,
        "rai:personalSensitiveInformation": [PRIVACY],
        "distribution": [_file(table, files[f"{table.name}.parquet"]) for table in tables.all],
        "recordSet": [*_splits(tables.studies), *(_records(table) for table in tables.all)],
    }
    if licence is not None:
        found["license"] = known.get(licence.casefold(), licence)
    return found


def _file(table: Table, content: bytes) -> dict[str, Any]:
    name = f"{table.name}.parquet"
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "description": table.words,
        "contentUrl": name,
        "contentSize": f"{len(content)} B",
        "encodingFormat": PARQUET,
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _records(table: Table) -> dict[str, Any]:
    names = [column.name for column in table.columns]
    keys = [STUDY, "name"] if "is_mask" in names else [STUDY] if STUDY in names else names[:1]
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.words,
        "key": [{"@id": _id(table, key)} for key in keys],
        "field": [_field(table, column) for column in table.columns],
    }


def _field(table: Table, column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": _id(table, column.name),
        "name": column.name,
        "description": column.words,
        "dataType": TYPES[column.kind],
        "source": {"fileObject": {"@id": f"{table.name}.parquet"}, "extract": {"column": column.name}},
    }
    if column.kind == "numbers":
        found |= {"isArray": True, "arrayShape": str(np.asarray(column.values, np.float64).shape[1])}
    if column.name == "split":
        found |= {"dataType": ["cr:Split", "sc:Text"], "references": {"field": {"@id": "splits/name"}}}
    if column.name in (STUDY, PATIENT):
        found["dataType"] = ["sc:Text", "sc:identifier"]
    if column.name == STUDY and table.name != "studies":
        found["references"] = {"field": {"@id": f"studies/{STUDY}"}}
    return found


def _splits(studies: Table) -> list[dict[str, Any]]:
    """The sides of the split as an enumeration; nothing where no study has one."""
    if not any(column.name == "split" for column in studies.columns):
        return []
    field = {"@type": "cr:Field", "@id": "splits/name", "name": "name", "dataType": "sc:Text"}
    return [
        {
            "@type": "cr:RecordSet",
            "@id": "splits",
            "name": "splits",
            "description": "Sides of the split by patient.",
            "dataType": "cr:Split",
            "key": {"@id": "splits/name"},
            "field": [field],
            "data": [{"splits/name": side} for side in SPLITS],
        }
    ]


def _id(table: Table, column: str) -> str:
    """The id of a field: a name of a column may hold what an address may not."""
    return f"{table.name}/{re.sub(r'[^A-Za-z0-9_.-]', '-', column)}"
