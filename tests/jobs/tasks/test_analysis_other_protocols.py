"""Analyses of cohorts of other organs: label, words, colours, order, exports, links, comparison and self-check."""

import json
import re

import pytest
from sqlalchemy import select

from backend.cli.export import content
from backend.errors import Conflict
from backend.models import Analysis, AnalysisFeature, Case, Cohort, Comparison, Embedding, Encoder, Radiomics
from backend.queries import share_snapshot
from backend.queries.analysis_detail import get_analysis, summary
from backend.queries.shared_page.page import Texts
from backend.queries.stored_report import report_of
from backend.science.report.methods_text import methods_text
from backend.storage.blob_store import BlobStore
from backend.storage.cohort_protocol import UnknownName
from backend.storage.database import Database
from shared import schemas as s
from shared.protocol_words import spoken
from shared.protocols.reader import built_in, own_protocol
from tests.jobs import protocol_tables, tiny

OF_PROSTATES = re.compile(r"gland|prostate(?! foundation)|PI-RADS|pirads|\bDWI\b|lesion", re.IGNORECASE)
LIVER = """
name: liver-mri
modalities:
  - {name: b50-DWI, required: true, reference: true, colour: "#123456"}
  - {name: 2D-T1, unit: ms}
regions: [{name: tumor_part-1, required: true}]
targets:
  - {name: response, label: response to treatment, kind: survival, columns: [os_days, death]}
grid: {spacing_mm: [1, 1, 2], size_zyx: [64, 160, 160]}
display_order: [2D-T1, b50-DWI]
"""
CASES = {
    "brain-glioma-mri": (built_in("brain-glioma-mri"), ("idh", "survival"), "tumor"),
    "lung-ct": (built_in("lung-ct"), ("malignant", "nodule_seg"), "nodule"),
    "liver-mri": (own_protocol(LIVER, "liver.yaml"), ("response", "grown-elsewhere"), "tumor_part-1"),
}
SENDER = Texts("a sender")
SHOWN = {
    "brain-glioma-mri": ("T1ce, FLAIR, T1, T2", "IDH status", "class", "IDH (2 classes)"),
    "lung-ct": ("CT (HU)", "malignancy", "class", "malignant (2 classes)"),
    "liver-mri": ("2D-T1 (ms), b50-DWI", "response to treatment", "survival", "response_residual (number)"),
}
SECOND = {"brain-glioma-mri": "survival", "lung-ct": "nodule segmentation", "liver-mri": "grown-elsewhere"}


@pytest.fixture(params=CASES)
def made(request: pytest.FixtureRequest, settings, database: Database) -> tuple[str, str, str]:
    """A cohort of a protocol, analysed for its first task: name of the protocol, ids of cohort and analysis."""
    protocol, tasks, roi = CASES[request.param]
    cohort = protocol_tables.fill(database, protocol, tasks, roi)
    asked = s.AnalyseParams(cohort_id=cohort, task=tasks[0], roi=roi, hidden=8, epochs=5)
    return request.param, cohort, str(tiny.done(tiny.run(settings, asked))["analysis_id"])


