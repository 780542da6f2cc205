"""Proposals for tables: their roles, the task, the region and the name, from names of files and columns."""

import pytest

from backend.science.tables.stage_names import stage_named
from frontend.runs import table_roles
from shared import schemas as s
from shared.protocols.reader import prostate


def table(file: str, kind: str = "embeddings", **fields: object) -> s.CheckedTable:
    counts = dict.fromkeys(("n_rows", "n_studies", "n_patients", "n_columns", "missing_values"), 5)
    stage = stage_named(file) if kind == "embeddings" else None
    known = {
        "file": file,
        "kind": kind,
        "stage": stage,
        "problem": None,
        "words": "",
        "modalities": [],
        "notes": [],
        "unused": [],
    }
    return s.CheckedTable.model_validate(known | counts | fields)


def column(name: str, kind: str = "class", n_values: int = 2) -> dict[str, object]:
    return {"name": name, "kind": kind, "n_filled": 5, "n_values": n_values}


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        (("study_pre.csv", "study_ft.csv"), ["pre", "ft"]),
        (("finetuned.npz", "baseline.npz"), ["ft", "pre"]),
        (("emb_post-run1.npz", "emb_post-run2.npz", "before.npz"), ["ft", "ft", "pre"]),
        (("ft.csv", "shuffled_ft.csv", "pre.csv"), ["ft", "control", "pre"]),
        (("model_a.csv", "tuned.csv"), ["pre", "ft"]),
        (("model_a.csv", "model_b.csv"), ["", ""]),
    ],
)
def test_embeddings_are_told_apart_by_their_names(names: tuple[str, ...], roles: list[str]) -> None:
    assert table_roles.proposed_roles([table(name) for name in names]) == roles


def test_other_tables_are_what_they_hold_and_a_bad_one_is_asked_for() -> None:
    given = [table("a.csv", "radiomics"), table("b.csv", "clinical"), table("pre.csv", problem="no ids")]
    assert table_roles.proposed_roles(given) == ["radiomics", "clinical", ""]


@pytest.mark.parametrize(
    ("names", "taken", "name"),
    [
        (["/data/picai_pre.csv", "picai_ft.npz", "picai_radiomics.csv"], (), "picai"),
        (["site_pre.csv", "site_post.csv"], ("site",), "site-2"),
        (["pre.csv", "ft.csv"], ("my-tables", "my-tables-2"), "my-tables-3"),
        (["run_pre.csv", "run_ft.csv"], (), "my-tables"),
    ],
)
def test_a_cohort_is_called_by_what_its_files_share(names: list[str], taken: tuple[str, ...], name: str) -> None:
    assert table_roles.proposed_name(names, taken) == name


@pytest.mark.parametrize(
    ("file", "modalities", "region"),
    [
        ("radiomics_gland.csv", ["T2"], "gland"),
        ("rad-tumor.csv", ["CT"], "lesion"),
        ("rad.csv", ["T2", "ADC"], "gland"),
        ("rad.csv", ["CT"], "region"),
    ],
)
def test_a_region_is_read_from_the_radiomics(file: str, modalities: list[str], region: str) -> None:
    assert table_roles.proposed_region([table(file, "radiomics", modalities=modalities)]) == region


def test_the_task_is_a_target_whose_column_is_there_else_the_likeliest_column() -> None:
    clinical = table("c.csv", "clinical", columns=[column("age", "number", 40), column("malignant")])
    assert table_roles.proposed_task([clinical], prostate()) == "malignant"
    assert table_roles.kept_columns([clinical], "malignant") == (["age", "malignant"], [])
    known = table("c.csv", "clinical", columns=[column("malignant"), column("PIRADS", "class", 4)])
    assert table_roles.proposed_task([known], prostate()) == "pirads"
    assert table_roles.kept_columns([known], "pirads") == (["PIRADS"], ["malignant"])
    named = table("volume_ft.npz")
    assert table_roles.proposed_task([named, clinical], prostate()) == "volume"
    assert table_roles.proposed_task([table("ft.npz")], prostate()) == "pirads"
    assert table_roles.label_columns([clinical]) == ["malignant"]
