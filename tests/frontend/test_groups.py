from tests.frontend.conftest import shown


def test_both_regions_of_a_segmentation_stand_beside_each_other(filled: str, opened) -> None:
    app = opened(filled, "groups")
    assert not app.exception
    text = shown(app).replace("\\", "")
    assert "SEG-L: Lesion segmentation, lesion region" in text
    assert "SEG-P: Lesion segmentation, gland region" in text
    assert len(app.get("plotly_chart")) == 2 + 3


def test_the_table_holds_every_group_of_the_api(filled: str, api, opened) -> None:
    app = opened(filled, "groups", show="After")
    rows = api.groups(app.query_params["analysis"])
    table = app.dataframe[0].value
    assert len(table) == len(rows)
    line = table[(table["grouping"] == "modality and feature class") & (table["group"] == "T2 · GLCM")].iloc[0]
    row = next(row for row in rows if row.group == "T2_glcm")
    assert line["r2_ft"] == row.r2_ft
    assert app.segmented_control(key="show").value == "After"


def test_one_modality_leaves_one_column(filled: str, opened) -> None:
    app = opened(filled, "groups", modality="ADC")
    assert not app.exception
    assert app.segmented_control(key="modality-switch").value == "ADC"
