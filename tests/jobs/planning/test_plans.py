import pytest

from backend.jobs import queue, submission, transitions
from backend.jobs.planning import plans
from backend.models import Case, Cohort, Encoder, FeatureList, Radiomics
from backend.storage.database import Database
from shared import schemas as s


@pytest.fixture
def cohort(database: Database) -> str:
    """21 patients with gland features and images, none with a lesion."""
    import numpy as np

    with database.write() as session:
        row = Cohort(name="real", kind="images")
        session.add(row)
        session.flush()
        session.add(FeatureList(id="f", names=["a", "b", "c"]))
        session.flush()
        for n in range(21):
            case = Case(cohort_id=row.id, study_id=f"s{n}", patient_id=f"p{n}", pirads=2 + n % 4, gland_ml=30.0)
            session.add(case)
            session.flush()
            session.add(
                Radiomics(
                    case_id=case.id,
                    roi="gland",
                    settings_hash="h",
                    cache_key="k",
                    status="ok",
                    values=np.zeros(3),
                    feature_list_id="f",
                )
            )
        return row.id


def encoder(database: Database, cohort: str, stage: str, task: str | None = None) -> str:
    with database.write() as session:
        row = Encoder(
            cohort_id=cohort,
            name="e",
            arch="a",
            sha256="0",
            stage=stage,
            task=task,
            cache_key=f"{stage}{task}",
            settings={"input": s.EncoderInput().model_dump(mode="json")},
        )
        session.add(row)
        session.flush()
        return row.id


def refusal(settings, database: Database, params, **how) -> str | None:
    with database.read() as session:
        return plans.plan(session, settings, params, **how).refusal


def test_a_good_plan_says_what_will_happen_and_how_long_it_takes(settings, database, cohort) -> None:
    with database.read() as session:
        planned = plans.plan(session, settings, s.ExtractParams(cohort_id=cohort, rois=["gland"]))
    assert planned.title == "Extract radiomics of real (gland)"
    assert planned.refusal is None
    assert "21 regions" in planned.sentences[0]
    assert "21 regions have features already" in planned.sentences[0]
    assert planned.sentences[-1].startswith("That takes about")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (lambda _: s.SynthParams(cohort="real"), "already"),
        (lambda _: s.ExtractParams(cohort_id="x"), "no cohort"),
        (lambda c: s.ExtractParams(cohort_id=c, rois=["lesion"]), "no accepted case of this cohort has a lesion"),
        (lambda c: s.ExtractParams(cohort_id=c, settings="/etc/passwd"), "no radiomics settings"),
        (lambda c: s.PretrainParams(cohort_id=c, arch="resnet"), "no encoder called 'resnet'"),
        (lambda c: s.PretrainParams(cohort_id=c, input=s.EncoderInput(size_zyx=(20, 96, 96))), "multiple of 16"),
        (lambda c: s.FinetuneParams(cohort_id=c, task="pirads"), "no pre-trained encoder"),
        (lambda c: s.AnalyseParams(cohort_id=c, task="pirads", roi="gland"), "no pre-trained encoder"),
    ],
)
def test_impossible_requests_are_refused_with_a_sentence(settings, database, cohort, params, words) -> None:
    sentence = refusal(settings, database, params(cohort))
    assert sentence is not None
    assert words.lower() in sentence.lower()
    assert sentence.endswith(".")


def test_refusals_that_need_an_encoder_first(settings, database, cohort) -> None:
    pre = encoder(database, cohort, "pre")
    tune = s.FinetuneParams(cohort_id=cohort, task="pirads")
    assert refusal(settings, database, tune) is None
    assert "lesion mask" in (refusal(settings, database, tune.model_copy(update={"task": "lesion_seg"})) or "")
    assert "does not exist" in (refusal(settings, database, tune.model_copy(update={"encoder_id": "x"})) or "")
    analyse = s.AnalyseParams(cohort_id=cohort, task="pirads", roi="gland")
    assert "fine-tuned for PI-RADS" in (refusal(settings, database, analyse) or "")
    encoder(database, cohort, "ft", "pirads")
    assert refusal(settings, database, analyse.model_copy(update={"pre_encoder_id": pre})) is None
    assert "extract them first" in (refusal(settings, database, analyse.model_copy(update={"roi": "lesion"})) or "")


def test_fewer_than_twenty_patients_cannot_be_analysed(settings, database, cohort) -> None:
    encoder(database, cohort, "pre")
    encoder(database, cohort, "ft", "pirads")
    with database.write() as session:
        for case in session.query(Case).filter(Case.study_id.in_(["s0", "s1"])):
            case.status = "excluded"
    params = s.AnalyseParams(cohort_id=cohort, task="pirads", roi="gland")
    assert "Only 19 patients" in (refusal(settings, database, params) or "")


