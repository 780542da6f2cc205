"""Cohorts of other organs: imported with their regions, measured, and refused where no other organ is known yet."""

from pathlib import Path

import numpy as np
import openpyxl
import pytest
import SimpleITK as sitk
from sqlalchemy import select

from backend.jobs import transitions
from backend.models import Case, Cohort, FeatureList, Radiomics
from backend.queries.case_targets import targets_of
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import request_key, volume_key
from backend.storage.cohort_protocol import UnknownName, protocol_of
from backend.storage.volumes import stored_mask
from shared import schemas as s
from shared.protocols.reader import built_in
from tests.ingest.protocol_folders import inside, mask, write_brain, write_ct, write_nnunet
from tests.jobs import tiny


def imported(settings, path: Path, protocol: str | s.Protocol, **changes) -> str:
    params = s.ImportCasesParams(cohort="mine", path=str(path), protocol=protocol, ids="keep", **changes)
    return str(tiny.done(tiny.run(settings, params))["cohort_id"])


def means(settings, database, cohort: str, rois: list[str]) -> dict[str, dict[str, float]]:
    """Study -> column of a mean -> its value."""
    params = s.ExtractParams(cohort_id=cohort, rois=rois, settings="first.yaml", yaml=tiny.FIRST_ORDER)
    tiny.done(tiny.run(settings, params))
    with database.read() as session:
        rows = session.execute(select(Case.study_id, Radiomics).join(Radiomics).where(Radiomics.values.is_not(None)))
        found = {}
        for study, row in rows:
            names = session.get_one(FeatureList, row.feature_list_id).names
            found[study] = {name: v for name, v in zip(names, row.values, strict=True) if name.endswith("_Mean")}
        return found


def codes(case: Case) -> set[str]:
    return {finding["code"] for finding in case.findings}


def test_a_brain_is_imported_and_measured_by_the_names_of_its_protocol(settings, database, tmp_path: Path) -> None:
    write_brain(tmp_path / "brain")
    (tmp_path / "brain" / "sub-02" / "anat" / "sub-02_T2w.nii.gz").unlink()
    cohort = imported(settings, tmp_path / "brain", "brain-glioma-mri")
    with database.read() as session:
        assert protocol_of(session.get_one(Cohort, cohort)) == built_in("brain-glioma-mri")
        first, second = session.scalars(select(Case).order_by(Case.study_id))
        assert {volume.kind for volume in first.volumes} == {"T1ce", "FLAIR", "T1", "T2", "tumor"}
        assert {volume.kind for volume in second.volumes} == {"T1ce", "FLAIR", "T1", "tumor"}
        assert first.volumes_ml == {"tumor": pytest.approx(0.5)}
        assert (first.gland_ml, first.lesion_ml) == (None, None)
        assert codes(first) == set()
    found = means(settings, database, cohort, ["tumor"])
    expected = [inside(10 + k).mean() for k in range(4)]
    assert list(found["01"]) == [f"{name}_original_firstorder_Mean" for name in ("T1ce", "FLAIR", "T1", "T2")]
    np.testing.assert_allclose(list(found["01"].values()), [expected[0], expected[1], expected[2], expected[3]])
    assert np.isnan(found["02"]["T2_original_firstorder_Mean"])


def test_clinical_cells_of_participants_become_columns_and_targets(settings, database, tmp_path: Path) -> None:
    write_brain(tmp_path / "brain", 3)
    rows = "sub-01\t61\tmutant\t300\t1\nsub-02\t44\twildtype\t200\t0\nsub-03\tn/a\tsome other\tn/a\tn/a\n"
    table = tmp_path / "brain" / "participants.tsv"
    table.write_text(f"participant_id\tage\tIDH\tos_days\tdeath\n{rows}", "utf-8")
    imported(settings, tmp_path / "brain", "brain-glioma-mri")
    with database.read() as session:
        one, _, three = session.scalars(select(Case).order_by(Case.study_id))
        assert (one.age, one.clinical) == (61, {"IDH": "mutant", "os_days": 300, "death": 1})
        brain = built_in("brain-glioma-mri")
        assert targets_of(one, brain) == {"idh": "mutant", "survival": {"time": 300.0, "event": True}}
        assert (codes(one), codes(three)) == (set(), {"target_value"})
        assert three.warnings == ["The target idh has no value: IDH is 'some other', none of wildtype, mutant."]


