"""Run: what will happen is said first, the impossible is refused first, and a press starts exactly that."""

import pytest
from sqlalchemy import select

from backend.models import Encoder, Radiomics
from backend.science.lens.projection import SWEEP_L1, SWEEP_L2
from frontend.api.cached_read import clear_all
from frontend.runs import analyze_form, form_fields, pipeline, training_form
from shared import schemas as s
from shared.protocols.reader import prostate
from tests.api import server
from tests.frontend.pages.explore.analyses import encoder
from tests.frontend.work_site import Site, words
from tests.jobs import tiny


def test_a_synthetic_cohort_is_planned_started_and_watched_in_place(own_site: Site) -> None:
    page = own_site.page("run", do="synth")
    assert not page.exception
    page.text_input[0].set_value("small-cohort").run()
    assert "40 synthetic studies" in words(page)
    page.button(key="start").click().run()
    assert own_site.client.jobs()[0].params["cohort"] == "small-cohort"
    assert "**Draw images** waiting" in words(page)
    next(button for button in page.button if button.label == "Cancel").click().run()
    assert own_site.client.jobs()[0].state == "cancelled"
    next(button for button in page.button if button.label == "Change the settings and start again").click().run()
    assert page.button(key="start")


def test_a_press_replaces_the_button_by_the_job(own_site: Site) -> None:
    page = own_site.page("run", do="extract", cohort=own_site.cohort_id)
    before = len(own_site.client.jobs())
    page.button(key="start").click().run()
    assert "start" not in [button.key for button in page.button]
    assert len(own_site.client.jobs()) == before + 1


def test_an_own_parameter_file_is_checked_before_the_press(own_site: Site) -> None:
    page = own_site.page("run", do="extract", cohort=own_site.cohort_id)
    page.main.get("button_group")[-1].set_value("My own file").run()
    assert "Open or paste a parameter file" in words(page)
    assert page.button(key="start").disabled
    page.text_area[0].set_value("setting: {binwidth: 5}").run()
    assert "The radiomics settings settings.yaml cannot be used: `binwidth` in setting is unknown." in words(page)
    assert page.button(key="start").disabled
    page.text_area[0].set_value("setting: {binWidth: 5}").run()
    page.checkbox[0].check().run()
    assert "under the settings 'settings.yaml', with shape" in words(page)
    page.button(key="start").click().run()
    started = own_site.client.jobs()[0].params
    assert (started["settings"], started["shape"]) == ("settings.yaml", True)
    assert started["yaml"] == "setting: {binWidth: 5}"
    again = own_site.page("run", again=own_site.client.jobs()[0].id)
    assert again.text_area[0].value == "setting: {binWidth: 5}"


def test_fine_tuning_without_a_pre_trained_encoder_is_refused_with_the_plans_sentence(own_site: Site) -> None:
    made = own_site.client.submit(s.JobSubmit(params=s.SynthParams(cohort="bare", cases=3)))
    cohort_id = made.result["cohort_id"]
    plan = own_site.client.plan(s.JobSubmit(params=s.FinetuneParams(cohort_id=cohort_id, task="pirads")))
    page = own_site.page("run", do="finetune", cohort=cohort_id)
    assert plan.refusal
    assert plan.refusal in words(page)
    assert page.button(key="start").disabled


def test_runs_and_controls_are_asked_for_in_the_form(own_site: Site) -> None:
    cohort_id = tiny.store_studies(own_site.settings, 4)
    with own_site.database() as database, database.write() as session:
        seen = {"input": s.EncoderInput().model_dump(mode="json")}
        fields = {"name": "pre", "arch": "convnextv2-atto", "sha256": "0" * 64, "stage": "pre", "cache_key": "pre"}
        session.add(Encoder(cohort_id=cohort_id, settings=seen, **fields))
    page = own_site.page("run", do="finetune", cohort=cohort_id)
    assert not page.exception
    by_label = {box.label: box for box in page.number_input}
    assert "One run is one draw" in by_label["Runs"].help
    once = next(text for text in words(page).split(". ") if "about" in text)
    by_label["Runs"].set_value(5).run()
    {box.label: box for box in page.number_input}["Controls on shuffled labels"].set_value(2).run()
    assert "This is done 5 times, with the seeds 0 to 4; every run is embedded." in words(page)
    assert "Then 2 controls of the same kind" in words(page)
    assert once not in words(page), "seven trainings take longer than one"
    page.button(key="start").click().run()
    started = own_site.client.jobs()[0]
    assert (started.params["seeds"], started.params["shuffle_labels"]) == (5, 2)
    assert started.title.endswith("(5 runs, 2 controls)")


