"""Cohorts of other protocols than the prostate's, their rows made in the database directly."""

from backend.models import Case, Cohort, Encoder
from backend.storage.cohort_protocol import stored_protocol
from backend.storage.database import Database
from shared import schemas as s
from shared.protocols.reader import built_in

N_CASES = 24


def add_brain(database: Database) -> str:
    """A cohort of gliomas with clinical columns and volumes of the tumour, and an encoder; its id."""
    with database.write() as session:
        cohort = Cohort(name="gliomas", kind="images", protocol=stored_protocol(built_in("brain-glioma-mri")))
        session.add(cohort)
        session.flush()
        session.add_all(
            Case(
                cohort_id=cohort.id, study_id=f"g{number:02d}", patient_id=f"p{number:02d}",
                volumes_ml={"tumor": 10.0 + number},
                clinical={"IDH": "mutant" if number % 3 else "wildtype", "grade": str(2 + number % 3)},
            )
            for number in range(N_CASES)
        )  # fmt: skip
        seen = {"input": s.EncoderInput().model_dump(mode="json")}
        session.add(
            Encoder(
                cohort_id=cohort.id, settings=seen, name="pre", arch="convnextv2-atto", sha256="0" * 64, stage="pre",
                cache_key="pre",
            )
        )  # fmt: skip
        return str(cohort.id)
