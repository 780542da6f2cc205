// Three patients, low, middle and high in the feature, with its map over the slice; the places of the pictures stand.

const VIRIDIS = "linear-gradient(90deg, #440154, #482878, #3e4989, #31688e, #26828e, #1f9e89, #35b779, #6ece58, #b5de2b, #fde725)";
const PLACES = ["low", "middle", "high"];

class Pictures {
  constructor(explorer) {
    this.explorer = explorer;
    this.feature = null;
    this.opacity = 100;
    this.places = el("div", { class: "places" });
    this.legend = el("div", { class: "legend" });
    this.element = el("div", { class: "pictures", hidden: true }, this.places, this.legend);
    this.missing = new Set();
  }

  show(feature, words) {
    this.stop();
    this.feature = feature;
    this.words = words;
    const { info } = this.explorer;
    if (this.missing.has(info.analysis)) {
      this.element.hidden = true;
      return;
    }
    if (info.has_images && this.places.children.length === 0) this.reserve();
    this.control = new AbortController();
    this.load(feature, this.control.signal);
  }

  /** The places of three pictures, so that nothing moves when they come. */
  reserve() {
    this.element.hidden = false;
    fill(this.places, ...PLACES.map(() => el("figure", {}, el("span", { class: "shot" }), el("figcaption", {}, "\u00a0", el("br")))));
  }

  /** The pictures first, which come at once; then the maps, which are computed where nobody has asked before. */
  async load(feature, signal) {
    const { info } = this.explorer;
    const path = `${pathOf("analyses", info.analysis)}/examples${pathOf(feature)}`;
    try {
      const plain = await api(`${path}?maps=false`, { signal });
      if (plain.examples.length === 0) {
        this.missing.add(info.analysis);
        this.element.hidden = true;
        return;
      }
      this.draw(plain);
      const whole = await api(path, { signal });
      if (!signal.aborted) this.overlay(whole);
    } catch (problem) {
      if (signal.aborted) return;
      this.element.hidden = this.places.children.length === 0 || problem.status === 404;
      fill(this.legend, el("p", { class: "quiet" }, problem.message));
    }
  }

  draw(found) {
    this.found = found;
    this.element.hidden = false;
    const examples = PLACES.map((place) => found.examples.find((one) => one.place === place)).filter(Boolean);
    this.decimals = telling(examples.map((one) => one.value));
    fill(this.places, ...examples.map((one) => this.picture(one, found)));
    fill(this.legend, el("p", { class: "quiet", role: "status" }, found.has_map ? "The map is being drawn …" : found.sentence));
  }

  picture(one, found) {
    const value = `${typeset(one.value, this.decimals)}${found.unit ? ` ${found.unit}` : ""}`;
    const words = `${one.place} ${this.words}: ${found.modality} of study ${one.study_id}, value ${value}, slice ${one.k + 1}`;
    const told = `${one.place} · ${one.study_id}`;
    return el("figure", { "data-case": one.case_id, "data-place": one.place },
      link([el("img", { src: one.picture, alt: words, loading: "eager", decoding: "async" })], this.href(one), { class: "shot", title: "Open this patient" }),
      el("figcaption", {}, el("b", {}, told), el("span", {}, `${value} · above ${numbers.count(Math.round(one.percentile))} % of the studies`)));
  }

  href(one) {
    return this.explorer.panel.caseHref(one.case_id, { k: one.k });
  }

  /** Lays the maps over the pictures that stand, and says what their colours are. */
  overlay(found) {
    this.found = found;
    for (const one of found.examples) {
      const shot = [...this.places.children].find((figure) => figure.dataset.place === one.place)?.querySelector(".shot");
      if (shot === undefined || one.map_picture === null) continue;
      const over = el("img", { src: one.map_picture, alt: "", class: "over", decoding: "async" });
      over.style.opacity = this.opacity / 100;
      shot.append(over);
    }
    if (!found.has_map || found.low === null) {
      fill(this.legend, el("p", { class: "quiet" }, found.sentence || "There is no map of this feature."));
      return;
    }
    const colours = el("div", { class: "colours", role: "img", "aria-label": `Colours from ${numbers.importance(found.low)} to ${numbers.importance(found.high)} ${found.unit}` });
    colours.style.backgroundImage = VIRIDIS;
    fill(this.legend,
      el("b", {}, `Map of ${this.words}`), colours,
      el("div", { class: "ends" }, el("span", {}, numbers.importance(found.low)), el("span", {}, numbers.importance(found.high))),
      found.unit !== "" && el("p", { class: "quiet" }, found.unit),
      el("label", {}, "Opacity ", this.slider()),
      found.sentence ? el("p", { class: "quiet" }, found.sentence) : null,
      link("Open case ›", this.href(found.examples.at(-1)), { class: "open" }));
  }

  slider() {
    const turn = (event) => {
      this.opacity = Number(event.target.value);
      for (const over of this.places.querySelectorAll(".over")) over.style.opacity = this.opacity / 100;
    };
    return el("input", { type: "range", min: 0, max: 100, step: 5, value: this.opacity, input: turn, "aria-label": "Opacity of the map" });
  }

  firstHref() {
    const { found } = this;
    if (this.element.hidden || found === undefined || found.feature !== this.feature) return null;
    return this.href(found.examples.find((one) => one.place === "high") ?? found.examples[0]);
  }

  stop() {
    this.control?.abort();
  }
}

/** Places that tell these values apart, at least those of three significant digits. */
function telling(values) {
  let decimals = Math.min(...values.map(decimalsOf));
  const alike = () => new Set(values.map((value) => value.toFixed(decimals))).size < new Set(values).size;
  while (decimals < MOST_DECIMALS && alike()) decimals += 1;
  return decimals;
}
