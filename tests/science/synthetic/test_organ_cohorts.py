"""Cohorts of brains, chests and made-up organs: layout, determinism, contrasts, and what the outcomes depend on."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from scipy import ndimage

from backend.errors import BadSettings, Conflict
from backend.science.synthetic import brain, chest
from backend.science.synthetic.made_up import Organ, Part, draw_study, grid_of
from backend.science.synthetic.organ_cohorts import Asked, Outcome, write_brains, write_chests, write_made_up
from backend.science.synthetic.outcomes import subjects, survival
from backend.science.synthetic.solids import field, space

ROOT = Path(__file__).resolve().parents[3]
BRAIN = Asked(6, 3, (3.0, 3.0, 4.0), (56, 66, 36))
CHEST = Asked(6, 3, (3.0, 3.0, 4.0), (106, 80, 30))
OWN = Organ(
    {"HBP": (0.0, 800.0), "CT-late": (-200.0, 300.0)},
    (Part("tumor", volume_column="ml"), Part("segments", (1, 2, 7)), Part("vessel")),
    (2.0, 2.0, 4.0),
    (48, 48, 24),
)
OUTCOMES = (
    Outcome("class", ("response",), ("no", "yes")),
    Outcome("ordinal", ("stage",), ("I", "II", "III")),
    Outcome("number", ("score",)),
    Outcome("survival", ("days", "event")),
    Outcome("class", ("response",), ("no", "yes")),
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("organs")
    write_brains(root / "brain", BRAIN)
    write_chests(root / "chest", CHEST)
    write_made_up(root / "own", Asked(8, 1), OWN, OUTCOMES)
    return root


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"study_id": str, "patient_id": str})


def voxels(path: Path) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def digest(directory: Path) -> dict[str, str]:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {str(f.relative_to(directory)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def test_the_same_seed_writes_the_same_bytes_in_another_process_and_another_seed_does_not(
    written: Path, tmp_path: Path
) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.science.synthetic.test_organ_cohorts import *; "
        "to = Path(sys.argv[1]); write_brains(to / 'brain', BRAIN); write_chests(to / 'chest', CHEST); "
        "write_made_up(to / 'own', Asked(8, 1), OWN, OUTCOMES)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, cwd=ROOT, timeout=300)
    assert digest(tmp_path) == digest(written)
    write_made_up(tmp_path / "other", Asked(8, 2), OWN, OUTCOMES)
    here, other = digest(written / "own"), digest(tmp_path / "other")
    assert not any(here[name] == other[name] for name in here if name.endswith(".mha"))


def participants(written: Path) -> pd.DataFrame:
    rows = pd.read_csv(written / "brain" / "participants.tsv", sep="\t")
    return rows.assign(study_id=rows.participant_id.str.removeprefix("sub-"))


def test_brains_are_bids_with_a_row_each(written: Path) -> None:
    rows = participants(written)
    assert [*rows][:-1] == ["participant_id", "age", "center", "split", "IDH", "grade", "os_days", "death"]
    ends = ("ce-gd_T1w.nii", "FLAIR.nii", "T1w.nii", "T2w.nii", "label-tumor_mask.nii.gz")
    expected = {f"sub-{i}/anat/sub-{i}_{end}" for i in rows.study_id for end in ends}
    assert set(digest(written / "brain")) == expected | {"participants.tsv", "dataset_description.json"}
    assert set(rows.IDH) == {"wildtype", "mutant"}


def test_a_tumour_is_bright_where_its_sequence_shows_it(written: Path) -> None:
    for row in participants(written).itertuples():
        stem = written / "brain" / f"sub-{row.study_id}" / "anat" / f"sub-{row.study_id}"
        tumor = voxels(Path(f"{stem}_label-tumor_mask.nii.gz")) > 0
        images = {end: voxels(Path(f"{stem}_{end}.nii")).astype(float) for end in ("FLAIR", "T2w", "T1w", "ce-gd_T1w")}
        assert 1.0 < tumor.sum() * 0.036 < 250.0
        head = images["T1w"] > 0.4 * np.median(images["T1w"][tumor])
        for end in ("FLAIR", "T2w"):
            assert images[end][tumor].mean() > 1.2 * images[end][head & ~tumor].mean(), end
        assert images["T1w"][tumor].mean() < images["T1w"][head & ~tumor].mean()


def test_contrast_goes_with_the_grade_and_the_mutation() -> None:
    drawn = [brain.draw_glioma(mutant, np.random.default_rng(n)) for n in range(400) for mutant in (False, True)]
    wild, mutant = ([each for each in drawn if each.mutant is kind] for kind in (False, True))
    for name in ("uptake", "dead", "uneven", "grade"):
        assert np.mean([getattr(each, name) for each in wild]) > np.mean([getattr(each, name) for each in mutant]) + 0.2
    where = space(field((3.0, 3.0, 4.0), (56, 66, 36)))
    brightest = []
    for uptake in (1.0, 0.0):
        glioma = brain.Glioma(False, 4, 15.0, 8.0, uptake, 0.3, 0.5)
        drawn_brain = brain.draw_brain(where, glioma, np.random.default_rng(0))
        brightest.append(np.percentile(drawn_brain.images["T1ce"][drawn_brain.tumor], 95))
    assert brightest[0] > 1.4 * brightest[1]


def test_a_chest_has_the_values_of_a_ct(written: Path) -> None:
    rows = table(written / "chest" / "clinical.csv")
    listed = table(written / "chest" / "manifest.csv")
    assert list(listed) == ["study_id", "patient_id", "CT", "nodule", "lung"]
    assert list(listed.study_id) == list(rows.study_id)
    for row in listed.itertuples():
        image, nodule, lung = (voxels(written / "chest" / name) for name in (row.CT, row.nodule, row.lung))
        assert image.dtype == np.int16
        assert -900 < np.median(image[(lung > 0) & (nodule == 0)]) < -750
        assert image[nodule > 0].mean() > -250
        assert (lung[nodule > 0] > 0).all()
        assert -1030 < np.median(image[0, :4, :4]) < -970
        assert 1000 < (lung > 0).sum() * 0.036 < 4500


def test_the_airway_is_one_above_and_two_below_where_it_parts() -> None:
    where = space(field((2.0, 2.0, 4.0), (70, 70, 24)))
    image = chest._airways(where, np.full(where.grid.shape, 40.0, np.float32))
    assert abs((np.argwhere(image < -500)[:, 2] - 34.5).mean()) < 0.5  # as much to the left as to the right
    holes = [ndimage.label(image[np.abs(where.z[:, 0, 0] - mm).argmin()] < -500)[1] for mm in (30.0, -18.0)]
    assert holes == [1, 2]


def test_malignant_nodules_are_larger_and_spiculated() -> None:
    drawn = [chest.draw_nodule(bad, np.random.default_rng(n)) for n in range(300) for bad in (False, True)]
    good, bad = ([each for each in drawn if each.malignant is kind] for kind in (False, True))
    for name, least in (("radius", 2.5), ("spiculation", 0.3), ("uneven", 0.3), ("halo", 0.3)):
        assert np.mean([getattr(each, name) for each in bad]) > np.mean([getattr(each, name) for each in good]) + least
    assert not any(each.calcium for each in bad)


def test_a_narrow_field_still_holds_the_nodule() -> None:
    for seed in range(8):
        own = np.random.default_rng(seed)
        nodule = chest.draw_nodule(bool(seed % 2), own)
        drawn = chest.draw_chest(
            space(field((3.0, 3.0, 4.0), (28, 28, 18)), chest.middle_of(nodule, 84.0)), nodule, own
        )
        assert drawn.nodule.sum() * 0.036 > 0.05


def test_a_made_up_organ_has_its_names_ranges_codes_and_columns(written: Path) -> None:
    rows, listed = table(written / "own" / "clinical.csv"), table(written / "own" / "manifest.csv")
    assert list(listed) == ["study_id", "patient_id", "HBP", "CT-late", "tumor", "segments", "vessel"]
    assert [*rows][5:] == ["response", "stage", "score", "days", "event", "ml"]
    assert set(rows.response) <= {"no", "yes"}
    assert set(rows.stage) <= {"I", "II", "III"}
    assert set(rows.event) <= {0, 1}
    for row, cells in zip(listed.itertuples(), rows.itertuples(), strict=True):
        assert voxels(written / "own" / row.HBP).min() >= 0
        late = voxels(written / "own" / listed["CT-late"][row.Index])
        assert -210 <= late.min() < late.max() <= 400
        assert set(np.unique(voxels(written / "own" / row.segments))) == {0, 1, 2, 7}
        assert cells.ml == pytest.approx((voxels(written / "own" / row.tumor) > 0).sum() * 0.016, abs=1e-3)


def test_a_region_of_a_made_up_organ_has_about_the_volume_of_its_ellipsoid() -> None:
    where = space(field((2.0, 2.0, 2.0), (48, 40, 32)))
    organ = Organ({"CT": (0.0, 100.0)}, [Part("tumor"), Part("segments", (1, 2))], (1.0, 1.0, 1.0), (96, 80, 64))
    studies = [draw_study(where, organ, 0.0, np.random.default_rng(seed)) for seed in range(12)]
    for name, share in (("tumor", 0.19), ("segments", 0.34)):
        found = np.median([(study.masks[name] > 0).sum() * 8.0 for study in studies])
        assert found == pytest.approx(4 / 3 * np.pi * np.prod([48.0, 40.0, 32.0]) * share**3, rel=0.25)


def test_outcomes_follow_the_trait_that_is_drawn(tmp_path: Path) -> None:
    rows = pd.DataFrame(write_made_up(tmp_path / "own", Asked(40, 0, size=(24, 24, 12)), OWN, OUTCOMES))
    assert rows.ml[rows.response == "yes"].mean() > 1.1 * rows.ml[rows.response == "no"].mean()
    assert rows.score[rows.response == "yes"].mean() > rows.score[rows.response == "no"].mean() + 3
    rng = np.random.default_rng(0)
    days = {risk: np.median([survival(risk, 700.0, rng)[0] for _ in range(400)]) for risk in (-1.5, 0.0, 1.5)}
    assert days[-1.5] > days[0.0] > days[1.5]
    assert days[0.0] == pytest.approx(700, rel=0.25)


def test_classes_are_spread_over_the_split() -> None:
    people = subjects(40, 0, (0.5, 0.5))
    assert [sum(one.kind == kind for one in people) for kind in (0, 1)] == [20, 20]
    for kind in (0, 1):
        splits = [one.split for one in people if one.kind == kind]
        assert (splits.count("train"), splits.count("test")) in {(14, 4), (13, 4), (14, 5), (15, 4), (14, 3), (13, 5)}


def test_a_grid_covers_its_window_twice_as_coarse() -> None:
    assert grid_of((1.0, 1.0, 2.0), (160, 160, 64)) == ((2.0, 2.0, 4.0), (80, 80, 32))
    spacing, size = grid_of((0.3, 0.3, 0.3), (1024, 9, 512))
    assert (max(size), min(size)) == (128, 8)
    assert [n * mm for n, mm in zip(size, spacing, strict=True)] == pytest.approx([307.2, 2.7, 153.6])


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (Asked(2, spacing=(1.0, 1.0, 1.0), size=(30, 60, 60)), "A field of 30 x 60 x 60 mm is too small; use 56 mm"),
        (Asked(2, size=(4, 60, 60)), "Size must lie between 8 and 512"),
        (Asked(2, spacing=(0.0, 1.0, 1.0)), "Spacing must lie between"),
        (Asked(0), "at least one case"),
    ],
    ids=["field", "size", "spacing", "cases"],
)
def test_impossible_numbers_are_refused_before_a_folder_is_made(tmp_path: Path, asked: Asked, sentence: str) -> None:
    with pytest.raises(BadSettings, match=sentence):
        write_brains(tmp_path / "new", asked)
    assert not (tmp_path / "new").exists()


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Conflict, match="exists and is not empty"):
        write_chests(tmp_path, CHEST)