def test_a_workbook_is_a_clinical_table_and_dates_wait_for_a_decision(settings, database, tmp_path: Path) -> None:
    table = write_ct(tmp_path / "ct")
    book = openpyxl.Workbook()
    for row in (["study_id", "patient_id", "stage", "seen"], ["s0", "p0", "II", "2021-03-04"], ["s1", "p1", 3, None]):
        book.active.append(row)
    book.save(tmp_path / "sheet.xlsx")
    asked = {"cohort": "c", "path": str(table), "protocol": "lung-ct", "clinical": str(tmp_path / "sheet.xlsx")}
    job = tiny.run(settings, s.ImportCasesParams.model_validate(asked))
    assert "he column seen of the clinical table holds dates, which are never kept; choose --ids keep" in job.error
    tiny.done(tiny.run(settings, s.ImportCasesParams.model_validate(asked | {"ids": "keep"})))
    with database.read() as session:
        assert [case.clinical for case in session.scalars(select(Case).order_by(Case.study_id))] == [
            {"stage": "II"},
            {"stage": "3"},
        ]
        assert session.scalars(select(Cohort)).one().settings["dropped_columns"] == ["seen (dates)"]


def test_a_ct_keeps_its_zeros_and_has_one_modality(settings, database, tmp_path: Path) -> None:
    write_ct(tmp_path / "ct")
    cohort = imported(settings, tmp_path / "ct", "lung-ct")
    with database.read() as session:
        case = session.scalars(select(Case).order_by(Case.study_id)).first()
        assert case is not None
        assert (case.age, case.patient_id) == (50, "p0")
        assert "region_absent" in codes(case)
        assert not codes(case) & {"zeros_in_region", "near_zeros", "gland_missing", "lesion_absent", "adc_unit_unknown"}
    found = means(settings, database, cohort, ["nodule"])
    np.testing.assert_allclose(found["p0_s0"]["CT_original_firstorder_Mean"], inside(0).mean() - 400)


def test_a_label_map_of_nnunet_gives_the_region(settings, database, tmp_path: Path) -> None:
    write_nnunet(tmp_path / "nn")
    imported(settings, tmp_path / "nn", "brain-glioma-mri")
    with database.read() as session:
        (case,) = session.scalars(select(Case))
        assert case.volumes_ml == {"tumor": pytest.approx(np.count_nonzero(sitk.GetArrayFromImage(mask())) / 1000)}


def test_a_study_without_what_is_required_is_rejected(settings, database, tmp_path: Path) -> None:
    write_brain(tmp_path / "brain", 4)
    (tmp_path / "brain" / "sub-02" / "anat" / "sub-02_FLAIR.nii.gz").unlink()
    (tmp_path / "brain" / "sub-03" / "anat" / "sub-03_label-tumor_mask.nii.gz").unlink()
    empty = sitk.Cast(mask() * 0, sitk.sitkUInt8)
    sitk.WriteImage(empty, str(tmp_path / "brain" / "sub-04" / "anat" / "sub-04_label-tumor_mask.nii.gz"))
    imported(settings, tmp_path / "brain", "brain-glioma-mri")
    with database.read() as session:
        found = {case.study_id: (case.code, case.reason) for case in session.scalars(select(Case))}
    assert found["01"] == ("", "")
    required = "which the protocol brain-glioma-mri requires; add it."
    assert found["02"] == ("modality_missing", f"case 02: there is no FLAIR file, {required}")
    assert found["03"] == ("region_missing", f"case 03: there is no tumor mask, {required}")
    assert found["04"] == ("region_void", "case 04: the tumor mask is empty; draw or replace it.")


def test_names_that_are_none_of_the_protocol_are_refused_with_what_there_is(settings, tmp_path: Path) -> None:
    write_ct(tmp_path / "ct")
    with pytest.raises(UnknownName, match=r"protocol lung-ct has no modality 'T2'; there is CT"):
        imported(settings, tmp_path / "ct", "lung-ct", series={"p0_s0": {"T2": "4"}})
    with pytest.raises(UnknownName, match=r"no protocol 'heart'; built in are prostate-mpmri, brain-glioma-mri"):
        imported(settings, tmp_path / "ct", "heart")
    cohort = imported(settings, tmp_path / "ct", "lung-ct")
    with pytest.raises(UnknownName, match=r"protocol lung-ct has no region 'gland'; there is nodule, lung"):
        tiny.submit(settings, s.ExtractParams(cohort_id=cohort, rois=["gland"]))


def test_a_request_of_the_prostate_is_stored_as_before(settings, tmp_path: Path) -> None:
    tiny.write_studies(tmp_path / "studies", 2)
    job = tiny.submit(settings, s.ImportCasesParams(cohort="tiny", path=str(tmp_path / "studies")))
    assert "protocol" not in job.params


