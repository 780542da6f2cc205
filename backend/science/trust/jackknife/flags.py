"""One word for every feature or group: what may be said about its change.

stronger, weaker             a change that passed the tests (`selection`)
kept                         a positive effect, although R2 fell: it lost less than the typical feature
probable_stronger / _weaker  only the shrunken effect passed, from 80 patients
label_borne                  stronger, but not given the label (`label_share`)
unchanged                    not flagged, and an effect of 0.15 would have been found in four of five repetitions
underpowered                 not flagged, and it would not
not_decodable                R2 at or below the permutation floor in both stages
too_few                      fewer than 40 patients: nothing is said
"""

import numpy as np
from numpy.typing import NDArray

from backend.science.types import FloatArray, MaskArray

FLAGS = (
    "stronger",
    "weaker",
    "kept",
    "probable_stronger",
    "probable_weaker",
    "label_borne",
    "unchanged",
    "not_decodable",
    "underpowered",
    "too_few",
)
GAINED = ("stronger", "probable_stronger", "kept")
LOST = ("weaker", "probable_weaker")
FEWEST_PATIENTS = 40
DETECTABLE = 0.15
POWER_80 = 2.8  # standard errors: an effect this large is found in four of five repetitions


def flags_of(
    direction: NDArray[np.intp],
    probable: NDArray[np.intp],
    delta_r2: FloatArray,
    se: FloatArray,
    decodable: MaskArray,
    n_patients: int,
) -> NDArray[np.str_]:
    """Flags (K,) from the directions -1, 0, 1 of what was selected by the plain and by the shrunken effect."""
    if n_patients < FEWEST_PATIENTS:
        return np.full(len(se), "too_few", dtype="<U17")
    either = np.where(direction != 0, direction, probable)
    return np.select(
        [
            (either > 0) & (delta_r2 < 0),
            direction > 0,
            direction < 0,
            probable > 0,
            probable < 0,
            ~decodable,
            POWER_80 * se > DETECTABLE,
        ],
        [
            "kept",
            "stronger",
            "weaker",
            "probable_stronger",
            "probable_weaker",
            "not_decodable",
            "underpowered",
        ],
        "unchanged",
    ).astype("<U17")


def without_fallen(probable: NDArray[np.intp], effect: FloatArray, delta_r2: FloatArray) -> NDArray[np.intp]:
    """Directions (K,) of the shrunken effect, without gains of features whose own effect and R2 fell.

    Such a feature lost more than the typical one; only its group gained, so it is neither stronger nor kept.
    """
    fallen = (probable > 0) & (effect <= 0) & (delta_r2 < 0)
    return np.where(fallen, 0, probable).astype(np.intp)


def with_label_borne(
    flag: NDArray[np.str_], flag_given_label: NDArray[np.str_], label_borne: MaskArray
) -> NDArray[np.str_]:
    """`label_borne` where a change is stronger only without the label, and the label's share is beyond error.

    label_borne: (K,) the share is beyond error, for the feature or for its group, with which it is read.
    """
    only_without = np.isin(flag, ("stronger", "probable_stronger")) & ~np.isin(flag_given_label, GAINED)
    return np.asarray(np.where(only_without & label_borne, "label_borne", flag))
