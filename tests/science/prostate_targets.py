"""The targets of the prostate's protocol, as a training knows them."""

from backend.science.training.target import Target

PROSTATE_TARGETS = {
    "pirads": Target("pirads", "class", "PI-RADS", classes=("1-2", "3", "4", "5")),
    "lesion_seg": Target("lesion_seg", "mask", "lesion segmentation", region="lesion"),
    "volume": Target("volume", "number", "gland volume", channels=(0,)),
}


def prostate_target(name: str) -> Target:
    """One of the three by name."""
    return PROSTATE_TARGETS[name]
