"""What a parameter file may hold that is given for the regions of a cohort."""

from backend.errors import BadSettings
from backend.science.radiomics.parameters import parameter_file
from shared.schemas import ExtractParams

DEFAULTS = {"label": 1, "label_channel": 0, "correctMask": False, "additionalInfo": False}
"""As in PyRadiomics' own examples, where they say nothing."""
IDLE = {
    "label": "each region of a cohort is a mask of its own",
    "label_channel": "each region of a cohort is a mask of its own",
    "correctMask": "masks were put on the image's grid at import",
    "geometryTolerance": "masks were put on the image's grid at import",
    "additionalInfo": "provenance is kept beside the features",
}
"""Keys about one pair of files, and why they would do nothing here."""


def check_radiomics_settings(params: ExtractParams) -> None:
    """Raises BadSettings unless the settings are shipped or a parameter file, all keys of which have an effect."""
    if params.yaml is None:
        if params.settings != "paper":
            raise BadSettings(
                f"There are no radiomics settings called {params.settings[:60]!r}; use 'paper' or give a file."
            )
        return
    given = parameter_file.parse(params.yaml, params.settings)
    setting = given["setting"]
    idle = [f"`{key}` ({why})" for key, why in IDLE.items() if key in setting and setting[key] != DEFAULTS.get(key)]
    idle += ["`voxelSetting` (it is about maps)"] * bool(given["voxelSetting"])
    if idle:
        raise BadSettings(
            f"The radiomics settings {params.settings[:60]} hold what has no effect on a cohort; remove "
            f"{', '.join(idle)}."
        )
