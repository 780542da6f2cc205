"""Run, encoders: their input and what is read of a file are asked for in words."""

from pathlib import Path

from tests.frontend.work_site import Site, words
from tests.jobs import tiny


def test_axes_and_zeros_of_the_encoders_input_can_be_asked_for(own_site: Site) -> None:
    page = own_site.page("run", do="pretrain", cohort=own_site.cohort_id)
    axes = next(group for group in page.get("button_group") if group.label == "Axes of its input")
    axes.set_value("as_stored").run()
    zeros = next(box for box in page.selectbox if box.label == "Values that count as zero")
    zeros.set_value(1e-5).run()
    page.button(key="start").click().run()
    asked = own_site.client.jobs()[0].params["input"]
    assert (asked["orientation"], asked["zero_below"]) == ("as_stored", 1e-5)


def test_a_set_of_weights_can_be_named_and_an_adapter_needs_a_task(own_site: Site, tmp_path: Path) -> None:
    file, adapter = own_site.settings.import_roots[0] / "run.pt", own_site.settings.import_roots[0] / "lora"
    adapter.mkdir(parents=True)
    file.write_bytes(b"weights")
    (adapter / "adapter_config.json").write_text("{}")
    cohort_id = tiny.store_studies(own_site.settings, 1)
    page = own_site.page("run", do="import_encoder", cohort=cohort_id)
    page.text_input[0].set_value(str(adapter)).run()
    assert "lora is a PEFT adapter, which holds only changes of a base; say for which task" in words(page)
    assert page.button(key="start").disabled
    page.text_input[0].set_value(str(file)).run()
    by_label = {box.label: box for box in page.text_input}
    by_label["Name of the set"].set_value("teacher")
    by_label["Layers' names begin with"].set_value("module.").run()
    page.checkbox[0].check().run()
    page.button(key="start").click().run()
    asked = own_site.client.jobs()[0].params
    assert (asked["key"], asked["prefix"], asked["ema"]) == ("teacher", "module.", True)


def test_how_slices_and_modalities_are_pooled_can_be_asked_for(own_site: Site) -> None:
    file = own_site.settings.import_roots[0] / "flat.pt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"weights")
    page = own_site.page("run", do="import_encoder", cohort=tiny.store_studies(own_site.settings, 1))
    page.text_input[0].set_value(str(file)).run()
    by_label = {box.label: box for box in page.selectbox}
    by_label["Slices become"].set_value("max")
    by_label["Modalities become"].set_value("average").run()
    page.button(key="start").click().run()
    asked = own_site.client.jobs()[0].params["input"]
    assert (asked["slice_pool"], asked["modality_pool"]) == ("max", "average")
