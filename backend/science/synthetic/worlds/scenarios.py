"""Named scenarios: a world's traits together with what fine-tuning does in it."""

from dataclasses import dataclass, replace

from backend.errors import BadSettings
from backend.science.synthetic.worlds.traits import Change, Traits

EVERYTHING = Change(drift=0.4, resampled=0.9, new_nuisance=8, scale=1.7, offset=0.5)
"""All that happens to an embedding beside what radiomics it holds."""
PLANTED = replace(EVERYTHING, gain=1.62, loss=0.57, gain_spread=0.1)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A world, a change, and what a cohort of it has; `centre`: its centre is known and given to the estimator."""

    traits: Traits
    change: Change
    repeated: float = 0.0
    runs: int = 1
    controls: int = 0
    centre: bool = False
    label: bool = False


USUAL = Traits()
LEAK, LABEL_STRENGTH = 0.8, 5.0
"""Correlation of leaky groups with the label, and how strongly fine-tuning writes it."""
SCENARIOS: dict[str, Scenario] = {
    "planted_all": Scenario(USUAL, PLANTED),
    "planted": Scenario(USUAL, Change(gain=1.62, loss=0.57, gain_spread=0.1)),
    "null_all": Scenario(USUAL, EVERYTHING),
    "null_resample": Scenario(USUAL, Change(resampled=0.9)),
    "null_nuis": Scenario(USUAL, Change(new_nuisance=8)),
    "null_identical": Scenario(USUAL, Change()),
    "null_scale": Scenario(USUAL, Change(scale=2.0)),
    "null_rot": Scenario(USUAL, Change(turned=True)),
    "null_offset": Scenario(USUAL, Change(offset=1.0)),
    "bent_units": Scenario(replace(USUAL, bent=0.8), EVERYTHING),
    "heavy_tails": Scenario(replace(USUAL, tails=4.0), EVERYTHING),
    "other_dimension": Scenario(USUAL, replace(EVERYTHING, width=512)),
    "scanner": Scenario(replace(USUAL, scanner=0.6), replace(EVERYTHING, scanner=2.0), centre=True),
    "collinear": Scenario(replace(USUAL, textures=(1, 2), explained=(0.7, 0.98), common=0.5, twins=0.6), EVERYTHING),
    "discretised": Scenario(replace(USUAL, levels=6), EVERYTHING),
    "repeats": Scenario(USUAL, EVERYTHING, repeated=0.8),
    "label_leakage": Scenario(
        replace(USUAL, leak=LEAK),
        replace(EVERYTHING, gain=2.2, loss=0.45, groups=2, gain_spread=0.1, label=LABEL_STRENGTH),
        label=True,
    ),
    "runs": Scenario(USUAL, replace(PLANTED, run_spread=0.3), runs=5),
    "shuffled_controls": Scenario(USUAL, replace(PLANTED, run_spread=0.3), runs=2, controls=2),
}


def scenario(name: str) -> Scenario:
    """The scenario of that name; BadSettings where there is none."""
    if name not in SCENARIOS:
        raise BadSettings(f"There is no scenario {name!r}; choose one of {', '.join(SCENARIOS)}.")
    return SCENARIOS[name]
