"""Tables of another organ on the command line: names of task, region and modality are free, and words say them."""

import re
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.running import called
from tests.science.lens_tables import frame, tables

OF_PROSTATES = re.compile(r"gland|prostate(?! foundation)|PI-RADS|pirads|\bT2\b|\bDWI\b|lesion", re.IGNORECASE)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Options that name tables of a CT: embeddings before and after, twelve features, and what the task learned."""
    pre, ft, radiomics = (frame(table) for table in tables(n=60))
    kept = [name for name in radiomics.columns if not name.startswith(("DWI", "ADC"))]
    measured = radiomics[kept].rename(columns=lambda name: name.replace("T2_", "CT_"))
    halves = measured["CT_original_glcm_Contrast"] > measured["CT_original_glcm_Contrast"].median()
    clinical = pd.DataFrame(
        {
            "study_id": pre["study_id"],
            "patient_id": pre["patient_id"],
            "malignant": halves.map({True: "yes", False: "no"}),
        }
    )
    options = []
    for name, table in {"pre": pre, "ft": ft, "radiomics": measured, "clinical": clinical}.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        options += [f"--{name}", str(tmp_path / f"{name}.csv")]
    return options


def page_of(html: Path) -> str:
    text = html.read_text("utf-8")
    return text[text.index("<main>") :]


def test_tables_are_imported_analysed_and_exported(files: list[str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    named = ("--task", "malignant", "--roi", "nodule")
    done = called("import", "tables", "--cohort", "chests", *files, *named, data_dir=data)
    assert "60 accepted, 0 rejected." in done.stdout, done.stderr
    quick = ("--hidden", "8", "--epochs", "5", "--wait", "--json")
    done = called("analyze", "chests", *named, *quick, data_dir=data)
    assert done.returncode == 0, done.stderr
    (analysis,) = re.findall(r'"analysis_id": "(\w+)",\n *"cohort_id"', done.stdout)
    assert '"title": "Analyse malignant on chests (nodule)"' in done.stdout
    written = called("export", analysis, "--out", tmp_path / "r.html", "--format", "html", data_dir=data)
    assert written.returncode == 0, written.stderr
    page = page_of(tmp_path / "r.html")
    assert "12 features of CT · nodule ROI · label: malignant (2 classes)" in page
    assert "What fine-tuning changed: malignant" in page
    assert not OF_PROSTATES.findall(page)
    for wrong, said in (
        (("--task", "malignant", "--roi", "gland"), "have no region 'gland'; there is nodule."),
        (("--task", "pirads", "--roi", "nodule"), "no encoder fine-tuned for PI-RADS yet; fine-tune one first."),
        (("--task", "idh", "--roi", "nodule"), "no encoder fine-tuned for 'idh'; it has malignant."),
        (
            ("--task", "malignant", "--roi", "liver"),
            "The tables of the cohort 'chests' have no region 'liver'; there is nodule.",
        ),
    ):
        refused = called("analyze", "chests", *wrong, data_dir=data)
        assert said in refused.stderr


def test_files_are_analysed_under_any_name_of_a_region(files: list[str], tmp_path: Path) -> None:
    quick = ("--hidden", "8", "--epochs", "5", "--label", "malignant", "--task", "malignant", "--roi", "nodule")
    done = called("analyze-tables", *files, "--out", tmp_path / "out", *quick)
    assert done.returncode == 0, done.stderr
    page = page_of(tmp_path / "out" / "report.html")
    assert "12 features of CT · nodule ROI · label: malignant (2 classes)" in page
    for text in (page, done.stdout, (tmp_path / "out" / "methods.md").read_text("utf-8")):
        assert not OF_PROSTATES.findall(text.replace(str(tmp_path), ""))