def test_an_analysis_of_another_organ_from_label_to_link(made, settings, database: Database) -> None:
    name, cohort, analysis = made
    protocol, (task, second), roi = CASES[name]
    modalities, words, kind, label = SHOWN[name]
    files = BlobStore(settings.data_dir / "files")
    with database.read() as session:
        row = get_analysis(session, analysis)
        report = report_of(row)
        told = summary(row)
        assert (told.task, told.roi, told.modalities) == (task, roi, list(protocol.display_order))
        assert report.trust is not None
        assert report.trust.label is not None
        assert report.trust.label.label == (label,)
        assert report.trust.covariates == ("center (2 classes)",)
        targets = {one.name for one in report.trust.clinical}
        assert targets >= {f"{roi}_ml", "os_days", "death", "age", "IDH", "malignant", "center"}
        split = session.get_one(Cohort, cohort).settings["split"]
        stratified = "" if kind == "survival" else f", stratified by {words}"
        assert split == f"7:1:2 by patient{stratified}, seed 0"
        html, record, ranking, groups = (
            content(session, row, form, table).decode()
            for form, table in (("html", "ranking"), ("json", "ranking"), ("csv", "ranking"), ("csv", "groups"))
        )
        view, pictures = share_snapshot.freeze(session, files, row, 14, SENDER, with_pictures=True)
        order = list(session.scalars(select(AnalysisFeature.modality).order_by(AnalysisFeature.k)))
        assert list(dict.fromkeys(order)) == list(protocol.display_order)
    page = html[html.index("<main>") :]
    assert f"features of {modalities} · {roi} ROI · protocol {name} · target of kind {kind}" in page
    assert f"What fine-tuning changed: {words}" in page
    assert f"({modalities})" in methods_text(report)
    assert json.loads(record)["cohort"]["protocol"]["target"] == words
    by_group = [line.split(",")[1] for line in groups.splitlines() if line.startswith("modality,")]
    assert by_group == list(protocol.display_order)
    assert view.page is not None
    assert words in view.page.verdict.headline or view.page.verdict.kind in ("null", "stopped")
    told_of = {name: view.provenance[name] for name in ("Task", "Protocol", "Region measured", "Images")}
    assert told_of == {
        "Task": words,
        "Protocol": name,
        "Region measured": spoken(roi),
        "Images": ", ".join(report.modalities),
    }
    assert pictures == {}
    for text in (page, record, ranking, groups, view.model_dump_json(), " ".join(row.sentences)):
        assert not OF_PROSTATES.findall(text.replace("b50-DWI", "")), OF_PROSTATES.findall(text)
    with database.write() as session:  # so that the two are decoded again on the studies both have
        of_one = select(Embedding).join(Encoder).join(Case).where(Encoder.task == second, Case.study_id == "s003")
        session.delete(session.scalars(of_one).one())
    other = s.AnalyseParams(cohort_id=cohort, task=second, roi=roi, hidden=8, epochs=5)
    further = str(tiny.done(tiny.run(settings, other))["analysis_id"])
    compared = tiny.run(settings, s.CompareParams(analysis_ids=[analysis, further]))
    assert compared.title.startswith(f"Compare {words} · {roi} with ")
    with database.read() as session:
        found = session.get_one(Comparison, tiny.done(compared)["comparison_id"]).summary
    assert (found["recomputed"], found["n_studies"]) == (True, 59)
    assert {row["label"] for row in found["members"]} == {f"{words} · {roi}", f"{SECOND[name]} · {roi}"}
    power = tiny.done(tiny.run(settings, s.SelfCheckParams(analysis_id=analysis, seeds=1)))["power"]
    assert power["modalities"] == len(protocol.modalities)
    assert power["features"] == 18 * len(protocol.modalities), "at least as many as a world needs"


def test_names_that_are_not_there_are_refused_with_what_there_is(settings, database: Database) -> None:
    protocol, tasks, roi = CASES["lung-ct"]
    cohort = protocol_tables.fill(database, protocol, tasks, roi)

    def ask(**changes) -> str:
        with pytest.raises((Conflict, UnknownName)) as refused:
            tiny.submit(settings, s.AnalyseParams(cohort_id=cohort, **({"task": tasks[0], "roi": roi} | changes)))
        return str(refused.value)

    assert ask(roi="gland") == "The protocol lung-ct has no region 'gland'; there is nodule, lung."
    assert ask(task="pirads") == "This cohort has no encoder fine-tuned for 'pirads'; it has malignant, nodule_seg."
    assert ask(task="survival") == "This cohort has no encoder fine-tuned for survival yet; fine-tune one first."
    assert ask(roi="lung") == "There are no lung radiomics of this cohort yet; extract them first."
    assert ask(label=["idh"]).startswith("the cohort lung-ct cohort has no column 'idh'; it has ")
    with database.write() as session:
        for encoder in session.scalars(select(Encoder).where(Encoder.stage == "ft")):
            encoder.task = None
    assert ask(task="pirads").endswith("for 'pirads'; it has none; fine-tune one first.")


def test_studies_without_a_time_or_a_region_are_said(settings, database: Database) -> None:
    """Without a time of every study the survival is no label; a region that some lack is an alert, also on a link."""
    protocol, tasks, roi = CASES["liver-mri"]
    cohort = protocol_tables.fill(database, protocol, tasks, roi)
    with database.write() as session:
        first, second = session.scalars(select(Case).where(Case.study_id.in_(["s005", "s006"])))
        first.clinical = first.clinical | {"os_days": None}
        session.delete(session.scalars(select(Radiomics).where(Radiomics.case_id == second.id)).one())
    job = tiny.run(settings, s.AnalyseParams(cohort_id=cohort, task="response", roi=roi, hidden=8, epochs=5))
    with database.read() as session:
        row = session.get_one(Analysis, tiny.done(job)["analysis_id"])
        report = report_of(row)
        files = BlobStore(settings.data_dir / "files")
        view, _ = share_snapshot.freeze(session, files, row, 14, SENDER, with_pictures=False)
    assert report.trust is not None
    assert report.trust.label is None
    said = "Not every study has the region tumor_part-1: this analysis says nothing about patients without it."
    assert said in [alert.sentence for alert in report.alerts]
    assert said in [alert.sentence for alert in view.alerts]
    assert said in view.cannot_say
