"""Numbers that the explorer writes are, letter for letter, those of frontend/text/numbers.py."""

import json
import math
from datetime import UTC, datetime

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from frontend.explorer import FOLDER
from frontend.text import causes_words, numbers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
NAMES = {
    "r2": numbers.r2, "change": numbers.change, "fineChange": numbers.fine_change, "q": numbers.q,
    "percent": numbers.percent, "importance": numbers.importance, "share": causes_words.share,
}  # fmt: skip


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    page = browser.new_page()
    page.add_script_tag(content=(FOLDER / "numbers.js").read_text())
    return page


def values() -> list[float]:
    rng = np.random.default_rng(0)
    drawn = [*rng.normal(0, 0.4, 2000), *rng.normal(0, 0.004, 1000), *np.exp(rng.normal(0, 6, 2000))]
    ties = [sign * k / 1000 for k in range(0, 2000, 5) for sign in (1, -1)]
    halves = [0.125, 0.375, -0.125, 2.5, -2.5, 0.5, 1.5, 1250.5, 0.0, -0.0, 999.5, 1e6 + 0.5, 12345678.125]
    return [float(one) for one in [*drawn, *ties, *halves, *(10.0**k for k in range(-7, 9))]]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_text_of_thousands_of_values(name: str, page: Page) -> None:
    given = values()
    found = page.evaluate(f"values => values.map(numbers.{name})", given)
    assert found == [NAMES[name](one) for one in given]


def test_none_and_what_is_no_number_are_a_dash(page: Page) -> None:
    for name, of_python in NAMES.items():
        assert page.evaluate(f"numbers.{name}(null)") == of_python(None) == numbers.NONE
        assert page.evaluate(f"numbers.{name}(NaN)") == of_python(math.nan) == numbers.NONE


def test_intervals_effects_and_shares(page: Page) -> None:
    rng = np.random.default_rng(1)
    for value, low, high in rng.normal(0, 0.2, (300, 3)).tolist():
        given = json.dumps([value, low, high])
        assert page.evaluate(f"numbers.effect(...{given})") == numbers.effect(value, low, high)
        assert page.evaluate(f"numbers.shareWithInterval(...{given})") == causes_words.share_with_interval(
            value, low, high
        )
    assert page.evaluate("numbers.effect(0.5, null, 1)") == numbers.effect(0.5, None, 1)


def test_a_difference_of_importances_has_the_digits_of_the_larger(page: Page) -> None:
    rng = np.random.default_rng(2)
    for pre, ft in np.exp(rng.normal(0, 3, (400, 2))).tolist():
        assert page.evaluate("([d, a, b]) => numbers.importanceChange(d, a, b)", [ft - pre, pre, ft]) == (
            numbers.importance_change(pre, ft)
        )


def test_counts_and_days(page: Page) -> None:
    for count in (0, 1, 2, 999, 1000, 2511, 1234567):
        assert page.evaluate(f"numbers.counted({count}, 'study', 'studies')") == numbers.counted(
            count, "study", "studies"
        )
    at = datetime(2026, 11, 4, 9, 5, 2, tzinfo=UTC)
    assert page.evaluate(f"numbers.day('{at.isoformat()}')") == numbers.day(at)
    assert page.evaluate("numbers.day('2026-11-04T09:05:02')") == numbers.day(at)