def test_a_cohort_without_usable_cases_or_labels_is_refused(settings, database, cohort) -> None:
    encoder(database, cohort, "pre")
    with database.write() as session:
        for case in session.query(Case):
            case.pirads, case.gland_ml = None, None
    assert "PI-RADS" in (refusal(settings, database, s.FinetuneParams(cohort_id=cohort, task="pirads")) or "")
    assert "gland mask" in (refusal(settings, database, s.FinetuneParams(cohort_id=cohort, task="volume")) or "")
    with database.write() as session:
        for case in session.query(Case):
            case.status = "rejected"
    assert "no accepted case" in (refusal(settings, database, s.ExtractParams(cohort_id=cohort)) or "")


def test_paths_outside_the_import_roots_are_refused_except_on_this_machine(settings, database, tmp_path) -> None:
    inside, outside = tmp_path / "roots" / "studies", tmp_path / "elsewhere"
    for folder in (inside, outside):
        folder.mkdir(parents=True)
    (inside / "way_out").symlink_to(outside)
    allowed = settings.model_copy(update={"import_roots": [tmp_path / "roots"]})

    def ask(path, local=False) -> str | None:
        return refusal(allowed, database, s.ImportCasesParams(cohort="new", path=str(path)), local=local)

    assert ask(inside) is None
    for path in (outside, inside / "way_out", inside / ".." / ".." / "elsewhere", "/etc"):
        sentence = ask(path)
        assert sentence is not None
        assert "outside the folders" in sentence
        assert str(tmp_path) not in sentence
    assert ask(outside, local=True) is None
    assert "no folder" in (ask(tmp_path / "roots" / "missing") or "")
    assert "NUL" in (ask("/a\0b") or "")


def test_what_jobs_waited_for_will_make_counts_as_there(settings, database) -> None:
    with database.write() as session:

        def submit(params, *after):
            request = s.JobSubmit(params=params, after=[job.id for job in after])
            return submission.submit(session, settings, request)

        made = submit(s.SynthParams(cohort="new", cases=24))
        c = made.result["cohort_id"]
        analyse = s.AnalyseParams(cohort_id=c, task="volume", roi="gland")
        pre = submit(s.PretrainParams(cohort_id=c), made)
        ft = submit(s.FinetuneParams(cohort_id=c, task="volume"), pre)
        assert "extract them first" in (plans.plan(session, settings, analyse, after=[ft.id]).refusal or "")
        extracted = submit(s.ExtractParams(cohort_id=c), made)
        other = analyse.model_copy(update={"task": "pirads"})
        assert "PI-RADS" in (plans.plan(session, settings, other, after=[ft.id, extracted.id]).refusal or "")
        assert submit(analyse, ft, extracted).state == "queued"
        assert "being made" in (plans.plan(session, settings, s.SynthParams(cohort="new")).refusal or "")


def test_an_import_of_a_fine_tuned_encoder_counts_as_that_and_as_no_other(settings, database, cohort, tmp_path) -> None:
    (tmp_path / "weights.pt").write_bytes(b"weights")
    encoder(database, cohort, "pre")
    given = {"cohort_id": cohort, "task": "volume"}
    path = str(tmp_path / "weights.pt")
    with database.write() as session:
        importing = s.ImportEncoderParams(path=path, **given)
        made = submission.submit(session, settings, s.JobSubmit(params=importing), local=True)
        waiting = [
            s.EmbedParams(**given),
            s.AnalyseParams(roi="gland", **given),
            s.TrajectoryParams(roi="gland", along="stages", **given),
        ]
        for params in waiting:
            assert plans.plan(session, settings, params, after=[made.id]).refusal is None, params.kind
            other = params.model_copy(update={"task": "pirads"})
            said = plans.plan(session, settings, other, after=[made.id]).refusal or ""
            assert "no encoder fine-tuned for PI-RADS" in said, params.kind
            job = submission.submit(session, settings, s.JobSubmit(params=params, after=[made.id]), local=True)
            assert job.params["task"] == "volume"
        for row in session.query(Encoder):
            session.delete(row)
        session.flush()
        for params in [s.EmbedParams(cohort_id=cohort), *waiting[1:], s.FinetuneParams(**given), importing]:
            said = plans.plan(session, settings, params, after=[made.id], local=True).refusal or ""
            assert "no pre-trained encoder" in said, params.kind


def test_estimates_learn_from_jobs_done_here(settings, database, cohort) -> None:
    params = s.ExtractParams(cohort_id=cohort, rois=["gland", "lesion"])
    with database.write() as session:
        job = submission.submit(session, settings, s.JobSubmit(params=params))
        queue.claim(session, "cpu", "w")
        transitions.finish(session, job.id, {"units": 10, "seconds": 36000.0})
        for case in session.query(Case):
            case.lesion_ml = 1.0
    with database.read() as session:
        sentences = plans.plan(session, settings, params).sentences
    assert sentences[-1] == "That takes about 21 h."
