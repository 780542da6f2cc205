"""Radiomics column names: 93 PyRadiomics features (six classes), nine image types, three modalities; 2511 names."""

from collections.abc import Sequence

import numpy as np

from backend.science.tables.feature_names import IMAGE_TYPES, FeatureName
from backend.science.types import MODALITIES

CLASS_FEATURES: dict[str, tuple[str, ...]] = {
    name: tuple(features.split())
    for name, features in {
        "firstorder": """10Percentile 90Percentile Energy Entropy InterquartileRange Kurtosis Maximum Mean
            MeanAbsoluteDeviation Median Minimum Range RobustMeanAbsoluteDeviation RootMeanSquared Skewness TotalEnergy
            Uniformity Variance""",
        "glcm": """Autocorrelation ClusterProminence ClusterShade ClusterTendency Contrast Correlation DifferenceAverage
            DifferenceEntropy DifferenceVariance Id Idm Idmn Idn Imc1 Imc2 InverseVariance JointAverage JointEnergy
            JointEntropy MCC MaximumProbability SumAverage SumEntropy SumSquares""",
        "gldm": """DependenceEntropy DependenceNonUniformity DependenceNonUniformityNormalized DependenceVariance
            GrayLevelNonUniformity GrayLevelVariance HighGrayLevelEmphasis LargeDependenceEmphasis
            LargeDependenceHighGrayLevelEmphasis LargeDependenceLowGrayLevelEmphasis LowGrayLevelEmphasis
            SmallDependenceEmphasis SmallDependenceHighGrayLevelEmphasis SmallDependenceLowGrayLevelEmphasis""",
        "glrlm": """GrayLevelNonUniformity GrayLevelNonUniformityNormalized GrayLevelVariance HighGrayLevelRunEmphasis
            LongRunEmphasis LongRunHighGrayLevelEmphasis LongRunLowGrayLevelEmphasis LowGrayLevelRunEmphasis RunEntropy
            RunLengthNonUniformity RunLengthNonUniformityNormalized RunPercentage RunVariance ShortRunEmphasis
            ShortRunHighGrayLevelEmphasis ShortRunLowGrayLevelEmphasis""",
        "glszm": """GrayLevelNonUniformity GrayLevelNonUniformityNormalized GrayLevelVariance HighGrayLevelZoneEmphasis
            LargeAreaEmphasis LargeAreaHighGrayLevelEmphasis LargeAreaLowGrayLevelEmphasis LowGrayLevelZoneEmphasis
            SizeZoneNonUniformity SizeZoneNonUniformityNormalized SmallAreaEmphasis SmallAreaHighGrayLevelEmphasis
            SmallAreaLowGrayLevelEmphasis ZoneEntropy ZonePercentage ZoneVariance""",
        "ngtdm": "Busyness Coarseness Complexity Contrast Strength",
    }.items()
}


def feature_list(k_per_modality: int | None = None, modalities: Sequence[str] = MODALITIES) -> list[FeatureName]:
    """All 837 features of each modality, or `k_per_modality` of them spread evenly over classes and image types."""
    one = [
        (image_type, feature_class, name)
        for feature_class, names in CLASS_FEATURES.items()
        for name in names
        for image_type in IMAGE_TYPES
    ]
    if k_per_modality is not None:
        one = [one[i] for i in np.unique(np.linspace(0, len(one) - 1, k_per_modality).round().astype(int)).tolist()]
    return [FeatureName(modality, *rest) for modality in modalities for rest in one]
