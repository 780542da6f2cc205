"""What the page Overview offers to take away."""

from tests.frontend.work_site import Site


def test_the_tables_and_the_card_of_the_encoder_are_offered(site: Site) -> None:
    page = site.page("overview")
    assert not page.exception
    offered = [one.proto.label for one in page.main.get("download_button")]
    assert {"Ranking CSV", "Groups CSV", "Model card"} <= set(offered)
