"""`tables check`, and the options of reading in `analyze-tables` and `import tables`."""

import numpy as np
import pandas as pd
import pytest

from tests.cli.running import called, run_json
from tests.science.lens_tables import frame, tables


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """40 studies: embeddings, a batch output of two images, and a clinical table."""
    root = tmp_path_factory.mktemp("tables")
    pre, ft, radiomics = tables(n=40)
    frame(pre).to_csv(root / "pre.csv", index=False)
    ids = frame(ft)[["study_id"]].rename(columns={"study_id": "ID"})
    np.save(root / "ft.npy", ft.values)
    ids.to_csv(root / "ids.csv", index=False)
    whole = frame(radiomics)
    whole.to_csv(root / "rad.csv", index=False)
    parts = []
    for modality in ("T2", "ADC"):
        part = whole[[name for name in whole if name.startswith(f"{modality}_")]]
        part = part.rename(columns=lambda name: name.partition("_")[2])
        part.insert(0, "Image", [f"/images/{study}_{modality}.nii.gz" for study in whole["study_id"]])
        part.insert(0, "StudyID", whole["study_id"])
        parts.append(part.assign(diagnostics_Versions="3.0.1"))
    pd.concat(parts).to_csv(root / "batch.csv", index=False)
    whole[["study_id", "patient_id"]].assign(psa=4.5).to_csv(root / "clinical.csv", index=False)
    return root


def test_check_says_what_each_table_is_and_what_to_run(folder):
    files = [folder / name for name in ("pre.csv", "ft.npy", "batch.csv", "clinical.csv")]
    done = called("tables", "check", *files, "--id-file", folder / "ids.csv", "--modality-from", "Image")
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert "read      pre.csv: embeddings, 40 rows, 40 studies of 40 patients" in said
    assert "read      batch.csv: radiomics of ADC, T2, 40 rows, 40 studies of 40 patients, 24 features" in said
    assert "          patients are those of pre.csv" in said
    assert "not used  diagnostics_Versions: diagnostics of PyRadiomics" in said
    assert "share     pre.csv and batch.csv: 40 studies" in said
    assert "read      clinical.csv: clinical, 40 rows" in said
    words = said.splitlines()[-1].removeprefix("next      radiomiclens ").split()
    assert {"analyze-tables", "--modality-from", "Image", "--id-file"} <= set(words)


def test_the_command_it_names_takes_the_stages_by_name_and_not_in_the_order_of_a_glob(folder):
    options = ("--id-file", folder / "ids.csv", "--modality-from", "Image")
    done = called("tables", "check", folder / "batch.csv", folder / "ft.npy", folder / "pre.csv", *options)
    words = done.stdout.splitlines()[-1].split()
    assert words[words.index("--pre") + 1].endswith("pre.csv")
    assert words[words.index("--ft") + 1].endswith("ft.npy")


def test_the_command_it_names_runs(folder, tmp_path):
    files = [folder / name for name in ("pre.csv", "ft.npy", "batch.csv")]
    done = called("tables", "check", *files, "--id-file", folder / "ids.csv", "--modality-from", "Image")
    words = done.stdout.splitlines()[-1].removeprefix("next      radiomiclens ").split()
    words[words.index("results")] = str(tmp_path / "out")
    run = called(*words, "--hidden", "8", "--epochs", "2", "--paper-only")
    assert run.returncode == 0, run.stderr
    assert "40 studies of 40 patients, 24 features" in run.stdout
    assert "batch.csv: the modality of a row is in 'Image'." in run.stderr
    assert "batch.csv: not used: 1 column (diagnostics_Versions), diagnostics of PyRadiomics." in run.stderr


def test_check_names_what_is_missing_and_what_cannot_be_used(folder, tmp_path):
    found = run_json("tables", "check", str(folder / "pre.csv"), str(folder / "rad.csv"))
    assert found["missing"] == ["Embeddings before and after fine-tuning are needed; 1 of the two are here."]
    assert found["command"] is None
    assert found["files"][1]["modalities"] == ["ADC", "DWI", "T2"]
    same = called("tables", "check", folder / "pre.csv", folder / "pre.csv", folder / "rad.csv")
    assert same.returncode == 1
    twin = tmp_path / "twin.csv"
    twin.write_bytes((folder / "pre.csv").read_bytes())
    same = called("tables", "check", folder / "pre.csv", twin, folder / "rad.csv")
    assert "twin.csv holds the same embeddings as another file, so nothing would be compared." in same.stdout
    useless = called("tables", "check", folder / "pre.csv", folder / "rad.csv", "--lesions", "mean")
    assert "missing   --lesions mean is for radiomics with several rows a study" in useless.stdout
    refused = called("tables", "check", folder / "pre.csv", folder / "batch.csv")
    assert refused.returncode == 1
    assert "refused   batch.csv: 12 features name no modality" in refused.stdout


def test_check_counts_what_is_not_in_both(folder, tmp_path):
    short = tmp_path / "short.csv"
    pd.read_csv(folder / "rad.csv").iloc[3:].to_csv(short, index=False)
    found = run_json("tables", "check", str(folder / "pre.csv"), str(short))
    pair = found["shared"][0]
    assert (pair["n_shared"], pair["only_first"], pair["only_second"]) == (37, 3, 0)
    assert pair["first_missing"] == "s000"


def test_a_useless_option_is_refused_in_one_sentence(folder, tmp_path):
    tables_ = ("--pre", folder / "pre.csv", "--ft", folder / "pre.csv", "--radiomics", folder / "rad.csv")
    done = called("analyze-tables", *tables_, "--out", tmp_path / "out", "--modality", "CT")
    assert done.returncode == 1
    assert "--modality CT is for features whose names carry no modality" in done.stderr
    assert not (tmp_path / "out").exists()


def test_import_lists_how_tables_were_read_and_what_was_not_used(folder, tmp_path):
    tables_ = ("--pre", folder / "pre.csv", "--ft", folder / "ft.npy", "--radiomics", folder / "batch.csv")
    options = ("--id-file", folder / "ids.csv", "--modality-from", "Image", "--cohort", "mine")
    done = called("import", "tables", *tables_, *options, "--data-dir", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "          the modality of a row is in 'Image'" in done.stdout
    assert "not used  1 columns: diagnostics_Versions" in done.stdout
    assert "40 accepted, 0 rejected." in done.stdout


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (("T2={}", "{}"), "Several files of radiomics need a modality each"),
        (("T2={}", "T2={}x"), "Two files of radiomics name the same modality"),
        (("={}",), "write it as NAME=FILE"),
        (("{}", "{}"), "is given twice; give every file once"),
    ],
)
def test_files_of_radiomics_that_cannot_be_told_apart_are_refused(folder, tmp_path, files, sentence):
    given = [word for file in files for word in ("--radiomics", file.format(folder / "rad.csv"))]
    if sentence.startswith("Several"):
        given[3] = str(folder / "batch.csv")
    tables_ = ("--pre", folder / "pre.csv", "--ft", folder / "pre.csv", "--cohort", "mine")
    done = called("import", "tables", *tables_, *given, "--data-dir", tmp_path)
    assert done.returncode == 1
    assert sentence in done.stderr
