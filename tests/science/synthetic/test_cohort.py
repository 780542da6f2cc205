"""Cohorts on disk: layout, determinism, clinical table, contrast."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from backend.errors import BadSettings, Conflict
from backend.science.synthetic.cohort import drawn_grid, write_cohort
from backend.science.synthetic.plan import plan_drawn, plan_real, quota

ROOT = Path(__file__).resolve().parents[3]
ANATOMY = ROOT.parent / "shared" / "data" / "anatomy"
needs_anatomy = pytest.mark.skipif(not ANATOMY.is_dir(), reason=f"the anatomy library is not at {ANATOMY}")
SPACING, SIZE = (1.0, 1.0, 3.0), (96, 96, 20)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("synthetic") / "cohort"
    write_cohort(directory, 16, 3, spacing=SPACING, size=SIZE)
    return directory


def clinical(directory: Path) -> pd.DataFrame:
    return pd.read_csv(directory / "clinical.csv", dtype={"study_id": str, "patient_id": str})


def read(directory: Path, row: pd.Series, name: str) -> sitk.Image:
    return sitk.ReadImage(str(directory / row.patient_id / f"{row.patient_id}_{row.study_id}_{name}"))


def digest(directory: Path) -> dict[str, str]:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {str(f.relative_to(directory)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def on(image: sitk.Image, mask: sitk.Image) -> np.ndarray:
    moved = sitk.Resample(mask, image, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    return sitk.GetArrayFromImage(moved)


def test_layout_is_picais(cohort: Path) -> None:
    table = clinical(cohort)
    assert len(table) == 16
    assert list(table)[:8] == ["study_id", "patient_id", "pirads", "volume_ml", "psa", "isup", "center", "age"]
    expected = {"clinical.csv"}
    for row in table.itertuples():
        stem = f"{row.patient_id}/{row.patient_id}_{row.study_id}"
        expected |= {f"{stem}_{name}.mha" for name in ("t2w", "hbv", "adc")}
        expected |= {f"{stem}_{name}.nii.gz" for name in ("gland", "zones", "lesion")}
    assert set(digest(cohort)) == expected


def test_same_seed_writes_the_same_bytes_in_another_process_and_another_seed_does_not(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from backend.science.synthetic.cohort import write_cohort; "
        "write_cohort(Path(sys.argv[1]), 2, 5, spacing=(1.0, 1.0, 3.0), size=(96, 96, 20))"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "again")], check=True, cwd=ROOT, timeout=120)
    write_cohort(tmp_path / "other", 2, 6, spacing=SPACING, size=SIZE)
    write_cohort(tmp_path / "here", 2, 5, spacing=SPACING, size=SIZE)
    assert digest(tmp_path / "here") == digest(tmp_path / "again")
    here, other = (digest(tmp_path / name) for name in ("here", "other"))
    assert not any(here[name] == other[name] for name in here if name in other and name.endswith(".mha"))


def test_masks_measure_what_the_clinical_table_says(cohort: Path) -> None:
    for _, row in clinical(cohort).iterrows():
        gland, lesion = read(cohort, row, "gland.nii.gz"), read(cohort, row, "lesion.nii.gz")
        voxel_ml = np.prod(gland.GetSpacing()) / 1000
        values = sitk.GetArrayFromImage(lesion)
        assert sitk.GetArrayFromImage(gland).sum() * voxel_ml == pytest.approx(row.volume_ml, abs=0.01)
        assert (values > 0).sum() * voxel_ml == pytest.approx(row.lesion_ml, abs=0.001)
        assert values.max() == row.isup
        assert set(np.unique(sitk.GetArrayFromImage(read(cohort, row, "zones.nii.gz")))) == {0, 1, 2}


def test_images_have_the_stated_grids_and_types(cohort: Path) -> None:
    tilted = 0
    for _, row in clinical(cohort).iterrows():
        t2, adc, hbv = (read(cohort, row, f"{name}.mha") for name in ("t2w", "adc", "hbv"))
        assert t2.GetSize() == SIZE
        assert t2.GetSpacing() == SPACING
        assert t2.GetPixelID() == adc.GetPixelID() == hbv.GetPixelID() == sitk.sitkUInt16
        assert adc.GetSpacing()[0] >= 1.75
        assert adc.GetSize() == hbv.GetSize() != t2.GetSize()
        np.testing.assert_allclose(read(cohort, row, "gland.nii.gz").GetDirection(), t2.GetDirection(), atol=1e-6)
        tilted += t2.GetDirection()[4] < 0.9999
    assert 4 < tilted < 16


def test_adc_and_lesion_contrast_are_those_of_prostates(cohort: Path) -> None:
    gland_adc, ratios = [], []
    for _, row in clinical(cohort).iterrows():
        adc, gland, lesion = (read(cohort, row, name) for name in ("adc.mha", "gland.nii.gz", "lesion.nii.gz"))
        values = sitk.GetArrayFromImage(adc).astype(float)
        gland_adc.append(values[on(adc, gland) > 0].mean())
        if row.pirads >= 4 and row.lesion_ml > 0.5:
            high, t2 = read(cohort, row, "hbv.mha"), read(cohort, row, "t2w.mha")
            pair = []
            for image in (t2, adc, high):
                signal, inside = sitk.GetArrayFromImage(image).astype(float), on(image, lesion) > 0
                pair.append(signal[inside].mean() / signal[(on(image, gland) > 0) & ~inside].mean())
            ratios.append(pair)
    assert 1250 < np.mean(gland_adc) < 1450
    t2_ratio, adc_ratio, high_ratio = np.mean(ratios, axis=0)
    assert len(ratios) >= 4
    assert t2_ratio < 0.85
    assert adc_ratio < 0.8
    assert high_ratio > 1.4


def test_patients_with_two_studies_share_the_gland_but_not_the_noise(cohort: Path) -> None:
    table = clinical(cohort)
    twice = table[table.duplicated("patient_id", keep=False)]
    assert 1 <= twice.patient_id.nunique() <= 4
    for _, pair in twice.groupby("patient_id"):
        assert pair.study_id.nunique() == 2
        assert pair[["volume_ml", "pirads", "isup", "split", "center"]].drop_duplicates().shape[0] == 1
        first, second = (sitk.GetArrayFromImage(read(cohort, row, "t2w.mha")) for _, row in pair.iterrows())
        assert not np.array_equal(first, second)


def test_plan_covers_pirads_centres_repeats_and_splits_by_patient() -> None:
    patients = plan_drawn(40, 0)
    assert sum(len(p.studies) for p in patients) == 40
    assert 0.12 <= np.mean([len(p.studies) == 2 for p in patients]) <= 0.18
    grades = [max(p.pirads, 2) for p in patients]
    assert {grade: grades.count(grade) for grade in (2, 3, 4, 5)} == {2: 9, 3: 7, 4: 10, 5: 9}
    splits = [p.split for p in patients]
    assert 0.65 < splits.count("train") / len(splits) < 0.75
    assert splits.count("test") >= 6
    assert len({study for p in patients for study in p.studies}) == 40
    assert plan_drawn(40, 0) == patients != plan_drawn(40, 1)


def test_quota_gives_each_value_its_share() -> None:
    values = quota({"a": 0.5, "b": 0.3, "c": 0.2}, 7, np.random.default_rng(0))
    assert sorted(values) == ["a"] * 4 + ["b"] * 2 + ["c"]


@needs_anatomy
def test_anatomy_cohort_has_the_real_patients_rows(tmp_path: Path) -> None:
    rows = write_cohort(tmp_path / "real", 4, 0, anatomy=ANATOMY, spacing=SPACING, size=(112, 112, 26))
    sheet = pd.read_csv(ANATOMY / "marksheet.csv", dtype={"study_id": str, "patient_id": str}).set_index("study_id")
    for row in rows:
        real = sheet.loc[str(row["study_id"])]
        assert (row["patient_id"], row["pirads"], row["center"]) == (
            real.patient_id,
            real.max_lesion_PIRADS,
            real.center,
        )
        assert row["volume_ml"] == pytest.approx(real.gland_mask_ml, rel=0.05)  # other voxels than the native ones
    assert {max(int(row["pirads"] or 0), 2) for row in rows} == {2, 3, 4, 5}
    assert digest(tmp_path / "real").keys() >= {
        f"{r['patient_id']}/{r['patient_id']}_{r['study_id']}_t2w.mha" for r in rows
    }


@needs_anatomy
def test_anatomy_library_bounds_the_cohort_and_gives_all_120() -> None:
    assert len({p.patient_id for p in plan_real(120, 0, ANATOMY)}) == 120
    with pytest.raises(BadSettings, match="120 patients"):
        plan_real(121, 0, ANATOMY)


def test_impossible_requests_are_refused_and_write_nothing(tmp_path: Path) -> None:
    for spacing, size in (((0.5, 0.5, 3.0), (64, 64, 24)), ((0.0, 0.5, 3.0), None), (None, (4, 224, 24))):
        with pytest.raises(BadSettings):
            write_cohort(tmp_path / "new", 2, 0, spacing=spacing, size=size)
    with pytest.raises(BadSettings, match="keep their size"):
        write_cohort(tmp_path / "new", 2, 0, anatomy=ANATOMY, enlarged=2.0)
    with pytest.raises(BadSettings, match="at least one case"):
        write_cohort(tmp_path / "new", 0, 0)
    assert not (tmp_path / "new").exists()
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(Conflict, match="not empty"):
        write_cohort(tmp_path, 2, 0)
    assert [p.name for p in tmp_path.iterdir()] == ["note.txt"]


def test_default_field_is_the_documented_one() -> None:
    grid = drawn_grid()
    assert grid.size == (224, 224, 24)
    assert grid.spacing == (0.5, 0.5, 3.0)
