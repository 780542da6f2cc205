// Which pictures there are, which of them are on the screen, and which is looked at.

const MOST_ON_SCREEN = 6;

class Screen {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.panes = [];
    this.shown = new Set();
    this.active = null;
  }

  get names() {
    return this.panes.map(({ modality }) => modality);
  }

  /** The panes on the screen: all, or the six last looked at of more. */
  get visible() {
    return this.panes.filter(({ modality }) => this.shown.has(modality));
  }

  paneOf(modality) {
    return this.panes.find((pane) => pane.modality === modality);
  }

  /** The panes and tabs of a protocol's modalities; where they are the same they stay. */
  make(modalities) {
    const { viewer } = this;
    const names = modalities.map(({ name }) => name);
    if (this.names.join() === names.join()) return;
    viewer.find(".panes").replaceChildren();
    viewer.find(".tabs").replaceChildren();
    this.panes = names.map((name) => makePane(viewer, name));
    for (const pane of this.panes) new PointerInput(viewer, pane);
    this.shown = new Set(names.slice(0, MOST_ON_SCREEN));
    const columns = names.length === 4 ? 2 : Math.min(3, names.length);
    viewer.root.style.setProperty("--columns", columns);
    viewer.root.style.setProperty("--rows", Math.ceil(this.shown.size / columns));
    viewer.root.classList.toggle("many", names.length > MOST_ON_SCREEN);
    viewer.root.classList.toggle("single", names.length === 1);
    viewer.root.classList.toggle("four", names.length === 4); // in one row where that makes them larger
    viewer.root.classList.toggle("pairs", columns === 2); // two fit beside each other where three do not
  }

  /** Opens a case: on the modality looked at before, else on the first that it has. */
  open(present) {
    this.activate(present.includes(this.active) ? this.active : this.names.find((name) => present.includes(name)));
  }

  next() {
    this.activate(this.names[(this.names.indexOf(this.active) + 1) % this.names.length]);
  }

  activate(modality) {
    const { viewer } = this;
    const before = this.active;
    this.active = modality;
    if (!this.shown.has(modality)) this.swap(this.shown.has(before) ? before : [...this.shown].at(-1), modality);
    viewer.maps.mark();
    this.panes.forEach((pane, i) => {
      pane.element.classList.toggle("active", pane.modality === modality);
      pane.element.classList.toggle("off", !this.shown.has(pane.modality));
      viewer.find(".tabs").children[i].setAttribute("aria-pressed", String(pane.modality === modality));
    });
    viewer.redraw();
  }

  /** Puts a modality onto the screen in the place of another. */
  swap(out, into) {
    this.shown.delete(out);
    this.shown.add(into);
    if (!this.viewer.loading.begun) return;
    this.viewer.loading.missing();
    this.viewer.maps.load();
  }
}
