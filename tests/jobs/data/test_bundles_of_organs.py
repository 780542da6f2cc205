"""Bundles of analyses of other organs: the command in them makes the same numbers from their tables, to the bit."""

import shlex
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import select

from backend.jobs.data.result_folder import result_files, stored_result
from backend.models import Case
from backend.queries.analysis_detail import get_analysis
from backend.science.report.verify import verify
from backend.storage.blob_store import BlobStore
from backend.storage.database import Database
from shared import schemas as s
from shared.protocols.reader import built_in
from tests.cli.running import called
from tests.jobs import protocol_tables, tiny

GRADES = ("2", "3.0", "4", "03", "2.0")
"""Three grades in five spellings."""
PLAIN = ("2", "3", "4", "3", "2")
LABELS = {
    ("brain-glioma-mri", "grade"): ("grade", PLAIN),
    ("brain-glioma-mri", "survival"): ("survival_residual", None),
    ("lung-ct", "malignant"): ("malignant", ("yes", "no", "no", "yes", "yes")),
}
MIXED = ("Yes", "no", "0", "1.0", "TRUE")


@pytest.mark.parametrize(("organ", "task"), LABELS, ids=[task for _, task in LABELS])
def test_the_command_of_a_bundle_makes_its_numbers_again(
    organ: str, task: str, settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocol = built_in(organ)
    roi = protocol.rois[0]
    cohort = protocol_tables.fill(database, protocol, (task,), roi)
    with database.write() as session:
        for at, case in enumerate(session.scalars(select(Case).order_by(Case.study_id))):
            case.clinical = case.clinical | {"grade": GRADES[at % 5], "malignant": MIXED[at % 5]}
    asked = s.AnalyseParams(cohort_id=cohort, task=task, roi=roi, hidden=8, epochs=3)
    analysis = tiny.done(tiny.run(settings, asked))["analysis_id"]
    with database.read() as session:
        result = stored_result(session, BlobStore(settings.data_dir / "files"), get_analysis(session, str(analysis)))
    folder = tmp_path / "bundle"
    for name, data in result_files(result).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    column, cells = LABELS[organ, task]
    table = pd.read_csv(folder / "inputs" / "clinical.csv", dtype=str)
    if cells is not None:
        assert table[column].tolist() == [cells[at % 5] for at in range(60)]
    command = shlex.split((folder / "replicate.sh").read_text().splitlines()[4])
    assert command[command.index("--label") + 1].split("=")[0] == column
    assert command[command.index("--modality-order") + 1] == ",".join(protocol.display_order)
    monkeypatch.chdir(folder)
    done = called(*command[1:])
    assert done.returncode == 0, done.stderr
    inputs = {name: folder / "inputs" / f"{name}.parquet" for name in ("pre", "ft", "radiomics")}
    found = {check.name: (check.state, check.sentence) for check in verify(folder, inputs, folder / "replicated")}
    assert {name for name, (state, _) in found.items() if state == "differs"} == set(), found
    assert found["ranking made again"][0] == found["groups made again"][0] == "holds"
