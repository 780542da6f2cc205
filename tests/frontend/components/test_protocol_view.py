"""A protocol as a page shows it."""

import pytest
from streamlit.testing.v1 import AppTest

from frontend.components import protocol_view
from shared.protocols.reader import BUILT_IN, built_in, read_protocol
from shared.protocols.writer import as_yaml


def page(name: str) -> None:
    from frontend.components import protocol_view
    from shared.protocols.reader import built_in

    protocol_view.show(built_in(name), "key")


def test_images_regions_and_targets_of_a_ct_are_listed() -> None:
    app = AppTest.from_function(page, args=("lung-ct",)).run()
    assert not app.exception
    images, regions, targets = (table.value for table in app.dataframe)
    assert images.loc[0, ["Name", "Unit", "Window", "Values that an encoder sees"]].tolist() == [
        "CT", "HU", "-1000 to 400", "window -1000 to 400",
    ]  # fmt: skip
    assert regions["Name"].tolist() == ["nodule", "lung"]
    assert targets["Kind"].tolist() == ["class", "survival", "mask"]
    assert "voxels of 1 × 1 × 1 mm" in app.markdown[-1].value


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_protocol_is_shown_and_its_file_reads_back(name: str) -> None:
    app = AppTest.from_function(page, args=(name,)).run()
    assert not app.exception
    assert read_protocol(as_yaml(built_in(name)), "again.yaml") == built_in(name)


def test_outlines_are_named_with_their_colours() -> None:
    told = protocol_view.outlines(built_in("prostate-mpmri"))
    assert [f"#{part[:6]}" for part in told.split("background:#")[1:]] == ["#56B4E9", "#F0E442", "#CC79A7"]
    assert told.count('aria-hidden="true"') == 3, "the names are read, the marks are not"
    assert all(name in told for name in ("gland", "lesion", "zones"))
