"""Exports read back as what the analysis says."""

import csv
import io
import json

import numpy as np
import pandas as pd
from sqlalchemy import select

from backend.models import AnalysisFeature, Audit
from backend.storage.database import Database
from tests.api import server
from tests.cli.running import called


def export(own: server.Filled, name: str, *arguments: str) -> bytes:
    out = own.folder / name
    done = called("export", own.analysis_id, "--out", str(out), *arguments, data_dir=own.folder)
    assert done.returncode == 0, done.stderr
    return out.read_bytes()


def test_the_ranking_reads_back_exactly_as_csv_and_as_parquet(own: server.Filled) -> None:
    read = list(csv.DictReader(io.StringIO(export(own, "ranking.csv").decode())))
    export(own, "ranking.parquet", "--format", "parquet")
    frame = pd.read_parquet(own.folder / "ranking.parquet")
    database = Database(server.settings_of(own.folder))
    with database.read() as session:
        rows = session.scalars(select(AnalysisFeature).order_by(AnalysisFeature.rank_paper)).all()
        stored = {row.feature: row.delta_i for row in rows}
        audited = session.scalars(select(Audit.detail).where(Audit.action == "analysis.export")).all()
    database.close()
    assert {row["feature"]: float(row["delta_i"]) for row in read} == stored
    assert dict(zip(frame["feature"], frame["delta_i"], strict=True)) == stored
    assert list(read[0])[:9] == [
        "feature", "modality", "image_type", "feature_class", "feature_name", "i_pre", "i_ft", "delta_i", "rank_paper",
    ]  # fmt: skip
    assert audited == [{"format": "csv"}, {"format": "parquet"}]


def test_groups_and_the_report_are_written_too(own: server.Filled) -> None:
    groups = list(csv.DictReader(io.StringIO(export(own, "groups.csv", "--table", "groups").decode())))
    assert {"class", "modality", "overall"} <= {row["grouping"] for row in groups}
    assert json.loads(export(own, "report.json", "--format", "json"))["n_features"] == 108
    page = export(own, "report.html", "--format", "html").decode()
    assert "<html" in page
    assert 'src="http' not in page


def test_the_influence_of_every_patient_gives_the_printed_errors(own: server.Filled) -> None:
    read = pd.read_csv(io.BytesIO(export(own, "i.csv", "--table", "influence")), dtype={"patient_id": str})
    export(own, "i.parquet", "--table", "influence", "--format", "parquet")
    pd.testing.assert_frame_equal(
        pd.read_parquet(own.folder / "i.parquet"), read.astype(dict.fromkeys(read.columns[1:], "float32"))
    )
    ranking = pd.read_csv(io.BytesIO(export(own, "r.csv"))).set_index("feature")
    ratio = json.loads(export(own, "r.json", "--format", "json"))["trust"]["variance_ratio"]
    carries = read.set_index("patient_id")
    assert len(carries) == 60
    variance = ratio * (len(carries) - 1) / len(carries) * np.square(carries).sum()
    assert np.allclose(np.sqrt(variance), ranking.loc[variance.index, "se"], rtol=1e-5)


def test_an_unknown_analysis_or_folder_is_one_sentence(own: server.Filled) -> None:
    unknown = called("export", "none", "--out", str(own.folder / "x.csv"), data_dir=own.folder)
    nowhere = called("export", own.analysis_id, "--out", str(own.folder / "no" / "x.csv"), data_dir=own.folder)
    for done in (unknown, nowhere):
        assert done.returncode == 1
        assert done.stderr.startswith("There is no")
        assert str(own.folder) not in done.stderr
    assert not (own.folder / "x.csv").exists()


def test_exported_tables_are_those_of_analyze_tables(own: server.Filled) -> None:
    tables = [
        word for name in ("pre", "ft", "radiomics") for word in (f"--{name}", str(own.folder / f"{name}.parquet"))
    ]
    done = called("analyze-tables", *tables, "--out", str(own.folder / "out"), "--hidden", "8", "--epochs", "3")
    assert done.returncode == 0, done.stderr
    for name in ("ranking", "groups"):
        exported = pd.read_csv(io.BytesIO(export(own, f"{name}.csv", "--table", name)))
        written = pd.read_csv(own.folder / "out" / f"{name}.csv")
        not_stored = [column for column in written if column.startswith("paper_mse_minmax_")]
        pd.testing.assert_frame_equal(exported, written.drop(columns=not_stored))
