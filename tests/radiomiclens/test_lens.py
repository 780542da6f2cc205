"""The analysis by the library: the numbers of the command, whatever form the tables come in."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import radiomiclens as rl
from tests.cli.running import run
from tests.science.lens_tables import write_csvs

SETTINGS = rl.LensSettings(hidden=16, epochs=5)
FILES = ("ranking.csv", "groups.csv", "methods.md", "influence.npz")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    return write_csvs(tmp_path_factory.mktemp("tables"), n=60)  # type: ignore[no-any-return,no-untyped-call]


@pytest.fixture(scope="module")
def found(inputs: tuple[Path, Path, Path]) -> rl.Result:
    return rl.analyze(*inputs, settings=SETTINGS)


@pytest.fixture(scope="module")
def clinical(inputs: tuple[Path, Path, Path]) -> pd.DataFrame:
    ids = pd.read_csv(inputs[0], usecols=["study_id", "patient_id"], dtype=str)
    return ids.assign(pirads=np.arange(60) % 4 + 2, site=np.where(np.arange(60) % 3, "A", "B"))


def test_its_files_are_those_of_the_command(inputs: tuple[Path, Path, Path], found: rl.Result, tmp_path: Path) -> None:
    pre, ft, radiomics = map(str, inputs)
    tables = ["--pre", pre, "--ft", ft, "--radiomics", radiomics, "--hidden", "16", "--epochs", "5"]
    assert run("analyze-tables", *tables, "--out", str(tmp_path / "command")).returncode == 0
    saved = found.save(tmp_path / "library")
    assert {path.name for path in saved} == {path.name for path in (tmp_path / "command").iterdir()}
    for name in FILES:
        assert (tmp_path / "library" / name).read_bytes() == (tmp_path / "command" / name).read_bytes()


def test_frames_and_arrays_give_the_same_numbers_as_files(inputs: tuple[Path, Path, Path], found: rl.Result) -> None:
    pre, ft, radiomics = (pd.read_csv(path, dtype={"study_id": str, "patient_id": str}) for path in inputs)
    by_frame = rl.analyze(pre, ft.set_index("study_id"), radiomics, settings=SETTINGS)
    pd.testing.assert_frame_equal(by_frame.ranking, found.ranking, check_exact=True)
    order = radiomics["study_id"].to_list()
    arrays = [frame.set_index("study_id").loc[order].drop(columns="patient_id").to_numpy() for frame in (pre, ft)]
    by_array = rl.analyze(*arrays, radiomics, settings=SETTINGS)
    pd.testing.assert_frame_equal(by_array.ranking, found.ranking, check_exact=True)
    assert by_array.report.inputs["pre"].content_sha256 == found.report.inputs["pre"].content_sha256
    assert (by_array.report.inputs["pre"].sha256, found.report.inputs["pre"].sha256 is None) == (None, False)


def test_a_label_and_covariates_are_columns_of_the_clinical_table(
    inputs: tuple[Path, Path, Path], clinical: pd.DataFrame
) -> None:
    found = rl.analyze(*inputs, clinical=clinical, label="pirads", settings=SETTINGS)
    assert found.report.trust is not None
    assert found.report.trust.label is not None
    assert found.report.trust.label.label == ("pirads (4 classes)",)
    assert found.report.trust.covariates == ("site (2 classes)",)
    assert found.ranking["effect_given_label"].notna().any()
    alone = rl.analyze(*inputs, clinical=clinical, label=["pirads"], covariates=[], settings=SETTINGS)
    assert alone.report.trust is not None
    assert alone.report.trust.covariates == ()
    with pytest.raises(rl.RadiomicLensError, match="column of the clinical table"):
        rl.analyze(*inputs, label="pirads", settings=SETTINGS)
    with pytest.raises(rl.RadiomicLensError, match="no column 'age'"):
        rl.analyze(*inputs, clinical=clinical, label="age", settings=SETTINGS)


def test_runs_and_controls_are_further_embeddings(inputs: tuple[Path, Path, Path]) -> None:
    pre, ft, radiomics = inputs
    frame = pd.read_csv(ft)
    rng = np.random.default_rng(0)
    other, control = (frame.assign(e000=frame["e000"] + size * rng.normal(size=len(frame))) for size in (0.1, 5.0))
    found = rl.analyze(pre, [ft, other], radiomics, controls=[control], settings=SETTINGS)
    assert found.report.trust is not None
    assert found.report.trust.runs is not None
    assert found.report.trust.controls is not None


def test_figures_are_those_of_the_report(inputs: tuple[Path, Path, Path], found: rl.Result) -> None:
    effects, r2 = found.figure(), found.figure("r2")
    assert len({*effects.to_dict()["data"][-1]["y"]}) <= 18
    assert r2.to_dict()["layout"]["xaxis"]["title"]["text"] == "the paper's held-out R²"
    paper = rl.analyze(*inputs, settings=rl.LensSettings(hidden=16, epochs=5, trust=False))
    with pytest.raises(rl.RadiomicLensError, match="no trust block"):
        paper.figure()


def test_words_and_notes_say_what_changed_and_how_tables_were_read(
    inputs: tuple[Path, Path, Path], found: rl.Result
) -> None:
    assert any("60 patients" in sentence for sentence in found.sentences())
    assert found.notes == ()
    extra = pd.read_csv(inputs[2]).assign(scanner="x")
    noted = rl.analyze(*inputs[:2], extra, settings=SETTINGS).notes
    assert any("scanner" in note for note in noted)


def test_an_array_of_other_studies_is_refused(inputs: tuple[Path, Path, Path]) -> None:
    with pytest.raises(rl.RadiomicLensError, match=r"pre: an array of shape \(59, 24\) does not fit the 60 studies"):
        rl.analyze(np.zeros((59, 24)), inputs[1], inputs[2], settings=SETTINGS)


def test_progress_is_told(inputs: tuple[Path, Path, Path]) -> None:
    steps: list[str] = []
    rl.analyze(*inputs, settings=SETTINGS, progress=lambda step, _done, _total: steps.append(step))
    assert steps
