"""`export embeddings`: what is stored comes out in three formats and is analysed as it stands."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select

from backend.models import Audit, Case, Embedding, Encoder
from backend.storage.database import Database
from tests.api import server
from tests.cli.running import called


def encoder_ids(own: server.Filled) -> dict[str, str]:
    """The encoders of the filled folder by stage."""
    database = Database(server.settings_of(own.folder))
    with database.read() as session:
        found = {row.stage: row.id for row in session.scalars(select(Encoder))}
    database.close()
    return found


def export(own: server.Filled, encoder: str, name: str, *options: str) -> Path:
    out = own.folder / name
    given = ("embeddings", server.COHORT_NAME, "--encoder", encoder, "--out", out)
    done = called("export", *given, *options, data_dir=own.folder)
    assert done.returncode == 0, done.stderr
    assert f"Wrote {name}: 66 studies, 12 dimensions (pooled)." in done.stdout
    return out


def test_the_three_formats_hold_the_imported_numbers_to_the_bit(own: server.Filled) -> None:
    encoder = encoder_ids(own)["pre"]
    given = pd.read_parquet(own.folder / "pre.parquet").sort_values("study_id", ignore_index=True)
    parquet = pd.read_parquet(export(own, encoder, "a.parquet"))
    text = pd.read_csv(export(own, encoder, "a.csv"), dtype={"study_id": str, "patient_id": str})
    pd.testing.assert_frame_equal(parquet, given, check_dtype=False, check_exact=True)
    pd.testing.assert_frame_equal(text, given, check_dtype=False, check_exact=True)
    with np.load(export(own, encoder, "a.npz"), allow_pickle=False) as arrays:
        assert arrays.files == ["study_id", "patient_id", "embeddings"]
        assert arrays["study_id"].tolist() == given["study_id"].tolist()
        assert arrays["patient_id"].tolist() == given["patient_id"].tolist()
        np.testing.assert_array_equal(arrays["embeddings"], given.iloc[:, 2:].to_numpy())
    again = export(own, encoder, "b.bin", "--format", "npz").read_bytes()
    assert again == (own.folder / "a.npz").read_bytes()
    database = Database(server.settings_of(own.folder))
    with database.read() as session:
        audited = session.scalars(select(Audit.detail).where(Audit.action == "embeddings.export")).all()
    database.close()
    assert [one["format"] for one in audited] == ["parquet", "csv", "npz", "npz"]


def test_exported_files_are_analysed_to_the_stored_ranking(own: server.Filled) -> None:
    pre, ft = (
        export(own, encoder_ids(own)[stage], f"{stage}{end}") for stage, end in (("pre", ".npz"), ("ft", ".csv"))
    )
    tables = ("--pre", pre, "--ft", ft, "--radiomics", own.folder / "radiomics.parquet")
    done = called("analyze-tables", *tables, "--out", own.folder / "out", "--hidden", "8", "--epochs", "3")
    assert done.returncode == 0, done.stderr
    called("export", own.analysis_id, "--out", own.folder / "stored.csv", data_dir=own.folder)
    stored, made = (pd.read_csv(own.folder / name) for name in ("stored.csv", "out/ranking.csv"))
    columns = ["feature", "delta_i", "r2_pre", "r2_ft", "effect"]
    pd.testing.assert_frame_equal(made[columns], stored[columns], check_exact=True)


def test_studies_without_an_embedding_are_said_and_left_out(own: server.Filled) -> None:
    encoder = encoder_ids(own)["ft"]
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        first, second = session.scalars(select(Case).order_by(Case.study_id).limit(2)).all()
        session.delete(session.scalars(select(Embedding).where(Embedding.case_id == first.id)).first())
        for row in session.scalars(select(Embedding).where(Embedding.case_id == first.id)):
            session.delete(row)
        second.status = "rejected"
        gone = {first.study_id, second.study_id}
    database.close()
    given = ("embeddings", server.COHORT_NAME, "--encoder", encoder, "--out", own.folder / "x.parquet")
    done = called("export", *given, data_dir=own.folder)
    assert "64 studies" in done.stdout
    assert "Accepted studies that are not embedded, and not in it: 1." in done.stdout
    assert not gone & set(pd.read_parquet(own.folder / "x.parquet")["study_id"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--stage", "3"), "This encoder has no stage3 embeddings of this cohort; it has pooled."),
        (("--out", "x.xlsx"), "The name x.xlsx says no format; name one with --format csv, parquet or npz."),
        (("--encoder", "nobody"), "There is no encoder of that id; the list of encoders names them all."),
        (("--out", "nowhere/x.parquet"), "There is no folder 'nowhere'"),
    ],
)
def test_refusals_are_one_sentence(own: server.Filled, options: tuple[str, str], sentence: str) -> None:
    given = {"--encoder": encoder_ids(own)["pre"], "--out": str(own.folder / "x.parquet"), options[0]: options[1]}
    words = [word for pair in given.items() for word in pair]
    done = called("export", "embeddings", server.COHORT_NAME, *words, data_dir=own.folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(sentence)
    assert not (own.folder / "x.parquet").exists()