def test_the_keys_of_the_prostate_are_those_of_earlier_versions(settings, database) -> None:
    cohort = tiny.store_studies(settings, 1)
    params = s.ExtractParams(cohort_id=cohort, rois=["gland"], settings="first.yaml", yaml=tiny.FIRST_ORDER)
    tiny.done(tiny.run(settings, params))
    with database.read() as session:
        (row,) = session.scalars(select(Radiomics))
        volumes = session.get_one(Case, row.case_id).volumes
        images, drawn = volume_key(volumes, ("T2", "DWI", "ADC")), volume_key(volumes, ("gland",))
        assert row.cache_key == request_key("radiomics", images=images, mask=drawn, settings=row.settings_hash, code=2)


def test_a_failed_import_leaves_no_protocol_to_the_next_cohort_of_its_name(settings, database, tmp_path: Path) -> None:
    (tmp_path / "ct").mkdir()
    (tmp_path / "ct" / "manifest.csv").write_text("study_id,CT,nodule\ns1,gone.nrrd,gone.nrrd\n")
    failed = tiny.submit(settings, s.ImportCasesParams(cohort="mine", path=str(tmp_path / "ct"), protocol="lung-ct"))
    with database.write() as session:
        transitions.cancel(session, failed.id)
    made = tiny.submit(settings, s.SynthParams(cohort="mine", cases=4))
    with database.read() as session:
        cohort = session.get_one(Cohort, made.result["cohort_id"])
        assert (cohort.name, protocol_of(cohort).name) == ("mine", "prostate-mpmri")


@pytest.mark.parametrize("kind", ["pretrain", "extract"])
def test_a_job_planned_for_prostates_does_not_run_on_another_organ(settings, database, tmp_path: Path, kind) -> None:
    write_ct(tmp_path / "ct")
    first = tiny.submit(settings, s.SynthParams(cohort="mine", cases=4))
    cohort = first.result["cohort_id"]
    params = s.PretrainParams(cohort_id=cohort) if kind == "pretrain" else s.ExtractParams(cohort_id=cohort)
    waiting = tiny.submit(settings, params, after=[first.id])
    with database.write() as session:
        transitions.cancel(session, first.id)
    assert imported(settings, tmp_path / "ct", "lung-ct") == cohort
    ended = tiny.run_submitted(settings, waiting)
    assert ended.state == "failed"
    words = {
        "pretrain": "spacing 1 x 0.5 x 0.5 mm (z, y, x) is not a whole multiple of",
        "extract": "has no region 'gland'",
    }
    assert words[kind] in (ended.error or "")


def test_a_region_of_labels_keeps_its_codes_out_of_a_label_map(settings, database, tmp_path: Path) -> None:
    write_nnunet(tmp_path / "nn")
    protocol = s.Protocol.model_validate(
        {
            "name": "parts",
            "modalities": [{"name": "FLAIR", "required": True, "reference": True}],
            "regions": [{"name": "whole_tumor", "kind": "labels", "codes": {1: "edge", 2: "core"}}],
            "grid": {"spacing_mm": [1, 1, 1], "size_zyx": [16, 16, 16]},
        }
    )
    imported(settings, tmp_path / "nn", protocol)
    files = BlobStore(settings.data_dir / "files")
    with database.read() as session:
        (case,) = session.scalars(select(Case))
        drawn = stored_mask(case, "whole_tumor").image(files)
    given = sitk.ReadImage(str(tmp_path / "nn" / "labelsTr" / "g1.nii.gz"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(drawn), sitk.GetArrayFromImage(given))


def test_an_open_protocol_is_stored_with_the_names_of_the_files(settings, database, tmp_path: Path) -> None:
    table = write_ct(tmp_path / "ct")
    cohort = imported(settings, table, "generic")
    with database.read() as session:
        found = protocol_of(session.get_one(Cohort, cohort))
        assert (found.open, found.modality_names, found.rois) == (False, ("Chest-CT",), ("GTV",))
        case = session.scalars(select(Case)).first()
        assert {volume.kind for volume in case.volumes} == {"Chest-CT", "GTV"}
        assert case.volumes_ml == {"GTV": pytest.approx(np.count_nonzero(sitk.GetArrayFromImage(mask())) / 1000)}
        assert case.clinical == {"stage": "II"}
    assert list(means(settings, database, cohort, ["GTV"])["p0_s0"]) == ["Chest-CT_original_firstorder_Mean"]
    with pytest.raises(UnknownName, match=r"protocol generic has no region 'gland'; there is GTV"):
        tiny.submit(settings, s.ExtractParams(cohort_id=cohort, rois=["gland"]))
