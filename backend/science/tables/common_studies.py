"""The studies that tables share by id, and the patient of each; what differs is refused or named."""

from collections.abc import Sequence

from backend.errors import BadTable
from backend.science.alert import Alert
from backend.science.tables.study_columns import StudyColumn
from backend.science.tables.types import Embeddings, Radiomics


def common_studies(tables: Sequence[Embeddings | Radiomics], intersect: bool) -> tuple[tuple[str, ...], list[Alert]]:
    """Ids of the studies that all tables share, sorted; other id sets are refused (BadTable) unless `intersect`."""
    union = set().union(*(table.study_id for table in tables))
    common = union.intersection(*(table.study_id for table in tables))
    if len(common) == len(union):
        return tuple(sorted(common)), []
    if not intersect:
        absent = {table.name: sorted(union.difference(table.study_id)) for table in tables}
        lacks = ", ".join(f"{name} lacks {len(ids)} of them ({ids[0]!r})" for name, ids in absent.items() if ids)
        raise BadTable(
            f"the tables name {len(union)} different studies and {lacks}; ids are text ('001' and '1' differ): correct "
            f"them, or use --intersect to keep the {len(common)} studies in all tables."
        )
    left_out = ", ".join(f"{len(table.study_id) - len(common)} of {table.name}" for table in tables)
    alert = Alert(
        "intersected",
        f"Only the {len(common)} studies present in all tables were used; left out: {left_out}.",
        "Studies that one step lost are rarely a random sample: check which ones they are.",
    )
    return tuple(sorted(common)), [alert]


def with_values(
    studies: tuple[str, ...], patients: tuple[str, ...], columns: Sequence[StudyColumn], intersect: bool
) -> tuple[tuple[str, ...], tuple[str, ...], list[Alert]]:
    """Studies and patients with a value in every clinical column; a gap is refused unless `intersect`."""
    gaps = {column.name: column.lacking(studies) for column in columns}
    without = set().union(*gaps.values())
    if not without:
        return studies, patients, []
    counts = ", ".join(f"{name} for {len(lacking)}" for name, lacking in gaps.items() if lacking)
    if not intersect:
        raise BadTable(
            f"clinical values are missing: {counts} of {len(studies)} studies (the first is {min(without)!r}); fill "
            "them in, or use --intersect to leave these studies out."
        )
    kept = [row for row, study in enumerate(studies) if study not in without]
    alert = Alert(
        "label_missing",
        f"{len(without)} of {len(studies)} studies lack a clinical value and were left out ({counts}).",
        "A value is never filled in: decoding given an invented label would say nothing about the real one.",
    )
    return tuple(studies[row] for row in kept), tuple(patients[row] for row in kept), [alert]


def patients_of(studies: tuple[str, ...], *tables: Embeddings | Radiomics) -> tuple[str, ...]:
    """The patient of every study; raises BadTable where the tables disagree."""
    first = tables[0].patient_of()
    for table in tables[1:]:
        other = table.patient_of()
        for study in studies:
            if first[study] != other[study]:
                raise BadTable(
                    f"study {study!r} belongs to patient {first[study]!r} in {tables[0].name} and to "
                    f"{other[study]!r} in "
                    f"{table.name}; correct the patient_id columns."
                )
    return tuple(first[study] for study in studies)
