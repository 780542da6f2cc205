import numpy as np
import pytest

from backend.science.imaging.sliding_window import covering_starts, window_count, windows


@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("n", [8, 9, 15, 16, 17, 40])
def test_windows_cover_an_axis_from_end_to_end_and_overlap_enough(n: int, overlap: float) -> None:
    starts = covering_starts(n, 8, overlap)
    assert (starts[0], starts[-1]) == (0, n - 8)
    gaps = np.diff(starts)
    assert (gaps > 0).all()
    assert (gaps <= max(1, int(8 * (1 - overlap)))).all()


def test_a_short_axis_is_padded_to_both_sides() -> None:
    assert covering_starts(5, 8, 0.5) == [-1]


def test_windows_are_the_slices_they_name() -> None:
    case = np.arange(3 * 4 * 6 * 5, dtype=np.float32).reshape(3, 4, 6, 5)
    found = list(windows(case, (4, 4, 8), 0.5))
    assert len(found) == window_count(case.shape[1:], (4, 4, 8), 0.5) == 2
    for piece, y in zip(found, (0, 2), strict=True):
        assert piece.shape == (3, 4, 4, 8)
        assert np.array_equal(piece[..., 1:6], case[:, :, y : y + 4])
        assert not piece[..., 0].any()
        assert not piece[..., 6:].any()