def test_everything_submits_the_papers_columns_in_order(own_site: Site) -> None:
    page = own_site.page("run", do="everything", cohort=own_site.cohort_id)
    assert not page.exception
    assert "CLS, SEG-L, SEG-P" in words(page).replace("REG, ", "")
    before = len(own_site.client.jobs())
    page.button(key="start").click().run()
    jobs = list(reversed(own_site.client.jobs()[: len(own_site.client.jobs()) - before]))
    assert [job.kind for job in jobs[:3]] == ["extract", "pretrain", "finetune"]
    for job in jobs:
        if job.kind == "finetune":
            assert job.depends_on == [jobs[1].id]
        if job.kind == "analyze":
            assert jobs[0].id in job.depends_on


def test_an_extraction_is_chosen_where_there_are_several(own_site: Site) -> None:
    with own_site.database() as database, database.write() as session:
        rows = session.scalars(select(Radiomics).where(Radiomics.roi == "gland")).all()
        session.add_all(
            Radiomics(
                case_id=row.case_id, roi="gland", settings_hash="5e" * 32, cache_key="k", status="ok",
                feature_list_id=row.feature_list_id, values=row.values,
            )
            for row in rows
        )  # fmt: skip
    page = own_site.page("run", do="analyze", cohort=own_site.cohort_id)
    choice = next(box for box in page.selectbox if box.label == "Radiomics extracted as")
    assert choice.options == ["the newest", *(one for one in choice.options if "108 features of" in one)]
    choice.set_value("5e" * 32).run()
    page.button(key="start").click().run()
    assert own_site.client.jobs()[0].params["extraction"] == "5e" * 32


def test_an_analysis_is_given_label_covariates_and_width(own_site: Site) -> None:
    page = own_site.page("run", do="analyze", cohort=own_site.cohort_id)
    assert not page.exception
    assert not any("runs of this recipe" in box.label for box in page.checkbox), "there is one run"
    switches = {one.label: one for one in page.main.get("button_group")}
    switches["Label that decoding is given"].set_value("columns").run()
    assert page.button(key="start").disabled
    assert "Choose at least one column for “Label that decoding is given”, or none." in words(page)
    box = page.multiselect[0]
    assert {"PI-RADS", "age (years)"} <= set(box.options)
    box.set_value(["pirads"]).run()
    switches = {one.label: one for one in page.main.get("button_group")}
    switches["Given to every decoding"].set_value("none").run()
    page.button(key="start").click().run()
    started = own_site.client.jobs()[0].params
    assert {name: started[name] for name in ("label", "covariates", "trust", "runs", "hidden")} == {
        "label": ["pirads"], "covariates": [], "trust": True, "runs": False, "hidden": 128,
    }  # fmt: skip


def test_the_papers_decoder_alone_asks_for_nothing_of_the_trust_block(own_site: Site) -> None:
    page = own_site.page("run", do="analyze", cohort=own_site.cohort_id)
    next(one for one in page.checkbox if one.label == "The paper's decoder only").check().run()
    assert "Label that decoding is given" not in [one.label for one in page.main.get("button_group")]
    page.button(key="start").click().run()
    started = own_site.client.jobs()[0].params
    assert (started["trust"], started["label"], started["covariates"], started["runs"]) == (False, None, None, False)


