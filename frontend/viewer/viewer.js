// The viewer: a case's images on one grid, one slice and one position for all. Drawn on Canvas2D, so it needs no WebGL.

const SETTLED_MS = 350;
const PATIENCE_MS = 5000;

class Viewer {
  constructor(parent) {
    this.root = parent.querySelector(".viewer");
    this.screen = new Screen(this);
    this.masks = new Masks();
    this.fieldOfView = new FieldOfView(this);
    this.loading = new Loading(this);
    this.maps = new Maps(this);
    this.contrast = "auto";
    this.chosenContrast = null;
    this.cursor = null;
    this.frame = 0;
    this.caseId = null;
    this.watch = new ResizeObserver(() => this.redraw());
    this.watch.observe(this.find(".panes"));
    this.patience = setTimeout(() => this.stands(), PATIENCE_MS);
    this.filmstrip = new Filmstrip(this);
    this.controls = new Controls(this);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  update(data, tell, trigger) {
    this.tell = tell;
    this.trigger = trigger;
    if (data.case_id === this.caseId) {
      const renewed = data.signed !== this.data.signed;
      this.data = data;
      if (!renewed) {
        this.maps.again();
        return;
      }
      this.masks.infos = data.masks;
      this.loading.missing();
      this.maps.renew();
      return;
    }
    this.stop();
    this.data = data;
    this.caseId = data.case_id;
    this.grid = data.volumes[0];
    const shape = this.grid.shape_zyx;
    this.at = [Math.min(shape[0] - 1, Math.max(0, data.k)), (shape[1] - 1) / 2, (shape[2] - 1) / 2].map(Math.round);
    this.masks.begin(data.masks, new Regions(data.display), shape);
    this.cursor = null;
    this.screen.make(data.display.modalities);
    this.root.setAttribute("aria-label", `${listed(this.screen.names)} of ${data.title}`);
    frameCase(this);
    this.look(this.section?.name ?? "axial");
    this.screen.open(data.volumes.map(({ modality }) => modality));
    this.name();
    this.loading.begin();
    this.maps.begin();
  }

  masksChanged() {
    if (this.section.name !== "axial") this.filmstrip.mark();
    this.aim();
    this.redraw();
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
    this.fieldOfView.fit();
    this.redraw();
    this.settle();
  }

  nextPlane() {
    const names = Object.keys(PLANES);
    this.choosePlane(names[(names.indexOf(this.section.name) + 1) % names.length]);
  }

  look(name) {
    this.section = new Section(name, this.grid.shape_zyx, this.grid.spacing_zyx_mm);
    this.masks.turn();
    frameSection(this);
    this.filmstrip.mark();
  }

  /** Until a reader points somewhere, the other planes go through the middle of the finding, or of the frame. */
  aim() {
    if (this.pointed) return;
    const { finding, frame } = this.masks.regions;
    const box = this.masks.extent(finding) ?? this.masks.extent(frame);
    if (box !== null && this.section.name === "axial") {
      this.at = [this.k, ...box.slice(1).map(([first, last]) => Math.round((first + last) / 2))];
    }
  }

  /** The slices of the plane shown that contain a region. */
  slices(roi) {
    return this.masks.slices(roi, this.section);
  }

  // --- slice, view, window ------------------------------------------------------------------------------------------

  goTo(k) {
    const wanted = Math.min(this.depth - 1, Math.max(0, k));
    if (wanted === this.k) return;
    this.at[this.section.through] = wanted;
    this.redraw();
    this.settle();
  }

  nextFinding() {
    const slices = this.slices(this.masks.regions.finding);
    if (slices.length > 0) this.goTo(slices.find((k) => k > this.k) ?? slices[0]);
  }

  toggleWhole() {
    this.filmstrip.forget();
    this.fieldOfView.toggle();
    this.redraw();
  }

  /** Puts the cursor of all pictures to a position, or takes it away. */
  point(cursor) {
    this.cursor = cursor;
    if (cursor !== null) this.pointed = true;
    this.redraw();
  }

  /** Sets the window of one picture by a drag: sideways its width, up and down its level. */
  drag(pane, dx, dy) {
    pane.window = dragged(pane, dx, dy);
    this.redraw();
  }

  /** Moves all pictures by pixels of a pane so wide. */
  shift(dx, dy, width) {
    this.fieldOfView.shift(dx, dy, width);
    this.redraw();
  }

  zoom(factor, about) {
    this.fieldOfView.zoom(factor, about);
    this.redraw();
  }

  applyContrast(pane) {
    if (pane.voxels !== null) pane.window = contrastOf(this.contrast, pane, this.masks.region(this.masks.fitted));
  }

  chooseContrast(name) {
    this.contrast = this.chosenContrast = name;
    this.screen.panes.forEach((pane) => this.applyContrast(pane));
    this.redraw();
  }

  reset() {
    this.fieldOfView.fit();
    this.screen.panes.forEach((pane) => this.applyContrast(pane));
    this.redraw();
  }

  /** Shows or hides the outline of one region, or of all. */
  toggleOutline(roi) {
    if (roi === undefined) this.masks.toggleAll();
    else this.masks.toggle(roi);
    this.redraw();
    this.loading.masks();
  }

  help(open = this.find(".help").hidden) {
    this.find(".help").hidden = !open;
    this.find('[data-do="help"]').setAttribute("aria-expanded", String(open));
  }

  // --- drawing ------------------------------------------------------------------------------------------------------

  redraw() {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.caseId !== null) this.draw();
    });
  }

  draw() {
    const outlines = this.masks.outlinesOf(this.section, this.k);
    for (const pane of this.screen.visible) pane.draw(this, outlines);
    this.filmstrip.draw();
    linkPicture(this);
    const where = sliceWords(this);
    this.find(".slider").value = this.k;
    this.find(".slider").setAttribute("aria-valuetext", where);
    this.find(".where").textContent = where;
    this.find(".cursor").textContent = this.cursor === null ? "" : cursorWords(this);
    for (const button of this.find(".outlines").children) {
      button.setAttribute("aria-pressed", String(this.masks.shown[button.dataset.roi]));
    }
  }

  /** What each picture shows, for screen readers. */
  name(words = restWords(this)) {
    for (const pane of this.screen.panes) pane.canvas.setAttribute("aria-label", `${pane.modality}, ${words}`);
  }

  // Tells screen readers and the page where the reader came to rest.
  settle() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      const words = restWords(this);
      this.find("[aria-live]").textContent = words;
      this.name(words);
      this.tell("rest", { case_id: this.caseId, k: this.at[0] });
    }, SETTLED_MS);
  }

  /** The rest of the page waits for the pictures, until they are drawn, have failed, or have taken too long. */
  stands() {
    if (this.patience === null) return;
    clearTimeout(this.patience);
    this.patience = null;
    requestAnimationFrame(() => this.tell("stands", true));
  }

  stop() {
    this.loading.stop();
    this.maps.stop();
    clearTimeout(this.resting);
    this.filmstrip.forget();
    this.fieldOfView.forget();
    this.pointed = false;
  }

  close() {
    this.stop();
    clearTimeout(this.patience);
    this.watch.disconnect();
    cancelAnimationFrame(this.frame);
  }
}
