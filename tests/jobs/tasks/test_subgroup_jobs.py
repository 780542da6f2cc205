"""An analysis of a subgroup: the numbers of importing only its patients, its name everywhere, and its refusals."""

import io
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import func, inspect, select

from backend.jobs import submission
from backend.jobs.data.result_folder import result_files, stored_result
from backend.models import Analysis, AnalysisFeature, AnalysisGroup, Case, Decoder, DecodingEvidence
from backend.queries.analysis_detail import detail
from backend.queries.share_snapshot import freeze
from backend.queries.shared_page.page import Texts
from backend.science.report.verify import verify
from backend.science.synthetic.tables import synth_tables
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from shared import schemas as s
from tests.cli.running import called
from tests.jobs import tiny

PATIENTS = 90
HOW = {"task": "pirads", "roi": "gland", "hidden": 8, "epochs": 3}
WHERE = "psa>5,center=Ulm"


@pytest.fixture
def tables():
    """Tables of a planted cohort; PSA and a centre beyond ASCII in the clinical one, the sides of the split given."""
    drawn = synth_tables(PATIENTS, k_per_modality=18, d=16, seed=5, scenario="planted", repeated=0.2)
    clinical = drawn.clinical.reset_index(drop=True)
    of_patient = pd.factorize(clinical["patient_id"])[0]
    clinical["psa"] = np.round(3 + (of_patient * 37 % 100) / 10, 1)
    clinical["center"] = np.where(of_patient % 8 == 3, "Köln", "Ulm")
    clinical["split"] = np.array(["train", "train", "train", "val", "test"])[of_patient % 5]
    return {"pre": drawn.pre, "ft": drawn.ft, "radiomics": drawn.radiomics, "clinical": clinical}


def imported(settings, tables, folder: Path, name: str) -> str:
    folder.mkdir()
    paths = {}
    for each, table in tables.items():
        paths[each] = str(folder / f"{each}.csv")
        table.to_csv(paths[each], index=False)
    return tiny.done(tiny.run(settings, s.ImportTablesParams(cohort=name, **paths)))["cohort_id"]


def only(tables, studies):
    return {name: table[table["study_id"].isin(studies)] for name, table in tables.items()}


def analysis(settings, cohort_id, **changes) -> str:
    return str(tiny.done(tiny.run(settings, s.AnalyseParams(cohort_id=cohort_id, **HOW, **changes)))["analysis_id"])


def parts_of(database: Database, analysis_id: str) -> dict[str, object]:
    """Everything that was computed, by table, without names and ids of the analysis."""
    with database.read() as session:
        found: dict[str, object] = {}
        for table in (AnalysisFeature, AnalysisGroup, Decoder, DecodingEvidence):
            columns = [one.key for one in inspect(table).columns if one.key not in ("analysis_id", "checksum")]
            rows = session.scalars(select(table).where(table.analysis_id == analysis_id)).all()
            found[table.__tablename__] = sorted(
                (tuple(_plain(getattr(row, name)) for name in columns) for row in rows), key=repr
            )
        report = dict(session.get_one(Analysis, analysis_id).report)
    for name in ("cohort", "timings", "inputs", "alerts"):
        del report[name]
    return found | {"report": report}


def _plain(value: object) -> object:
    return (value.dtype.str, value.shape, value.tobytes()) if isinstance(value, np.ndarray) else repr(value)


@pytest.mark.parametrize("where", [WHERE, "split=test|val"], ids=["two columns", "one side"])
def test_a_subgroup_has_the_numbers_of_importing_only_its_patients(settings, database, tables, tmp_path, where) -> None:
    clinical = tables["clinical"]
    held = (clinical["psa"] > 5) & (clinical["center"] == "Ulm") if where == WHERE else clinical["split"] != "train"
    part = only(tables, set(clinical.loc[held, "study_id"]))
    if where != WHERE:  # without training patients the split is drawn anew, as it is where none was given
        part["clinical"] = part["clinical"].drop(columns="split")
    whole = imported(settings, tables, tmp_path / "all", "all")
    alone = imported(settings, part, tmp_path / "part", "part")
    of_part, of_whole = analysis(settings, alone), analysis(settings, whole, where=where)
    assert parts_of(database, of_whole) == parts_of(database, of_part)
    with database.read() as session:
        reports = [session.get_one(Analysis, one).report for one in (of_whole, of_part)]
    assert reports[0]["n_patients"] == part["clinical"]["patient_id"].nunique() < PATIENTS
    hashes = [{name: one["content_sha256"] for name, one in report["inputs"].items()} for report in reports]
    assert hashes[0] == hashes[1]
    assert "subgroup" not in reports[1]["cohort"]


@pytest.fixture
def cohort_id(settings, tables, tmp_path) -> str:
    return imported(settings, tables, tmp_path / "all", "all")


