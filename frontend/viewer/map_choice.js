// Which map is chosen: a feature of the image or of a filtered one, or the feature that the reader came for.

const NO_MAP = "";
const CAME_FOR = "came-for";
const ORIGINAL = "original";

/** `wavelet-LLH` as readers see it. */
function imageWords(image) {
  return image === ORIGINAL ? "of the image itself" : `of ${image.replace("-", " ")}`;
}

class MapChoice {
  /** @param {Maps} maps */
  constructor(maps) {
    this.maps = maps;
    this.feature = NO_MAP;
    this.image = ORIGINAL;
    this.roi = null;
    this.asked = null;
    const { feature, image, region } = maps.parts;
    feature.addEventListener("change", () => this.change(() => (this.feature = feature.value)));
    image.addEventListener("change", () => this.change(() => (this.image = image.value)));
    region.addEventListener("change", () => this.change(() => (this.roi = region.value)));
  }

  get offered() {
    return this.maps.offered;
  }

  /** The feature that the reader came for, where it has a map. */
  get came() {
    const { chosen } = this.offered;
    return chosen?.has_map && this.offered.modalities.includes(chosen.modality) ? chosen : null;
  }

  get none() {
    return this.feature === NO_MAP;
  }

  /** PyRadiomics' name of what is chosen. */
  get name() {
    return this.feature === CAME_FOR ? this.came.feature : this.feature.replace(ORIGINAL, this.image);
  }

  /** The images that are mapped: all, or that of the feature the reader came for. */
  get modalities() {
    return this.feature === CAME_FOR ? [this.came.modality] : this.offered.modalities;
  }

  /** The end of an address. */
  get address() {
    const settings = this.feature === CAME_FOR ? `?settings=${this.came.settings_hash}` : "";
    return `${this.roi}/${this.name}${settings}`;
  }

  /** Label and sentence of what is chosen. */
  get words() {
    if (this.feature === CAME_FOR) return { label: `${this.came.label} · ${this.came.modality}`, sentence: this.came.sentence };
    const { label, group, sentence } = this.offered.features.find(({ feature }) => feature === this.feature);
    const image = this.image === ORIGINAL ? "" : ` ${imageWords(this.image)}`;
    return { label: `${label} (${group})${image}`, sentence };
  }

  /** Fills the boxes; what was chosen stays, where this case has it. */
  begin() {
    const { feature, image, region } = this.maps.parts;
    const { rois } = this.offered;
    const first = this.arrives();
    const came = this.came === null ? [] : [new Option(`${this.came.label} · ${this.came.modality}`, CAME_FOR)];
    feature.replaceChildren(new Option("No map", NO_MAP), ...came, ...groupsOf(this.offered.features));
    image.replaceChildren(...this.offered.images.map((name) => new Option(imageWords(name), name)));
    region.replaceChildren(...rois.map((roi) => new Option(`in the ${spoken(roi)}`, roi)));
    if (first && rois.includes(this.offered.roi)) this.roi = this.offered.roi;
    if (!rois.includes(this.roi)) [this.roi = null] = rois;
    if (first) this.feature = this.came !== null && this.roi !== null ? CAME_FOR : this.feature;
    if (![...feature.options].some(({ value }) => value === this.feature)) this.feature = NO_MAP;
    if (!this.offered.images.includes(this.image)) this.image = ORIGINAL;
    feature.disabled = this.roi === null;
    this.show();
    return first;
  }

  /** Whether the reader has come for another feature than before. */
  arrives() {
    const changed = this.askedFor !== null && this.askedFor !== this.asked;
    this.asked = this.askedFor;
    return changed;
  }

  get askedFor() {
    const { chosen } = this.offered;
    return chosen === null ? null : `${chosen.modality} ${chosen.feature}`;
  }

  show() {
    const { feature, image, region } = this.maps.parts;
    feature.value = this.feature;
    image.value = this.image;
    region.value = this.roi ?? "";
    image.hidden = this.none || this.feature === CAME_FOR || this.offered.images.length < 2;
    region.hidden = this.offered.rois.length < 2;
  }

  change(set) {
    set();
    this.show();
    this.maps.load();
  }

  forget() {
    this.feature = NO_MAP;
    this.show();
  }
}

/** The features as options, grouped by class. */
function groupsOf(features) {
  const groups = new Map();
  for (const { group, label, feature } of features) {
    if (!groups.has(group)) groups.set(group, Object.assign(document.createElement("optgroup"), { label: group }));
    groups.get(group).append(new Option(label, feature));
  }
  return groups.values();
}
