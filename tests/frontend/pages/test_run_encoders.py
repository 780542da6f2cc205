"""Run, encoders: their input and what is read of a file are asked for in words."""

from tests.frontend.work_site import Site


def test_axes_and_zeros_of_the_encoders_input_can_be_asked_for(own_site: Site) -> None:
    page = own_site.page("run", do="pretrain", cohort=own_site.cohort_id)
    axes = next(group for group in page.get("button_group") if group.label == "Axes of its input")
    axes.set_value("as_stored").run()
    zeros = next(box for box in page.selectbox if box.label == "Values that count as zero")
    zeros.set_value(1e-5).run()
    page.button(key="start").click().run()
    asked = own_site.client.jobs()[0].params["input"]
    assert (asked["orientation"], asked["zero_below"]) == ("as_stored", 1e-5)
