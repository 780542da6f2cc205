"""Fine-tuning for every kind of target of a protocol nobody has seen, as jobs."""

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from sqlalchemy import select

from backend.errors import Conflict
from backend.models import Case, Cohort, Embedding, Encoder, JobLog
from backend.science.encoders.checkpoint import load_classifier, load_segmenter
from backend.science.encoders.convnext import build_encoder
from backend.settings import Settings
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from backend.storage.region_volumes import volumes_ml
from backend.storage.volumes import put_volumes
from shared import schemas as s
from tests.jobs import tiny

ARCH, SIZE, CASES = "convnextv2-atto", (16, 32, 32), 10
LIVER = s.Protocol.model_validate(
    {
        "name": "liver",
        "modalities": [
            {"name": "HBP", "required": True, "reference": True},
            {"name": "ART", "required": True},
        ],
        "regions": [{"name": "tumor", "required": True}, {"name": "vessel", "within": "tumor"}],
        "targets": [
            {"name": "response", "kind": "class", "column": "Response", "classes": ["none", "partial", "full"]},
            {
                "name": "stage",
                "label": "tumour stage",
                "kind": "ordinal",
                "column": "stage",
                "classes": ["1", "2", "3"],
            },
            {"name": "afp", "label": "AFP", "kind": "number", "column": "afp", "modalities": ["ART"]},
            {"name": "life", "label": "survival", "kind": "survival", "columns": ["months", "died"]},
            {"name": "tumor_seg", "kind": "mask", "region": "tumor"},
        ],
        "grid": {"spacing_mm": [1, 1, 2], "size_zyx": list(SIZE)},
    }
)
CLINICAL = {
    "response": ["none", "Partial", "full", "none", "partial", "FULL", "None", "partial", "odd", "full"],
    "stage": ["1", "2", "3.0", "1", "2", "3", "1", "", "2", "3"],
    "afp": [3.5, 8.0, 1.0, 4.0, 9.5, 2.0, 7.0, 6.0, 5.0, 3.0],
    "months": [12, 3, 40, 8, 22, 5, 30, 17, 9, 11],
    "died": ["yes", "0", "dead", "1", "no", "1:DECEASED", "alive", "1", "0", "1"],
}
SPLIT = ["train"] * 6 + ["val"] * 2 + ["test"] * 2


def image(array: np.ndarray) -> sitk.Image:
    made = sitk.GetImageFromArray(array)
    made.SetSpacing((1.0, 1.0, 2.0))
    return made


@pytest.fixture
def cohort(settings: Settings, database: Database) -> str:
    """Ten livers put straight into the store; the last has no tumour drawn in its mask."""
    files = BlobStore(settings.data_dir / "files")
    with database.write() as session:
        row = Cohort(name="livers", kind="images", protocol=LIVER.model_dump(mode="json"))
        session.add(row)
        session.flush()
        for number in range(CASES):
            rng = np.random.default_rng(number)
            mask = np.zeros(SIZE, np.uint8)
            if number < CASES - 1:
                mask[5:9, 8:16, 8 : 14 + number % 3] = 1
            images = {
                name: image((100 + 20 * rng.standard_normal(SIZE) + 40 * mask).astype(np.int16))
                for name in ("HBP", "ART")
            }
            session.add(
                Case(
                    cohort_id=row.id,
                    study_id=f"s{number}",
                    patient_id=f"p{number}",
                    split=SPLIT[number],
                    clinical={name: cells[number] for name, cells in CLINICAL.items()},
                    volumes_ml={"tumor": float(mask.sum() * 0.002)},
                    volumes=put_volumes(files, images, {"tumor": image(mask)}, {}),
                )
            )
        return row.id


@pytest.fixture
def tuned(settings: Settings, database: Database, cohort: str, tmp_path):
    """Fine-tunes for a target and gives the encoder's row."""
    torch.manual_seed(0)
    path = tmp_path / "weights.pt"
    torch.save(build_encoder(ARCH, 2).state_dict(), path)
    window = s.EncoderInput(size_zyx=SIZE, spacing_zyx_mm=(2, 1, 1))
    tiny.done(tiny.run(settings, s.ImportEncoderParams(cohort_id=cohort, path=str(path), arch=ARCH, input=window)))

    def tune(task: str, **fields) -> Encoder:
        params = s.FinetuneParams(cohort_id=cohort, task=task, epochs=1, batch=3, decoder_width=8, **fields)
        made = tiny.done(tiny.run(settings, params))
        with database.read() as session:
            return session.get_one(Encoder, made["encoder_id"])

    return tune


