"""Volumes of regions: the prostate's from its columns, others' together, those of earlier versions where they lay."""

from backend.models import Case
from backend.models.row_checksum import row_checksum
from backend.storage.region_volumes import volumes_ml


def case(**cells: object) -> Case:
    return Case(**({"cohort_id": "c", "study_id": "s", "patient_id": "p", "clinical": {}} | cells))


def test_the_prostate_has_its_own_columns_and_a_users_column_is_no_volume() -> None:
    row = case(gland_ml=40.5, lesion_ml=None, clinical={"nodule_ml": 7, "gland_ml": 3})
    assert volumes_ml(row, ("gland", "lesion", "zones")) == {"gland": 40.5}


def test_other_regions_lie_together_and_no_column_of_a_table_stands_in_for_them() -> None:
    row = case(volumes_ml={"tumor": 2.5}, clinical={"tumor_ml": 99.0, "edema_ml": 98.0})
    assert volumes_ml(row, ("tumor", "edema")) == {"tumor": 2.5}


def test_a_row_of_an_earlier_version_keeps_its_volume() -> None:
    assert volumes_ml(case(clinical={"tumor_ml": 2.5}), ("tumor", "edema")) == {"tumor": 2.5}


def test_a_row_without_the_new_column_keeps_its_checksum() -> None:
    row = case(gland_ml=40.5)
    before = row_checksum(row)
    row.volumes_ml = None
    assert row_checksum(row) == before
    row.volumes_ml = {"tumor": 1.0}
    assert row_checksum(row) != before
