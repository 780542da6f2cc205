// The viewer: T2, DWI and ADC on one grid, one slice and one position for all. Drawn on Canvas2D, so it needs no WebGL.

const MODALITIES = ["T2", "DWI", "ADC"];
const SETTLED_MS = 350;
const GLAND_MARGIN = 1.9;
const HEADROOM = 0.25; // of the gland's range, so that its brightest tissue is not white
const SMALLEST_FIELD_MM = 25;

class Viewer {
  constructor(parent) {
    this.root = parent.querySelector(".viewer");
    this.panes = MODALITIES.map((modality) => makePane(this, modality));
    this.active = MODALITIES[0];
    this.shown = { gland: true, lesion: true, zones: false };
    this.contrast = "gland";
    this.whole = false;
    this.cursor = null;
    this.frame = 0;
    this.caseId = null;
    this.watch = new ResizeObserver(() => this.redraw());
    this.watch.observe(this.find(".panes"));
    this.controls = new Controls(this);
    for (const pane of this.panes) new Hands(this, pane);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  // --- a case -------------------------------------------------------------------------------------------------------

  update(data, tell, trigger) {
    this.tell = tell;
    this.trigger = trigger;
    if (data.case_id === this.caseId) return;
    this.stop();
    this.data = data;
    this.caseId = data.case_id;
    this.loading = new AbortController();
    this.grid = data.volumes[0];
    this.depth = this.grid.shape_zyx[0];
    this.k = Math.min(this.depth - 1, Math.max(0, data.k));
    this.masks = new Map();
    this.outlines = new Map();
    this.gland = null;
    this.cursor = null;
    this.root.setAttribute("aria-label", `T2, DWI and ADC of ${data.title}`);
    dress(this);
    this.activate(this.data.volumes.some((volume) => volume.modality === this.active) ? this.active : this.grid.modality);
    this.load(this.loading.signal);
  }

  // The gland's outline decides what part is shown first, so nothing is drawn before it has answered.
  async load(signal) {
    const glandSettled = this.loadMasks();
    await Promise.all(this.data.volumes.map((info) => this.loadVolume(info, glandSettled, signal)));
  }

  // The masks that are to be drawn and are not there yet; resolves when all of them have answered.
  loadMasks() {
    const wanted = this.data.masks.filter(({ roi }) => (this.shown[roi] || roi === "gland") && !this.masks.has(roi));
    return Promise.all(wanted.map((mask) => this.loadMask(mask, this.loading.signal)));
  }

  async loadMask(mask, signal) {
    const count = mask.shape_zyx.reduce((a, b) => a * b);
    try {
      const voxels = await fetchVoxels(mask.url, mask.etag, count, Uint8Array, `The ${mask.roi} mask`, signal);
      if (signal.aborted) return;
      this.masks.set(mask.roi, voxels);
      if (mask.roi === "gland") this.gland = boxOf(voxels, this.grid.shape_zyx, this.grid.spacing_zyx_mm);
      this.redraw();
    } catch (error) {
      if (!signal.aborted) this.find(`[data-roi="${mask.roi}"]`).textContent = `${mask.roi} (not loaded)`;
    }
  }

  async loadVolume(info, glandSettled, signal) {
    const pane = this.panes.find(({ modality }) => modality === info.modality);
    const count = info.shape_zyx.reduce((a, b) => a * b);
    try {
      const voxels = await fetchVoxels(info.url, info.etag, count, Uint16Array, info.modality, signal);
      await glandSettled;
      if (signal.aborted) return;
      if (this.view === null || this.view === undefined) this.fit();
      pane.show(info, voxels);
      this.applyContrast(pane);
      this.redraw();
    } catch (error) {
      if (signal.aborted) return;
      pane.say(error instanceof Unavailable ? error.message : `${info.modality} could not be loaded. Check the connection.`);
    }
  }

  // --- slice, view, window ------------------------------------------------------------------------------------------

  get wholeField() {
    const [, rows, columns] = this.grid.shape_zyx;
    const [, rowMm, columnMm] = this.grid.spacing_zyx_mm;
    const [width, height] = [columns * columnMm, rows * rowMm];
    return { x: (width - columnMm) / 2, y: (height - rowMm) / 2, field: Math.max(width, height) };
  }

  fit() {
    const whole = this.wholeField;
    if (this.whole || this.gland === null) {
      this.view = whole;
    } else {
      const field = Math.max(this.gland.width, this.gland.height) * GLAND_MARGIN;
      this.view = { x: this.gland.x, y: this.gland.y, field: Math.min(field, whole.field) };
    }
    const button = this.find('[data-do="fit"]');
    button.textContent = this.whole ? "Gland" : "Whole image";
    button.hidden = this.gland === null;
  }

  toggleWhole() {
    this.whole = !this.whole;
    this.fit();
    this.redraw();
  }

  zoom(factor, about = this.view) {
    const field = Math.min(2 * this.wholeField.field, Math.max(SMALLEST_FIELD_MM, this.view.field / factor));
    const kept = field / this.view.field;
    this.view = { x: about.x + (this.view.x - about.x) * kept, y: about.y + (this.view.y - about.y) * kept, field };
    this.redraw();
  }

  goTo(k) {
    const wanted = Math.min(this.depth - 1, Math.max(0, k));
    if (wanted === this.k) return;
    this.k = wanted;
    this.redraw();
    this.settle();
  }

  nextLesion() {
    const slices = this.data.masks.find((mask) => mask.roi === "lesion")?.slices ?? [];
    if (slices.length > 0) this.goTo(slices.find((k) => k > this.k) ?? slices[0]);
  }

  applyContrast(pane) {
    const { info, voxels } = pane;
    const mask = this.masks.get("gland") ?? null;
    let limits = [info.low, info.high]; // the 1st and 99th percentile of the whole image
    if (this.contrast === "full") limits = percentiles(voxels, info, [0, 1]);
    if (this.contrast === "gland" && mask !== null) {
      const [low, high] = percentiles(voxels, info, [0.01, 0.995], mask);
      limits = [low, high + HEADROOM * (high - low)];
    }
    if (this.contrast === "adc" && pane.modality === "ADC") limits = [0, 2000];
    pane.window = limits[1] > limits[0] ? limits : [limits[0], limits[0] + Math.abs(info.slope)];
  }

  chooseContrast(name) {
    this.contrast = name;
    for (const pane of this.panes) if (pane.voxels !== null) this.applyContrast(pane);
    this.redraw();
  }

  changeWindow(pane, dx, dy) {
    const reach = (pane.info.high - pane.info.low || 1) / pane.canvas.clientWidth;
    const [low, high] = pane.window;
    const width = Math.max(Math.abs(pane.info.slope), high - low + dx * reach * 2);
    const level = (low + high) / 2 + dy * reach * 1.5;
    pane.window = [level - width / 2, level + width / 2];
    this.redraw();
  }

  reset() {
    for (const pane of this.panes) if (pane.voxels !== null) this.applyContrast(pane);
    this.fit();
    this.redraw();
  }

  activate(modality) {
    this.active = modality;
    this.panes.forEach((pane, i) => {
      pane.element.classList.toggle("active", pane.modality === modality);
      this.find(".tabs").children[i].setAttribute("aria-pressed", String(pane.modality === modality));
    });
    this.redraw();
  }

  toggleOutline(roi) {
    this.shown[roi] = !this.shown[roi];
    this.redraw();
    this.loadMasks();
  }

  toggleOutlines() {
    const any = Object.values(this.shown).some(Boolean);
    for (const roi of Object.keys(this.shown)) this.shown[roi] = !any && roi !== "zones";
    this.redraw();
    this.loadMasks();
  }

  help(open = this.find(".help").hidden) {
    this.find(".help").hidden = !open;
    this.find('[data-do="help"]').setAttribute("aria-expanded", String(open));
  }

  // --- drawing ------------------------------------------------------------------------------------------------------

  outlinesOf(k) {
    const drawn = [];
    for (const roi of Object.keys(WIDTHS)) {
      if (!this.shown[roi] || !this.masks.has(roi)) continue;
      const key = `${roi} ${k}`;
      if (!this.outlines.has(key)) this.outlines.set(key, outlineOf(this.masks.get(roi), this.grid.shape_zyx, k));
      drawn.push([roi, this.outlines.get(key)]);
    }
    return drawn;
  }

  redraw() {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.caseId !== null) this.draw();
    });
  }

  draw() {
    const outlines = this.outlinesOf(this.k);
    for (const pane of this.panes) pane.draw(this.view ?? this.wholeField, this.k, outlines, this.cursor);
    this.find(".slider").value = this.k;
    this.find(".slider").setAttribute("aria-valuetext", this.words);
    this.find(".where").textContent = this.words;
    for (const button of this.find(".outlines").children) {
      button.setAttribute("aria-pressed", String(this.shown[button.dataset.roi]));
    }
  }

  get words() {
    const mm = this.data.first_slice_mm + this.k * this.grid.spacing_zyx_mm[0];
    const sign = mm < 0 ? "\u2212" : "+";
    return `Slice ${this.k + 1} of ${this.depth} at ${sign}${Math.abs(mm).toFixed(1)} mm`;
  }

  // Tells screen readers and the page where the reader came to rest.
  settle() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      const here = this.data.masks.filter((mask) => mask.slices.includes(this.k)).map((mask) => mask.roi);
      const seen = here.length > 0 ? `Shows ${here.join(", ")}.` : "Outside of gland and lesion.";
      this.find("[aria-live]").textContent = `${this.words}. ${seen}`;
      for (const pane of this.panes) pane.canvas.setAttribute("aria-label", `${pane.modality}, ${this.words}. ${seen}`);
      this.tell("rest", { case_id: this.caseId, k: this.k });
    }, SETTLED_MS);
  }

  // --- its end ------------------------------------------------------------------------------------------------------

  stop() {
    this.loading?.abort();
    clearTimeout(this.resting);
    this.view = null;
  }

  close() {
    this.stop();
    this.watch.disconnect();
    cancelAnimationFrame(this.frame);
  }
}

const viewers = new WeakMap();

export default function mount({ parentElement, data, setStateValue, setTriggerValue }) {
  if (!viewers.has(parentElement)) viewers.set(parentElement, new Viewer(parentElement));
  const viewer = viewers.get(parentElement);
  viewer.update(data, setStateValue, setTriggerValue);
  return () => {
    viewer.close();
    viewers.delete(parentElement);
  };
}
