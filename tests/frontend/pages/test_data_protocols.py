"""Data on a cohort of another organ: its words, its protocol, its clinical columns."""

from tests.frontend.other_organs import N_CASES, add_brain
from tests.frontend.work_site import Site, words


def brain(site: Site) -> str:
    with site.database() as database:
        return add_brain(database)


def test_studies_are_told_by_the_targets_and_regions_of_the_protocol(own_site: Site) -> None:
    page = own_site.page("data", cohort=brain(own_site))
    assert not page.exception
    (picture,) = [one for one in page.main.get("button_group") if one.label == "Picture"]
    assert list(picture.options) == ["T1ce", "FLAIR", "T1", "T2"]
    table = page.dataframe[-1].value
    assert {"IDH status", "Tumour grade", "Tumor (mL)", "T1ce voxel (mm)"} <= set(table.columns)
    assert not {"PI-RADS", "Gland (mL)"} & set(table.columns)
    assert table["IDH status"].tolist()[:3] == ["wildtype", "mutant", "mutant"]
    assert "IDH status mutant · tumor 11.0 mL" in words(page)
    assert any(fold.label.replace("\\", "") == "Protocol brain-glioma-mri" for fold in page.main.expander)


def test_studies_are_filtered_by_a_clinical_column(own_site: Site) -> None:
    page = own_site.page("data", cohort=brain(own_site), where="IDH", **{"is": "wildtype"})
    assert not page.exception
    assert len(page.dataframe[-1].value) == N_CASES // 3
    assert f"{N_CASES // 3} of {N_CASES}" in words(page)
    assert "IDH status" in words(page)


def test_the_prostates_table_is_as_it_was(site: Site) -> None:
    page = site.page("data", cohort=site.cohort_id)
    (table,) = [one.value for one in page.dataframe if "Study" in one.value.columns]
    assert {"PI-RADS", "Gland (mL)", "Lesion (mL)", "T2 voxel (mm)"} <= set(table.columns)
