"""Train, validation and test split by patient: 7:1:2, or a given split with every patient on one side."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadTable
from backend.science.text_format import named

TRAIN, VAL, TEST = "train", "val", "test"
SHARES = (0.7, 0.1, 0.2)
_WORDS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "tune", "tuning", "dev"), VAL),
    **dict.fromkeys(("test", "testing", "held-out", "heldout", "holdout"), TEST),
}


def split_by_patient(patient_id: Sequence[str], seed: int) -> NDArray[np.str_]:
    """Split of each study, `train`, `val` or `test`, (n_studies,); 7:1:2 of the patients.

    Patients are ordered by a hash of seed and id, so neither row order nor the ids' spelling order matters.
    """
    patients = sorted(set(patient_id), key=lambda patient: _digest(seed, patient))
    n_train = round(SHARES[0] * len(patients))
    n_val = round(SHARES[1] * len(patients))
    side = {
        patient: TRAIN if rank < n_train else VAL if rank < n_train + n_val else TEST
        for rank, patient in enumerate(patients)
    }
    return np.array([side[patient] for patient in patient_id])


def stratified_split(patient_id: Sequence[str], stratum: Sequence[str], seed: int) -> NDArray[np.str_]:
    """Split of each study, `train`, `val` or `test`, (n_studies,); 7:1:2 of the patients within every stratum.

    A patient belongs to the last (by name) of the strata of their studies. Patients are taken stratum by stratum in the
    order of a hash of seed and id, each to the side furthest below its share. Shares are exact overall to one patient
    and within every stratum to two.
    """
    of_patient: dict[str, str] = {}
    for patient, group in zip(patient_id, stratum, strict=True):
        of_patient[patient] = max(group, of_patient.get(patient, group))
    counts = dict.fromkeys((TEST, TRAIN, VAL), 0)  # ties go to the first side: with two patients there is one to test
    side: dict[str, str] = {}
    ordered = sorted(of_patient, key=lambda patient: (of_patient[patient], _digest(seed, patient)))
    for done, patient in enumerate(ordered, start=1):
        lacks = {each: share * done - counts[each] for each, share in zip(counts, (0.2, 0.7, 0.1), strict=True)}
        side[patient] = max(lacks, key=lambda each: round(lacks[each], 9))
        counts[side[patient]] += 1
    return np.array([side[patient] for patient in patient_id])


def given_split(study_id: Sequence[str], patient_id: Sequence[str], split: Mapping[str, str]) -> NDArray[np.str_]:
    """The user's split of each study, (n_studies,), by study id.

    Refuses (BadTable) studies without an entry, unknown words, a patient on two sides, and a split without
    training or test patients.
    """
    missing = sorted({study for study in study_id if study not in split})
    if missing:
        raise BadTable(
            f"the given split has no entry for {len(missing)} of {len(study_id)} studies: "
            f"{named([repr(study) for study in missing])}; give every study train, val or test."
        )
    sides = np.array([_side(split[study], study) for study in study_id])
    _check_patients(patient_id, sides)
    for needed in (TRAIN, TEST):
        if needed not in sides:
            raise BadTable(f"the given split has no {needed} study; give both train and test studies.")
    return sides


def _check_patients(patient_id: Sequence[str], sides: NDArray[np.str_]) -> None:
    seen: dict[str, str] = {}
    for patient, side in zip(patient_id, sides.tolist(), strict=True):
        if seen.setdefault(patient, side) != side:
            raise BadTable(
                f"the given split has patient {patient!r} in both {seen[patient]} and {side}; "
                "put all studies of a patient on one side."
            )


def _side(word: str, key: str) -> str:
    side = _WORDS.get(word.strip().lower())
    if side is None:
        raise BadTable(f"the given split says {word[:40]!r} for {key!r}; use train, val or test.")
    return side


def _digest(seed: int, patient: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{patient}".encode()).digest()
