"""Reports of either version, read back or computed once."""

import json
from pathlib import Path

import numpy as np
import pytest

from backend.science.analysis.analyse import Analysis, LensSettings, analyse
from backend.science.analysis.beside import Beside
from backend.science.analysis.report import Report
from backend.science.analysis.report_json import from_json
from backend.science.report.result_files import write_results
from backend.science.tables.study_columns import StudyColumn
from tests.science.lens_tables import arrays, embeddings, frame, radiomics

GOLDEN = Path(__file__).parents[1] / "analysis" / "golden"


@pytest.fixture(scope="session")
def stored_version_1() -> Report:
    """A report that version 1 wrote, with its trust block."""
    report = from_json(json.loads((GOLDEN / "report_trust.json").read_text("utf-8")))
    assert report.version == 1
    return report


@pytest.fixture(scope="session")
def full_analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Two runs, a control, a label and a centre of 90 patients; the label is written into the fine-tuned embeddings."""
    rng = np.random.default_rng(1)
    x_pre, x_ft, r = arrays(n=90)
    label = (r[:, 0] > np.median(r[:, 0])).astype(float)
    written = 1.5 * label[:, None] * rng.normal(size=x_pre.shape[1])
    runs = [embeddings(x_ft + written + 0.1 * rng.normal(size=x_ft.shape), f"ft_{run}.csv") for run in (1, 2)]
    controls = (embeddings(x_pre + 0.3 * rng.normal(size=x_pre.shape), "shuffled.csv"),)
    pre, features = embeddings(x_pre, "pre.csv"), radiomics(r)
    classes = {study: f"class {value:.0f}" for study, value in zip(pre.study_id, label, strict=True)}
    centres = {study: "AB"[row % 2] for row, study in enumerate(pre.study_id)}
    beside = Beside(controls, (StudyColumn("grade", "class", classes),), (StudyColumn("centre", "class", centres),))
    settings = LensSettings(hidden=16, epochs=5, task="pirads", roi="gland")
    return analyse(pre, runs, features, settings, beside=beside)


@pytest.fixture(scope="session")
def full_folder(full_analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result files of `full_analysis`, with two of its input tables beside."""
    folder = tmp_path_factory.mktemp("full") / "results"
    write_results(full_analysis, folder)
    x_pre, _, r = arrays(n=90)
    for table in (embeddings(x_pre, "pre.csv"), radiomics(r)):
        frame(table).to_csv(folder / table.name, index=False)
    return folder
