"""What version 1 of the trust block found on the same cohorts: constants, as its code is gone.

Measured on commit 01c4895, the last one with it, with the worlds of this tree copied in: `analyse(pre, ft, radiomics,
LensSettings(bootstrap=200))` on the five cohorts of each row (K = 837). Version 1 knew neither label nor centre, had no
`probable` flags, and refused embeddings of another width.
"""

VERSION_1: dict[str, dict[str, float]] = {
    "planted_all 60": {
        "group_power": 0.125,
        "group_false_positives": 0.0,
        "power": 0.008,
        "false_positives": 0.0008,
        "auc": 0.6557,
    },
    "planted_all 100": {
        "group_power": 0.45,
        "group_false_positives": 0.02,
        "power": 0.0579,
        "false_positives": 0.0007,
        "auc": 0.7563,
    },
    "planted_all 300": {
        "group_power": 0.925,
        "group_false_positives": 0.02,
        "power": 0.3147,
        "false_positives": 0.0068,
        "auc": 0.9086,
    },
    "planted 100": {
        "group_power": 0.675,
        "group_false_positives": 0.0,
        "power": 0.587,
        "false_positives": 0.0016,
        "auc": 0.985,
    },
    "planted 300": {
        "group_power": 0.95,
        "group_false_positives": 0.0,
        "power": 0.9438,
        "false_positives": 0.0,
        "auc": 1.0,
    },
    "null_all 100": {"false_positives": 0.0, "group_false_positives": 0.0},
    "null_all 300": {"false_positives": 0.0002, "group_false_positives": 0.0},
    "null_resample 100": {"false_positives": 0.0, "group_false_positives": 0.0},
    "discretised 100": {"false_positives": 0.0, "group_false_positives": 0.0},
    "heavy_tails 100": {"false_positives": 0.0002, "group_false_positives": 0.0},
    "scanner 100": {"false_positives": 0.0, "group_false_positives": 0.0111},
    "collinear 100": {"false_positives": 0.0, "group_false_positives": 0.0},
    "repeats 100": {"false_positives": 0.0045, "group_false_positives": 0.0111},
    "bent_units 100": {"false_positives": 0.0, "group_false_positives": 0.0},
    "null_nuis 100": {"false_positives": 0.0, "group_false_positives": 0.0},
    "label_leakage 150": {
        "group_power": 0.75,
        "group_false_positives": 0.1571,
        "power": 0.2508,
        "false_positives": 0.0286,
        "auc": 0.8668,
        "leaky": 0.2383,
    },
}
