import pytest
import typer

from backend.cli.hidden_units import hidden_units


@pytest.mark.parametrize(("value", "units"), [("128", 128), ("1", 1), ("auto", 0)])
def test_a_number_or_auto(value, units):
    assert hidden_units(value) == units


@pytest.mark.parametrize("value", ["0", "-3", "1.5", "", "wide", "١"])
def test_anything_else_is_a_usage_error(value):
    with pytest.raises(typer.BadParameter, match="neither auto nor a number of 1 or more"):
        hidden_units(value)