def test_its_name_is_in_everything_that_is_taken_away(settings, database, cohort_id, tmp_path, monkeypatch) -> None:
    job = tiny.run(settings, s.AnalyseParams(cohort_id=cohort_id, where="centre=ULM, PSA>5.0", **HOW))
    analysis_id = str(tiny.done(job)["analysis_id"])
    assert job.title == "Analyse PI-RADS on all (gland): centre Ulm, PSA above 5"
    with database.read() as session:
        row = session.get_one(Analysis, analysis_id)
        shown = detail(row)
        files = result_files(stored_result(session, BlobStore(settings.data_dir / "files"), row))
        store = BlobStore(settings.data_dir / "files")
        shared, _ = freeze(session, store, row, 7, Texts("a sender"), with_pictures=False)
    n = shown.n_patients
    assert shown.subgroup is not None
    assert (shown.subgroup.where, shown.subgroup.words) == ("center=Ulm,psa>5", "centre Ulm, PSA above 5")
    assert shown.subgroup.n_patients_all == PATIENTS
    first = f"These numbers are of a subgroup, {n} of the cohort's {PATIENTS} patients: centre Ulm, PSA above 5."
    assert shown.sentences[0] == first
    assert [one.rank for one in shown.alerts if one.code == "subgroup"] == ["info"]
    assert shared.sentences[-1].endswith(f"{n} of the cohort's {PATIENTS} patients, chosen by centre and PSA.")
    assert "Ulm" not in shared.model_dump_json()
    assert f"They are a subgroup of the cohort's {PATIENTS} patients, chosen by: " in files["methods.md"].decode()
    html = files["report.html"].decode()
    assert "subgroup: centre Ulm, PSA above 5" in html.partition("</title>")[0]
    assert "subgroup: centre Ulm, PSA above 5; the cohort has 90 patients" in html
    assert "subgroup: centre Ulm, PSA above 5" in files["figures/effects-one-column.svg"].decode()
    for name in ("ranking.csv", "groups.csv"):
        assert set(pd.read_csv(io.BytesIO(files[name]))["subgroup"]) == {"center=Ulm,psa>5"}
    command = "radiomiclens analyze all --where 'center=Ulm,psa>5' --hidden 8 --epochs 3 --task pirads --roi gland"
    assert command in files["README.md"].decode()
    assert command in files["replicate.sh"].decode()
    assert "Köln" not in files["inputs/clinical.csv"].decode()
    words = shlex.split(next(line for line in files["README.md"].decode().splitlines() if "analyze all" in line))
    again = called(*words[1:], "--wait", "--json", data_dir=settings.data_dir)
    assert again.returncode == 0, again.stderr
    assert analysis_id in again.stdout, "the command asks for the analysis that is there"
    _repeats_itself(files, tmp_path / "bundle", monkeypatch)


def _repeats_itself(files: dict[str, bytes], folder: Path, monkeypatch) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    monkeypatch.chdir(folder)
    line = next(one for one in files["replicate.sh"].decode().splitlines() if one.startswith("radiomiclens analyze-"))
    done = called(*shlex.split(line)[1:])
    assert done.returncode == 0, done.stderr
    inputs = {name: folder / "inputs" / f"{name}.parquet" for name in ("pre", "ft", "radiomics")}
    found = {check.name: check for check in verify(folder, inputs, folder / "replicated")}
    assert [name for name, check in found.items() if check.state == "differs"] == []
    assert found["ranking made again"].state == found["groups made again"].state == "holds"
    assert "centre Ulm, PSA above 5" in found["subgroup"].sentence


def test_plans_count_patients_and_refuse_too_few(settings, database, cohort_id) -> None:
    from backend.jobs.planning.plans import plan

    def planned(where: str) -> s.JobPlan:
        with database.read() as session:
            return plan(session, settings, s.AnalyseParams(cohort_id=cohort_id, where=where, **HOW))

    with database.read() as session:
        few = session.scalar(select(func.count(Case.patient_id.distinct())).where(Case.psa > 9.5))
        some = session.scalar(select(func.count(Case.patient_id.distinct())).where(Case.split != "train"))
    assert planned("psa>9.5").refusal is None if few >= 20 else True
    told = planned("split!=train")
    assert f"The subgroup has {some} of {PATIENTS} patients: split other than train." in told.sentences
    assert "Below 40 patients effects are shown and nothing is flagged." in told.sentences
    assert any("is drawn anew within it: 7:1:2 by patient, seed 0." in one for one in told.sentences)
    tiny_part = planned("center=Köln,psa>8")
    assert tiny_part.refusal is not None
    assert tiny_part.refusal.endswith("an analysis needs at least 20. Loosen a condition.")
    assert planned("psa>high").refusal == "psa> needs a number such as psa>10, not high."
    assert "has no column 'grade'" in str(planned("grade=3").refusal)


def test_one_subgroup_is_one_analysis_and_requests_for_all_are_as_they_were(settings, database, cohort_id) -> None:
    first, again = (analysis(settings, cohort_id, where=one, trust=False) for one in ("psa>5", "PSA>5.0"))
    other, whole = (
        analysis(settings, cohort_id, where="psa>=5.1", trust=False),
        analysis(settings, cohort_id, trust=False),
    )
    assert first == again
    assert len({first, other, whole}) == 3, "the same patients under another name are another subgroup"
    with database.read() as session:
        stored = session.get_one(Analysis, whole)
        assert "where" not in stored.settings
        assert session.get_one(Analysis, first).settings["where"] == "psa>5"
    assert "where" not in s.AnalyseParams(cohort_id=cohort_id, **HOW).model_dump()


def test_a_key_for_all_is_no_key_for_a_part(settings, database, cohort_id) -> None:
    request = s.JobSubmit(params=s.AnalyseParams(cohort_id=cohort_id, where="psa>5", **HOW))
    everybody = s.JobSubmit(params=s.AnalyseParams(cohort_id=cohort_id, **HOW))
    with database.write() as session:
        submission.submit(session, settings, request, key="k")
        with pytest.raises(submission.Conflict):
            submission.submit(session, settings, everybody, key="k")
