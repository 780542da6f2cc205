"""Normalisation equals SimpleITK's `Normalize`, which PyRadiomics calls, bit for bit."""

import numpy as np
import pytest
import SimpleITK as sitk

from backend.science.radiomics import settings_of
from backend.science.radiomics.plan import plan_of
from backend.science.radiomics.preparation.normalisation import Normalisation


def normalised(image, scale, outliers):
    setting = {"normalize": True, "normalizeScale": scale} | ({"removeOutliers": outliers} if outliers else {})
    return Normalisation.of(image, plan_of(settings_of({"setting": setting}, "x")).preparation)(image)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int16])
@pytest.mark.parametrize("shape", [(3, 4, 5), (19, 164, 161)])
def test_it_is_simpleitks_arithmetic(kind: type, shape: tuple[int, int, int]) -> None:
    image = (np.random.default_rng(0).gamma(2.0, 200.0, shape)).astype(kind)
    threads = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    scores = sitk.GetArrayFromImage(sitk.Normalize(sitk.GetImageFromArray(image.astype(np.float64))))
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
    expected = scores * 100
    np.testing.assert_array_equal(normalised(image, 100, None), expected)


def test_outliers_are_set_to_the_limit() -> None:
    image = np.zeros((4, 5, 6))
    image[0, 0] = (1e6, -1e6, 1, 2, 3, 4)
    scores = normalised(image, 10, 2.0)
    assert (scores.min(), scores.max()) == (-20, 20)


def test_an_image_of_one_value_has_no_scores_as_in_simpleitk() -> None:
    assert np.isnan(normalised(np.full((3, 3, 3), 7.0), 100, None)).all()