def test_all_runs_of_a_recipe_and_its_controls_are_asked_for_together() -> None:
    shared = {"task": "pirads", "recipe_id": "r", "stage": "ft"}
    recipe = [analysis_encoder(shared, run_number=n) for n in range(3)]
    recipe += [analysis_encoder(shared, run_number=0, control="shuffled_labels")]
    assert analyze_form.recipe_of(recipe, recipe[1].id) == recipe
    assert analyze_form.recipe_of(recipe[:1], None) == []
    assert analyze_form.recipe_words(recipe) == "All 3 runs of this recipe and 1 control on shuffled labels"
    assert analyze_form.recipe_words(recipe[:2]) == "All 2 runs of this recipe"


def analysis_encoder(shared: dict[str, str], **own: object) -> s.Encoder:
    return encoder("ft").model_copy(update=shared | own | {"id": f"e{own}"})


def test_a_comparison_needs_two_analyses_and_starts_with_those_chosen(own_site: Site) -> None:
    page = own_site.page("run", do="compare", cohort=own_site.cohort_id)
    assert not page.exception
    assert "has 1 analysis; a comparison needs two. Analyse it for another task or region first." in words(page)
    assert page.button(key="start").disabled
    again = s.AnalyseParams(cohort_id=own_site.cohort_id, task="pirads", roi="gland", hidden=4, epochs=2)
    with own_site.database() as database:
        second = str(server.work(database, own_site.settings, again)["analysis_id"])
    clear_all()  # a page remembers the analyses for ten seconds
    page = own_site.page("run", do="compare", cohort=own_site.cohort_id)
    assert "Choose at least two analyses." in words(page), "both are of one task and region: one is chosen"
    page.multiselect[0].set_value([own_site.analysis_id, second]).run()
    assert "The analyses share all 60 patients" in words(page)
    page.button(key="start").click().run()
    assert own_site.client.jobs()[0].params["analysis_ids"] == [own_site.analysis_id, second]


def test_a_trajectory_is_planned_along_epochs_or_stages(own_site: Site) -> None:
    page = own_site.page("run", do="trajectory", cohort=own_site.cohort_id)
    assert not page.exception
    assert "The run for PI-RADS kept no checkpoint besides its end; fine-tune again" in words(page)
    assert f"on the page Run under {training_form.FOLD}" in words(page)
    assert page.button(key="start").disabled
    page.main.get("button_group")[-1].set_value("stages").run()
    page.number_input[0].set_value(3).run()
    assert "The trust block is computed along the 4 stages of both encoders for PI-RADS" in words(page)
    page.button(key="start").click().run()
    started = own_site.client.jobs()[0].params
    assert {name: started[name] for name in ("task", "roi", "along", "seed")} == {
        "task": "pirads", "roi": "gland", "along": "stages", "seed": 3,
    }  # fmt: skip


def test_embedding_again_and_window_by_window_can_be_asked_for(own_site: Site) -> None:
    page = own_site.page("run", do="embed", cohort=own_site.cohort_id)
    assert not page.exception
    assert "Imported embeddings cannot be computed again" in words(page)
    page = own_site.page("run", do="pretrain", cohort=own_site.cohort_id)
    page.selectbox[-4].set_value("sliding").run()
    page.button(key="start").click().run()
    assert own_site.client.jobs()[0].params["input"]["coverage"] == "sliding"


def test_the_sweep_says_what_it_chooses_and_with_how_many_fits(own_site: Site) -> None:
    page = own_site.page("run", do="analyze", cohort=own_site.cohort_id)
    box = next(box for box in page.checkbox if "fits" in box.label)
    assert "l1 and l2 on validation studies" in box.label
    assert f"({len(SWEEP_L1) * len(SWEEP_L2)} fits)" in box.label
    box.check().run()
    page.button(key="start").click().run()
    assert own_site.client.jobs()[0].params["sweep"] is True


def test_the_chain_names_what_a_task_lacks() -> None:
    assert "PI-RADS is left out" in pipeline.left_out(prostate(), [])[0]
    assert pipeline.possible_tasks(prostate(), []) == []


def test_an_empty_field_is_named_in_words() -> None:
    with pytest.raises(form_fields.Incomplete, match="Fill in the folder or file first"):
        form_fields.make(s.ImportCasesParams, cohort="a", path="")
