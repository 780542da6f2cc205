// The viewer: T2, DWI and ADC on one grid, one slice and one position for all. Drawn on Canvas2D, so it needs no WebGL.

const MODALITIES = ["T2", "DWI", "ADC"];
const SETTLED_MS = 350;
const GLAND_MARGIN = 1.9;
const SMALLEST_FIELD_MM = 25;

function signed(mm) {
  return `${mm < 0 ? "\u2212" : "+"}${Math.abs(mm).toFixed(1)}`;
}

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
    this.strip = new Strip(this);
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
    if (data.case_id === this.caseId) {
      this.renew(data);
      return;
    }
    this.stop();
    this.data = data;
    this.caseId = data.case_id;
    this.loading = new AbortController();
    this.grid = data.volumes[0];
    const shape = this.grid.shape_zyx;
    this.at = [Math.min(shape[0] - 1, Math.max(0, data.k)), (shape[1] - 1) / 2, (shape[2] - 1) / 2].map(Math.round);
    this.masks = new Map();
    this.extents = new Map();
    this.cursor = null;
    this.root.setAttribute("aria-label", `T2, DWI and ADC of ${data.title}`);
    dress(this);
    this.look(this.section?.name ?? "axial");
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
      this.extents.set(mask.roi, extentOf(voxels, this.grid.shape_zyx));
      if (this.section.name !== "axial") this.strip.mark();
      this.aim();
      this.redraw();
    } catch (error) {
      if (error instanceof Expired) this.trigger("renew", this.caseId);
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
      if (error instanceof Expired) this.trigger("renew", this.caseId);
      pane.say(error instanceof Unavailable ? error.message : `${info.modality} could not be loaded. Check the connection.`);
    }
  }

  /** New addresses for the same case, after the old ones expired: what is missing is asked for again. */
  renew(data) {
    if (data.signed === this.data.signed) return;
    this.data = data;
    this.loadMasks();
    const missing = data.volumes.filter(({ modality }) => this.panes.every((p) => p.modality !== modality || p.voxels === null));
    for (const info of missing) this.loadVolume(info, Promise.resolve(), this.loading.signal);
  }

  // --- planes -------------------------------------------------------------------------------------------------------

  get k() {
    return this.at[this.section.through];
  }

  get depth() {
    return this.section.depth;
  }

  /** Shows another plane, through the cursor or the place last looked at. */
  choosePlane(name) {
    if (name === this.section.name) return;
    if (this.cursor !== null && this.section.pixel(this.cursor) !== null) {
      this.at = this.section.voxel(this.cursor, this.k).map(Math.round);
    }
    this.cursor = null;
    this.look(name);
    this.fit();
    this.redraw();
    this.settle();
  }

  nextPlane() {
    const names = Object.keys(PLANES);
    this.choosePlane(names[(names.indexOf(this.section.name) + 1) % names.length]);
  }

  look(name) {
    this.section = new Section(name, this.grid.shape_zyx, this.grid.spacing_zyx_mm);
    this.outlines = new Map();
    dressSection(this);
    this.strip.mark();
  }

  /** Until a reader points somewhere, the other planes go through the middle of the lesion, or of the gland. */
  aim() {
    if (this.pointed) return;
    const box = this.extents.get("lesion") ?? this.extents.get("gland") ?? null;
    if (box !== null && this.section.name === "axial") {
      this.at = [this.k, ...box.slice(1).map(([first, last]) => Math.round((first + last) / 2))];
    }
  }

  /** The slices of the section in which a mask has voxels: along the axial plane the server has counted them. */
  slices(roi) {
    if (this.section.name === "axial") return this.data.masks.find((mask) => mask.roi === roi)?.slices ?? [];
    const key = `${roi} in`;
    if (!this.masks.has(roi)) return [];
    if (!this.outlines.has(key)) this.outlines.set(key, slicesOf(this.masks.get(roi), this.section));
    return this.outlines.get(key);
  }

  // --- slice, view, window ------------------------------------------------------------------------------------------

  /** The field of view around the gland, or the whole slice. */
  framed() {
    const { section } = this;
    const box = this.extents.get("gland") ?? null;
    if (this.whole || box === null) return section.whole;
    const corners = [0, 1].map((end) => section.place(box.map((range) => range[end])));
    const [width, height] = [
      Math.abs(corners[1].x - corners[0].x) + section.columnMm,
      Math.abs(corners[1].y - corners[0].y) + section.rowMm,
    ];
    return {
      x: (corners[0].x + corners[1].x) / 2,
      y: (corners[0].y + corners[1].y) / 2,
      field: Math.min(Math.max(width, height) * GLAND_MARGIN, section.whole.field),
    };
  }

  fit() {
    this.view = this.framed();
    const button = this.find('[data-do="fit"]');
    button.textContent = this.whole ? "Gland" : "Whole image";
    button.hidden = (this.extents.get("gland") ?? null) === null;
  }

  toggleWhole() {
    this.whole = !this.whole;
    this.strip.forget();
    this.fit();
    this.redraw();
  }

  zoom(factor, about = this.view) {
    const field = Math.min(2 * this.section.whole.field, Math.max(SMALLEST_FIELD_MM, this.view.field / factor));
    const kept = field / this.view.field;
    this.view = { x: about.x + (this.view.x - about.x) * kept, y: about.y + (this.view.y - about.y) * kept, field };
    this.redraw();
  }

  goTo(k) {
    const wanted = Math.min(this.depth - 1, Math.max(0, k));
    if (wanted === this.k) return;
    this.at[this.section.through] = wanted;
    this.redraw();
    this.settle();
  }

  nextLesion() {
    const slices = this.slices("lesion");
    if (slices.length > 0) this.goTo(slices.find((k) => k > this.k) ?? slices[0]);
  }

  applyContrast(pane) {
    pane.window = contrastOf(this.contrast, pane, this.masks.get("gland") ?? null);
  }

  chooseContrast(name) {
    this.contrast = name;
    for (const pane of this.panes) if (pane.voxels !== null) this.applyContrast(pane);
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
      if (!this.outlines.has(key)) {
        const labels = this.section.cut(this.masks.get(roi), k);
        this.outlines.set(key, outlineOf(labels, this.section.rows, this.section.columns));
      }
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
    const view = this.view ?? this.section.whole;
    for (const pane of this.panes) pane.draw(this.section, view, this.k, outlines, this.cursor);
    this.strip.draw();
    this.find(".slider").value = this.k;
    this.find(".slider").setAttribute("aria-valuetext", this.words);
    this.find(".where").textContent = this.words;
    this.find(".cursor").textContent = this.cursor === null ? "" : `Cursor ${this.cursorWords}`;
    for (const button of this.find(".outlines").children) {
      button.setAttribute("aria-pressed", String(this.shown[button.dataset.roi]));
    }
  }

  get words() {
    const axis = this.section.through;
    const mm = this.data.first_voxel_mm[axis] + this.k * this.section.stepMm;
    const name = this.section.name;
    const plane = axis === 0 ? "Slice" : `${name[0].toUpperCase()}${name.slice(1)} slice`;
    return `${plane} ${this.k + 1} of ${this.depth} at ${signed(mm)} mm`;
  }

  /** Where the cursor is in the scanner's frame, mm to the left, to posterior and to the head. */
  get cursorWords() {
    const voxel = this.section.voxel(this.cursor, this.k);
    const [z, y, x] = voxel.map((at, axis) => this.data.first_voxel_mm[axis] + at * this.grid.spacing_zyx_mm[axis]);
    const sides = [[x, "L", "R"], [y, "P", "A"], [z, "S", "I"]]; // prettier-ignore
    return `${sides.map(([mm, above, below]) => `${mm < 0 ? below : above} ${Math.abs(mm).toFixed(1)}`).join(", ")} mm`;
  }

  // Tells screen readers and the page where the reader came to rest.
  settle() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      const here = this.data.masks.map(({ roi }) => roi).filter((roi) => this.slices(roi).includes(this.k));
      const seen = here.length > 0 ? `Shows ${here.join(", ")}.` : "Outside of gland and lesion.";
      this.find("[aria-live]").textContent = `${this.words}. ${seen}`;
      for (const pane of this.panes) pane.canvas.setAttribute("aria-label", `${pane.modality}, ${this.words}. ${seen}`);
      this.tell("rest", { case_id: this.caseId, k: this.at[0] });
    }, SETTLED_MS);
  }

  // --- its end ------------------------------------------------------------------------------------------------------

  stop() {
    this.loading?.abort();
    clearTimeout(this.resting);
    this.strip.forget();
    this.pointed = false;
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
