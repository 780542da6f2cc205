"""`export --format dicom-seg`: a stored mask as a file that reads back, and refusals of options that do nothing."""

import io
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.sr.codedict import codes
from pydicom.uid import CTImageStorage
from sqlalchemy import select

from backend.models import Audit, Case, Cohort
from backend.storage.blob_store import BlobStore
from backend.storage.cohort_protocol import stored_protocol
from backend.storage.database import Database
from backend.storage.volumes import put_volumes
from shared.protocols.reader import built_in
from tests.api import server
from tests.cli.running import called
from tests.ingest.dicom.seg_files import write_images
from tests.ingest.files import box, write_series


@pytest.fixture
def case(own: server.Filled) -> Case:
    """A case of the filled folder whose gland lies on the grid of `write_images`."""
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        row = session.scalars(select(Case).where(Case.cohort_id == own.cohort_id).order_by(Case.study_id)).first()
        assert row is not None
        gland = box((4, 4, 1), (20, 18, 8))
        row.volumes = []
        session.flush()
        row.volumes = put_volumes(BlobStore(own.folder / "files"), {}, {"gland": gland}, {})
        session.flush()
        session.expunge(row)
    database.close()
    return row


def export(own: server.Filled, named: str, *arguments: object) -> tuple[str, Path]:
    out = own.folder / "mask.dcm"
    done = called("export", named, "--out", out, "--format", "dicom-seg", *arguments, data_dir=own.folder)
    assert done.returncode == 0, done.stderr
    return done.stdout, out


def test_a_mask_is_written_with_new_uids_or_those_of_its_images(own: server.Filled, case: Case, tmp_path: Path) -> None:
    files = write_images(tmp_path / "study")
    said, out = export(own, case.id)
    alone = pydicom.dcmread(io.BytesIO(out.read_bytes()))
    assert said == (
        "Wrote mask.dcm. Its UIDs are new: name the DICOM study with --source, and it refers to the images.\n"
    )
    said, out = export(own, case.study_id, "--source", tmp_path / "study")
    made = pydicom.dcmread(out)
    assert said == "Wrote mask.dcm.\n"
    assert made.StudyInstanceUID == pydicom.dcmread(files[0]).StudyInstanceUID != alone.StudyInstanceUID
    drawn = sitk.GetArrayFromImage(box((4, 4, 1), (20, 18, 8)))
    assert np.array_equal(made.pixel_array, drawn[1:8])
    database = Database(server.settings_of(own.folder))
    with database.read() as session:
        audited = session.scalars(select(Audit.detail).where(Audit.action == "mask.export")).all()
    database.close()
    assert audited == [{"roi": "gland"}, {"roi": "gland"}]


def test_what_cannot_be_exported_is_told(own: server.Filled, case: Case, tmp_path: Path) -> None:
    def refused(*arguments: object) -> str:
        done = called("export", *arguments, "--out", tmp_path / "x", data_dir=own.folder)
        assert done.returncode == 1
        return done.stderr.strip()

    seg = ("--format", "dicom-seg")
    assert refused(case.id, *seg, "--roi", "lesion") == "This case has no lesion mask; choose another region."
    unknown = called("export", case.id, *seg, "--roi", "liver", "--out", tmp_path / "x", data_dir=own.folder)
    assert (unknown.returncode, unknown.stderr) == (
        2,
        "The protocol prostate-mpmri has no mask 'liver'; there is gland, lesion, zones.\n",
    )
    assert refused("none", *seg) == "There is no case of that id or study; the Cases page lists them all."
    assert refused(case.id, *seg, "--source", tmp_path / "none").startswith("none is no folder")
    assert refused(case.id, *seg, "--table", "groups").startswith("--table is for csv and parquet")
    assert refused(own.analysis_id, "--roi", "gland").startswith("--roi and --source are for a mask")
    write_images(tmp_path / "other", Rows=11, Columns=48)
    assert "does not lie on the slices of any series" in refused(case.id, *seg, "--source", tmp_path / "other")


def test_a_region_of_a_ct_refers_to_the_series_it_lies_on(own: server.Filled, case: Case, tmp_path: Path) -> None:
    """A study whose series are none of the prostate's: the mask finds the one of its own grid."""
    ct = {"Modality": "CT", "FrameOfReferenceUID": "1.2.826.5", "SOPClassUID": CTImageStorage}
    thick = write_series(tmp_path / "ct" / "2", 2, "CT thorax thick", ["ORIGINAL", "PRIMARY", "AXIAL"], slices=4, **ct)
    files = write_series(tmp_path / "ct" / "3", 3, "CT thorax lung", ["ORIGINAL", "PRIMARY", "AXIAL"], **ct)
    database = Database(server.settings_of(own.folder))
    with database.write() as session:
        session.get_one(Cohort, case.cohort_id).protocol = stored_protocol(built_in("lung-ct"))
        row = session.get_one(Case, case.id)
        row.volumes = []
        session.flush()
        row.volumes = put_volumes(BlobStore(own.folder / "files"), {}, {"lung": box((4, 4, 1), (20, 18, 8))}, {})
    database.close()
    said, out = export(own, case.id, "--roi", "lung", "--source", tmp_path / "ct")
    assert said == "Wrote mask.dcm.\n"
    made = pydicom.dcmread(out)
    named = made.ReferencedSeriesSequence[0].SeriesInstanceUID
    assert named == pydicom.dcmread(files[0]).SeriesInstanceUID != pydicom.dcmread(thick[0]).SeriesInstanceUID
    assert made.SegmentSequence[0].SegmentLabel == "Lung"
    assert codes.SCT.Lung.value == made.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeValue
    done = called("export", case.id, "--format", "dicom-seg", "--roi", "gland", "--out", out, data_dir=own.folder)
    assert done.stderr.strip() == "The protocol lung-ct has no mask 'gland'; there is nodule, lung."