def test_every_kind_of_target_is_learnt_recorded_and_embedded(settings, database, cohort, tuned) -> None:
    files, found = BlobStore(settings.data_dir / "files"), {}
    for target in LIVER.targets:
        row = found[target.name] = tuned(target.name)
        load = load_segmenter if target.kind == "mask" else load_classifier
        assert load(files.path(row.sha256), ARCH).encoder.embed_dim == 320
        with database.read() as session:
            of = select(Embedding.case_id).where(Embedding.encoder_id == row.id, Embedding.layer == "pooled")
            assert len(session.scalars(of).all()) == CASES, "also of studies without a value"
    assert {name: row.metrics["target"]["counts"]["train"] for name, row in found.items()} == {
        "response": {"none": 2, "partial": 2, "full": 2},
        "stage": {"1": 2, "2": 2, "3": 2},
        "afp": {"studies": 6},
        "life": {"studies": 6, "events": 4},
        "tumor_seg": {"studies": 6, "with_mask": 6},
    }
    response, life, masks = found["response"], found["life"], found["tumor_seg"]
    assert response.metrics["target"] | {"counts": 0} == {
        "kind": "class",
        "words": "response",
        "classes": ["none", "partial", "full"],
        "columns": ["Response"],
        "counts": 0,
    }
    assert np.array(response.metrics["confusion"]["test"]).sum() == 1  # one of the two test studies is no class
    assert "kappa" not in response.metrics["test"]
    odd = "1 study has no value of response that can be read: response is 'odd', none of none, partial, full (1)."
    assert any(note.startswith("1 study has no value of response") for note in response.metrics["notes"])
    with database.read() as session:
        logged = session.scalars(select(JobLog.line).where(JobLog.level == "warning")).all()
    assert any(line.lower() == odd for line in (one.lower() for one in logged))
    assert found["stage"].metrics["studies"] == {"train": 6, "val": 1, "test": 2}
    assert {"mae", "kappa"} <= set(found["stage"].metrics["test"])
    assert life.metrics["test"]["events"] == 1.0
    assert set(life.metrics["intervals"]["test"]) == {"concordance", "events"}
    assert life.name == f"{ARCH} fine-tuned for survival on livers"
    assert masks.metrics["test"]["tumor_free_cases"] == 1.0
    note = "The afp task sees ART alone: HBP is set to 0, the mean of a z-scored channel,"
    assert any(one.startswith(note) for one in found["afp"].metrics["notes"])


def test_a_target_of_one_modality_does_not_look_at_the_other(database, cohort, tuned) -> None:
    tuned("afp")
    with database.read() as session:
        rows = session.execute(select(Encoder.stage, Embedding.input_key).join(Embedding).distinct()).all()
    keys = {stage: {key for of, key in rows if of == stage} for stage in ("pre", "ft")}
    assert len(keys["pre"]) == 2, "once on both modalities, once on the one"
    assert keys["ft"] < keys["pre"]


def test_the_same_request_is_answered_and_another_value_trains_anew(settings, database, cohort, tuned) -> None:
    first = tuned("life")
    assert tuned("life").id == first.id
    with database.write() as session:
        case = session.scalars(select(Case).where(Case.study_id == "s0")).one()
        case.clinical = case.clinical | {"months": 13}
    assert tuned("life").id != first.id


def test_runs_controls_and_options_work_for_a_survival(settings, database, cohort, tuned) -> None:
    row = tuned("life", seeds=2, shuffle_labels=1, adapt="lora", lora_rank=2, augment=True, checkpoint_every=0)
    with database.read() as session:
        made = session.scalars(select(Encoder).where(Encoder.recipe_id == row.recipe_id)).all()
    assert sorted(one.control or "" for one in made) == ["", "", "shuffled_labels"]


def test_what_nobody_can_learn_is_refused_before_training(settings, database, cohort, tuned) -> None:
    with database.write() as session:
        for case in session.scalars(select(Case)).all():
            case.clinical = case.clinical | {"died": "alive", "stage": "2"}
    for task, words in (
        ("life", "of 10 accepted studies 10 have a time, and none of these has the event"),
        ("stage", "Tumour stage cannot be learned: of 10 accepted studies 0 are 1, 10 are 2, 0 are 3; two classes"),
    ):
        with pytest.raises(Conflict, match=words):
            tuned(task)
    assert volumes_ml(database_case(database), ("tumor",))


def database_case(database: Database) -> Case:
    with database.read() as session:
        return session.scalars(select(Case).limit(1)).one()
