"""What `verify` finds in a good folder, and in one in which something was changed."""

import json
import shutil
from dataclasses import asdict
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from backend.errors import BadFile, BadSettings, NotFound
from backend.science.analysis.analyse import LensSettings, analyse
from backend.science.analysis.report_json import to_json
from backend.science.report.result_files import SUMS_FILE, checksums, write_results
from backend.science.report.verify import verify
from tests.science.lens_tables import tables


@pytest.fixture
def folder(full_folder, tmp_path):
    return shutil.copytree(full_folder, tmp_path / "results")


def states(folder, **inputs):
    return {check.name: check.state for check in verify(folder, inputs)}


def wrong(folder):
    """The checks that do not hold, the sums of the files left out: they name any changed file."""
    found = {check.name: check.sentence for check in verify(folder) if check.state == "differs"}
    assert found.pop("result files", None) is not None
    return found


def test_a_good_folder_holds_in_all_that_was_checked(folder):
    found = states(folder)
    assert set(found.values()) == {"holds", "not checked"}
    assert [name for name, state in found.items() if state == "not checked"] == [
        *("input ft", "input ft_2", "input control_1", "further columns"),
    ]
    assert states(folder / "report.json") == found


@pytest.mark.parametrize(
    ("file", "column", "row", "check"),
    [
        ("ranking.csv", "effect", 3, "ranking.csv"),
        ("ranking.csv", "se", 0, "ranking.csv"),
        ("ranking.csv", "label_borne", 5, "ranking.csv"),
        ("ranking.csv", "i_ft", 7, "importances"),
        ("ranking.csv", "paper_r2_ft", 2, "group means"),
        ("groups.csv", "ci_low", 4, "groups.csv"),
        ("groups.csv", "mse_pre", 4, "group means"),
        ("groups.csv", "n_unchanged", 0, "groups.csv"),
    ],
)
def test_a_changed_digit_is_named_with_its_column_and_line(folder, file, column, row, check):
    table = pd.read_csv(folder / file)
    table.loc[row, column] += 1e-3 if table[column].dtype.kind == "f" else 1
    table.to_csv(folder / file, index=False)
    found = wrong(folder)
    assert check in found
    if column.startswith("paper_"):  # what no part can tell alone is told by the means of its groups
        assert f"groups.csv, column {column.removeprefix('paper_')}, class " in found[check]
        return
    assert f"{file}, column {column}, " in found[check]
    line = table["feature"][row] if file == "ranking.csv" else f"{table['grouping'][row]} {table['group'][row]}"
    assert f" {line}" in found[check]


def test_a_changed_flag_is_named(folder):
    table = pd.read_csv(folder / "groups.csv")
    table.loc[2, "flag"] = "stronger" if table["flag"][2] != "stronger" else "weaker"
    table.to_csv(folder / "groups.csv", index=False)
    assert "groups.csv, column flag" in wrong(folder)["groups.csv"]


def test_a_byte_in_the_evidence_is_named(folder):
    path = folder / "evidence.safetensors"
    blob = bytearray(path.read_bytes())
    with safe_open(path, "numpy") as file:
        held = file.get_tensor("r2").tobytes()
    at = blob.index(held)
    blob[at + 6] ^= 0x10  # a high bit of the first float64
    path.write_bytes(blob)
    assert list(wrong(folder)) == ["evidence"]
    assert wrong(folder)["evidence"].startswith("r2 differs")


def test_a_byte_in_the_header_of_the_evidence_is_named(folder):
    path = folder / "evidence.safetensors"
    path.write_bytes(b"\xff" + path.read_bytes()[1:])
    assert "its header is damaged" in wrong(folder)["evidence.safetensors"]


def test_a_changed_embedding_is_found_in_all_that_follows_from_it(folder):
    path = folder / "evidence.safetensors"
    with safe_open(path, "numpy") as file:
        tensors, about = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
    tensors["x_ft_1"][3, 0] += 0.5
    save_file(tensors, path, about)
    assert set(wrong(folder)) == {
        "evidence",
        "projections",
        "ranking.csv",
        "groups.csv",
        "influence.npz",
        "report.json",
    }


def test_a_changed_theta_and_a_changed_influence_are_named(folder):
    with safe_open(folder / "decoders.safetensors", "numpy") as file:
        tensors, about = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
    tensors["theta_ft"][1, 1] += 1e-5
    save_file(tensors, folder / "decoders.safetensors", about)
    with np.load(folder / "influence.npz") as file:
        arrays = dict(file)
    arrays["influence"][0, 0] += 0.01
    np.savez(folder / "influence.npz", **arrays)
    found = wrong(folder)
    assert set(found) == {"theta", "influence.npz"}
    assert found["theta"].startswith("theta_ft differs")


