"""Findings as the tests of the clinician's page write them: a group's flag, and which way its R2 moved."""

from backend.queries.shared_page.findings import Findings, Line

GAIN, LOSS = 0.2, -0.2


def line(flag: str, group: str = "T2_ngtdm", delta: float | None = None, **numbers: object) -> Line:
    """A group with R2 of 0.4 before; `delta` is its change, by default in the direction of its flag."""
    up = flag in ("stronger", "probable_stronger", "label_borne", "kept")
    moved = delta if delta is not None else GAIN if up else LOSS if "weaker" in flag else 0.0
    modality, _, feature_class = group.rpartition("_")
    effect = moved if flag != "kept" else GAIN
    fields: dict[str, object] = {
        "delta": moved, "delta_low": moved - 0.05, "delta_high": moved + 0.05, "effect": effect, "se": 0.04,
    }  # fmt: skip
    return Line(modality, feature_class, flag, 0.4, 0.4 + moved, **(fields | numbers))  # type: ignore[arg-type]  # fields of a test


def findings(*groups: Line, **fields: object) -> Findings:
    """An analysis of 600 patients for PI-RADS, with the label given."""
    known: dict[str, object] = {
        "training": "training to predict PI-RADS", "region": "gland", "modalities": ("T2", "DWI", "ADC"),
        "n_patients": 600, "n_features": 2511, "groups": groups, "label": "PI-RADS",
    }  # fmt: skip
    return Findings(**(known | fields))  # type: ignore[arg-type]  # fields of a test
