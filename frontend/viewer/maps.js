// Maps of a feature: the choice of one, fetching it image by image, progress, cancelling and the legend.

const MAPS_REMEMBERED = 9; // three images of three features
const LEGEND = `<div class="scale" hidden><span class="low"></span><i></i><span class="high"></span><span class="unit"></span></div>
<p class="said"></p>`;

class Maps {
  constructor(viewer) {
    this.viewer = viewer;
    this.choice = new MapChoice(this);
    this.opacity = 0.6;
    this.known = new Map();
    this.control = null;
    const { opacity, cancel } = this.parts;
    opacity.addEventListener("input", () => this.fade(Number(opacity.value) / 100));
    cancel.addEventListener("click", () => this.cancel());
  }

  get parts() {
    const find = (name) => this.viewer.find(`.map-${name}`);
    return Object.fromEntries(
      ["feature", "image", "region", "opacity", "progress", "cancel", "said", "words", "legends"].map((name) => [name, find(name)]),
    );
  }

  get offered() {
    return this.viewer.data.maps;
  }

  /** Another case, or another feature to come for: what is chosen stays chosen, where this case has it. */
  begin() {
    this.stop();
    this.viewer.find(".maps").hidden = this.offered === null;
    if (this.offered === null) return;
    const first = this.choice.begin();
    if (first && this.choice.came !== null) this.viewer.screen.activate(this.choice.came.modality);
    this.load();
    const { chosen } = this.offered;
    const without = this.choice.roi === null ? this.needed : chosen !== null && !chosen.has_map ? chosen.sentence : "";
    if (without === "" || !this.choice.none) return;
    this.parts.words.hidden = false;
    this.parts.words.textContent = without;
  }

  /** New data of the same case: the reader may have come for another feature. */
  again() {
    if (this.offered !== null && this.choice.asked !== this.choice.askedFor) this.begin();
  }

  /** What a case without outlines lacks. */
  get needed() {
    const names = this.viewer.masks.regions.whole.map(({ name }) => spoken(name));
    if (names.length === 0) return "A map needs an outlined region; this protocol has none.";
    const none = ["none", "neither"][names.length - 1] ?? "none of them";
    return `A map needs an outlined ${listed(names, "or")}; this case has ${none}.`;
  }

  /** New addresses came: asks again for what the old ones did not give. */
  renew() {
    if (this.expired) this.load();
  }

  fade(opacity) {
    this.opacity = opacity;
    this.viewer.redraw();
  }

  /** Ends what is being computed, here and on the server, and shows no map. */
  cancel() {
    this.choice.forget();
    this.load();
    this.parts.feature.focus();
  }

  stop() {
    this.control?.abort();
    for (const { overlay } of this.viewer.screen.panes) overlay.clear();
  }

  /** The map of each image, the one looked at first, one after the other: each takes the server a moment. */
  async load() {
    this.stop();
    this.expired = false;
    this.frame();
    this.viewer.redraw();
    if (this.choice.none) return;
    this.control = new AbortController();
    const { signal } = this.control;
    const shown = this.viewer.screen.visible.filter(({ modality }) => this.choice.modalities.includes(modality));
    shown.sort((a, b) => (b.modality === this.viewer.screen.active) - (a.modality === this.viewer.screen.active));
    for (const [done, pane] of shown.entries()) {
      this.wait(done, shown.length);
      this.legendSays(pane.modality, "Computing …");
      try {
        const found = await this.fetch(pane.modality, signal);
        if (signal.aborted) return;
        pane.overlay.show(found);
        this.legend(found.info);
        this.viewer.redraw();
      } catch (error) {
        if (signal.aborted) return;
        this.expired ||= error instanceof Expired;
        if (error instanceof Expired) this.viewer.loading.askForNewAddresses();
        this.legendSays(pane.modality, error instanceof Unavailable ? error.message : "The map could not be loaded.");
      }
    }
    this.wait(null);
  }

  async fetch(modality, signal) {
    const address = `${modality}/${this.choice.address}`;
    const name = `${this.viewer.caseId}/${address}`;
    if (this.known.has(name)) return this.known.get(name);
    const answer = await fetch(`${this.offered.url}/${address}`, { credentials: "same-origin", signal });
    if (answer.status === 410) throw new Expired("The address of the map has expired. Reload the page.");
    if (answer.status === 422) throw new Unavailable((await answer.json()).detail);
    if (!answer.ok) throw new Unavailable(explain(answer.status, "The map"));
    const found = { info: JSON.parse(answer.headers.get("Feature-Map")), voxels: new Uint16Array(await answer.arrayBuffer()) };
    this.known.set(name, found);
    if (this.known.size > MAPS_REMEMBERED) this.known.delete(this.known.keys().next().value);
    return found;
  }

  // --- what is said -------------------------------------------------------------------------------------------------

  /** The rows for words and legends, empty until maps arrive; gone without a map. */
  frame() {
    const on = !this.choice.none;
    const { words, legends, opacity } = this.parts;
    opacity.closest("label").hidden = !on;
    words.hidden = legends.hidden = !on;
    words.textContent = "";
    this.wait(null);
    if (!on) return;
    const { label, sentence } = this.choice.words;
    const name = document.createElement("b");
    name.textContent = label;
    const where = this.offered.rois.length > 1 ? "" : ` in the ${spoken(this.choice.roi)}`;
    words.append(name, ` ${sentence} Computed from the voxels around each voxel${where}, on the slices shown.`);
    legends.replaceChildren(...this.viewer.screen.visible.map(({ modality }) => makeLegend(modality)));
    for (const { modality } of this.viewer.screen.visible) {
      this.legendSays(modality, this.offered.modalities.includes(modality) ? "" : `This case has no ${modality}.`);
    }
    this.mark();
  }

  /** Marks the legend of the image looked at: on a narrow screen it is the only one. */
  mark() {
    for (const legend of this.parts.legends.children) {
      legend.classList.toggle("active", legend.dataset.modality === this.viewer.screen.active);
    }
  }

  legendOf(modality) {
    return this.viewer.find(`.map-legends [data-modality="${modality}"]`);
  }

  legend(info) {
    const legend = this.legendOf(info.modality);
    const least = info.lowest < info.low ? "≤ " : "";
    const most = info.highest > info.high ? "≥ " : "";
    legend.querySelector(".low").textContent = least + brief(info.low);
    legend.querySelector(".high").textContent = most + brief(info.high);
    legend.querySelector(".unit").textContent = info.unit === "" ? "no unit" : info.unit;
    const gaps = info.undefined === 0 ? "" : `${number(info.undefined)} voxels without a value`;
    this.legendSays(info.modality, gaps);
    legend.querySelector(".scale").hidden = false;
  }

  legendSays(modality, sentence) {
    this.legendOf(modality).querySelector(".said").textContent = sentence;
  }

  /** How many of the maps are there, or null where nothing is awaited. */
  wait(done, all) {
    const { progress, cancel, said } = this.parts;
    progress.hidden = cancel.hidden = done === null;
    if (done !== null) [progress.value, progress.max] = [done + 0.5, all];
    said.textContent = done === null ? "" : `Computing ${done + 1} of ${all} …`;
  }
}

function makeLegend(modality) {
  const legend = document.createElement("div");
  legend.dataset.modality = modality;
  legend.innerHTML = LEGEND;
  legend.querySelector("i").style.background = SCALE;
  return legend;
}
