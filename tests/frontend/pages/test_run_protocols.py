"""Run on a cohort of another organ: regions, targets and modalities are those of its protocol."""

from pathlib import Path

from backend.models import Case, Cohort, Volume
from backend.storage.cohort_protocol import stored_protocol
from frontend.runs import pipeline
from shared import schemas as s
from shared.protocols.reader import built_in
from tests.frontend.other_organs import add_brain
from tests.frontend.work_site import Site, words


def brain(site: Site) -> str:
    with site.database() as database:
        return add_brain(database)


def chest(site: Site, protocol: s.Protocol) -> str:
    """A cohort of one CT."""
    with site.database() as database, database.write() as session:
        cohort = Cohort(name="chests", kind="images", protocol=stored_protocol(protocol))
        session.add(cohort)
        session.flush()
        stored = {"sha256": "0" * 64, "source_sha256": "", "dtype": "<i2", "size": [9, 9, 9], "spacing": [1, 1, 1]}
        image = Volume(kind="CT", origin=[0, 0, 0], direction=[1, 0, 0, 0, 1, 0, 0, 0, 1], **stored)
        session.add(Case(cohort_id=cohort.id, study_id="c1", patient_id="p1", volumes=[image]))
        return str(cohort.id)


def test_regions_to_extract_are_the_protocols(own_site: Site) -> None:
    page = own_site.page("run", do="extract", cohort=brain(own_site))
    assert not page.exception
    regions = next(one for one in page.main.get("button_group") if one.label == "Regions")
    assert list(regions.options) == ["tumor"]
    page.button(key="start").click().run()
    assert own_site.client.jobs()[0].params["rois"] == ["tumor"]


def test_a_fine_tuning_offers_the_targets_and_says_what_is_learnt(own_site: Site) -> None:
    page = own_site.page("run", do="finetune", cohort=brain(own_site))
    assert not page.exception
    (task,) = [one for one in page.main.get("button_group") if one.label == "Task"]
    assert list(task.options) == ["IDH status", "Tumour grade", "Survival", "Tumour segmentation"]
    assert "It learns the classes, wildtype and mutant, of the column IDH of the clinical table." in words(page)
    assert "UPerNet width" not in [box.label for box in page.number_input]
    task.set_value("tumor_seg").run()
    assert "It learns to outline the region tumor, from the masks." in words(page)
    assert "UPerNet width" in [box.label for box in page.number_input]


def test_weights_from_elsewhere_have_a_task_a_head_and_modalities_in_order(own_site: Site) -> None:
    page = own_site.page("run", do="import_encoder", cohort=brain(own_site))
    assert not page.exception
    assert "File of its head (may stay empty)" not in [box.label for box in page.text_input]
    state = next(box for box in page.selectbox if box.label == "State")
    assert state.options[:2] == ["pre-trained", "fine-tuned for IDH status"]
    state.set_value("idh").run()
    assert not page.exception
    assert "File of its head (may stay empty)" in [box.label for box in page.text_input]
    assert list(page.multiselect[0].options) == ["T1ce", "FLAIR", "T1", "T2"]
    page.multiselect[0].set_value(["T2", "FLAIR"]).run()
    assert not page.exception


def test_weights_of_several_channels_see_the_only_modality_in_each(own_site: Site, tmp_path: Path) -> None:
    chests = chest(own_site, built_in("lung-ct"))
    page = own_site.page("run", do="import_encoder", cohort=chests)
    assert not page.exception
    assert not page.multiselect
    (number,) = [one for one in page.main.get("button_group") if one.label == "Channels of its weights"]
    assert list(number.options) == ["1", "2", "3", "4", "5", "6"]
    (tmp_path / "weights.pt").write_bytes(b"weights")
    page.text_input[0].set_value(str(tmp_path / "weights.pt"))
    number.set_value(3).run()
    assert not page.exception
    page.button(key="start").click().run()
    assert own_site.client.jobs()[0].params["input"]["modalities"] == ["CT", "CT", "CT"]


def test_the_axes_of_an_encoders_input_are_those_of_the_protocol(own_site: Site) -> None:
    grid = built_in("lung-ct").grid.model_copy(update={"orientation": "as_stored"})
    stored = built_in("lung-ct").model_copy(update={"name": "as-stored-ct", "grid": grid})
    chests = chest(own_site, stored)
    page = own_site.page("run", do="pretrain", cohort=chests)
    assert not page.exception
    page.button(key="start").click().run()
    assert own_site.client.jobs()[0].params["input"]["orientation"] == "as_stored"


def test_an_analysis_offers_targets_and_regions_of_the_protocol(own_site: Site) -> None:
    page = own_site.page("run", do="analyze", cohort=brain(own_site))
    assert not page.exception
    assert next(box for box in page.selectbox if box.label == "Task").options[0] == "IDH status"
    (regions,) = [one for one in page.main.get("button_group") if one.label == "Radiomics measured in"]
    assert list(regions.options) == ["tumor"]


def test_the_whole_chain_is_every_target_in_every_region(own_site: Site) -> None:
    cohort_id = brain(own_site)
    page = own_site.page("run", do="everything", cohort=cohort_id)
    assert not page.exception
    (tasks,) = [one for one in page.main.get("button_group") if one.label == "Tasks"]
    assert list(tasks.options) == ["IDH status", "Tumour grade", "Tumour segmentation"]
    assert "Survival is left out: fewer than two of its values occur in the column os_days and death." in words(page)
    cohort = own_site.client.cohort(cohort_id)
    chain = pipeline.Chain(cohort, ("idh", "tumor_seg"), s.PretrainParams(cohort_id=cohort_id), 20)
    analysed = [step.params for step in chain.steps.steps if isinstance(step.params, s.AnalyseParams)]
    assert [(one.task, one.roi) for one in analysed] == [("idh", "tumor"), ("tumor_seg", "tumor")]
    assert "PI-RADS" not in words(page)
    lung = built_in("lung-ct")
    assert "Nodule segmentation is left out: no case has a mask of the region nodule" in pipeline.left_out(lung, [])[-1]
