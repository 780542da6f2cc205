"""Run: tables are looked at in the form before anything starts."""

from pathlib import Path

from tests.frontend.work_site import Site


def test_tables_are_looked_at_before_they_are_imported(own_site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    for name, head in (("pre", "e0"), ("ft", "e0"), ("rad", "original_glcm_Contrast")):
        rows = [f"s{i},{i}.5" for i in range(4 if name == "rad" else 5)]
        (folder / f"{name}.csv").write_text("\n".join([f"StudyID,{head}", *rows]) + "\n")
    page = own_site.page("run", do="import_tables")
    fields = {box.label: box for box in page.text_input}
    fields["Embeddings before fine-tuning"].set_value(str(folder / "pre.csv"))
    fields["Radiomics"].set_value(f"CT={folder / 'rad.csv'}")
    fields["Embeddings after fine-tuning"].set_value(str(folder / "ft.csv")).run()
    page.button(key="tables-look-button").click().run()
    assert not page.exception
    said = " ".join(text.value for text in [*page.markdown, *page.caption, *page.warning]).replace("\\", "")
    assert "rad.csv: radiomics of CT, 4 rows, 4 studies of 4 patients, 1 features" in said
    assert "share 4 studies; 1 and 0 are in one of them alone" in said
    assert "ft.csv holds the same embeddings as another file" in said