@pytest.mark.parametrize(
    ("part", "name", "value", "check"),
    [
        ("settings", "hidden", 32, "settings"),
        ("settings", "l1", 1e-4, "settings"),
        ("settings", "seed", 7, "settings"),
        ("settings", "task", "volume", "settings"),
        ("versions", "radiomiclens", "0.1.0", "code version"),
        ("trust", "penalty", 3.0, "report.json"),
    ],
)
def test_a_changed_setting_or_version_is_named(folder, part, name, value, check):
    record = json.loads((folder / "report.json").read_text("utf-8"))
    record[part][name] = value
    (folder / "report.json").write_text(json.dumps(record), "utf-8")
    found = wrong(folder)
    assert check in found
    assert str(value) in found[check]


def test_other_versions_of_packages_are_said_but_are_no_error(folder):
    record = json.loads((folder / "report.json").read_text("utf-8"))
    record["versions"]["numpy"] = "1.0"
    (folder / "report.json").write_text(json.dumps(record), "utf-8")
    assert "packages" not in wrong(folder)
    told = {check.name: check.sentence for check in verify(folder)}
    assert "numpy 1.0 then" in told["packages"]


def test_inputs_are_compared_by_bytes_then_by_content(folder, tmp_path):
    pre = folder / "pre.csv"
    assert states(folder)["input pre"] == "holds"  # of tables that came from no file: by content
    table = pd.read_csv(pre)
    table.sample(frac=1, random_state=0).to_csv(tmp_path / "other.csv", index=False)
    record = json.loads((folder / "report.json").read_text("utf-8"))
    record["inputs"]["pre"]["sha256"] = sha256(pre.read_bytes()).hexdigest()
    (folder / "report.json").write_text(json.dumps(record), "utf-8")
    told = {check.name: check.sentence for check in verify(folder)}
    assert told["input pre"] == "pre.csv has the SHA-256 of the report."
    table.iloc[0, 5] += 1e-6
    table.to_csv(tmp_path / "wrong.csv", index=False)
    assert states(folder, pre=tmp_path / "wrong.csv")["input pre"] == "differs"
    assert states(folder, pre=folder / "radiomics.csv")["input pre"] == "differs"
    with pytest.raises(BadSettings, match="has no input 'x'"):
        verify(folder, {"x": pre})


def test_the_sums_name_changed_and_missing_files(folder):
    (folder / "methods.md").write_text("other")
    (folder / "references.bib").unlink()
    sentence = next(check.sentence for check in verify(folder) if check.name == "result files")
    assert sentence == ("methods.md was changed after the analysis wrote it; references.bib is missing.")
    (folder / SUMS_FILE).unlink()
    assert states(folder)["result files"] == "not checked"


def test_sums_are_those_of_the_bytes(folder):
    file = folder / "ranking.csv"
    assert checksums({"ranking.csv": file.read_bytes()}) == f"{sha256(file.read_bytes()).hexdigest()}  ranking.csv\n"


def test_a_report_alone_is_checked_as_far_as_it_goes(folder, tmp_path):
    shutil.copy(folder / "report.json", tmp_path / "report.json")
    found = states(tmp_path / "report.json")
    assert "differs" not in found.values()
    assert found["paper block"] == found["trust block"] == "not checked"


def test_a_report_without_the_trust_block_and_one_of_version_1(tmp_path, stored_version_1):
    alone = analyse(*tables(n=60), LensSettings(hidden=16, epochs=5, trust=False))
    write_results(alone, tmp_path / "alone")
    found = states(tmp_path / "alone")
    assert "differs" not in found.values()
    assert (found["theta"], found["trust block"]) == ("holds", "not checked")
    (tmp_path / "old").mkdir()
    record = to_json(stored_version_1) | {"report_version": 2}
    assert asdict(stored_version_1)["version"] == 1
    (tmp_path / "old" / "report.json").write_text(json.dumps(record))
    assert states(tmp_path / "old")["trust block"] == "not checked"


def test_what_is_no_results_folder_is_refused(tmp_path):
    with pytest.raises(NotFound, match=r"has no report\.json"):
        verify(tmp_path)
    (tmp_path / "report.json").write_text("{")
    with pytest.raises(BadFile, match="is no JSON"):
        verify(tmp_path)
    (tmp_path / "report.json").write_text("[]")
    with pytest.raises(BadFile, match="is no report"):
        verify(tmp_path)
