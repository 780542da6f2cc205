// The field of view: a square around a region, the whole slice, or the part the reader chose.

const REGION_MARGIN = 1.9;
const SMALLEST_FIELD_MM = 25;

class FieldOfView {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.whole = null; // until the reader chooses, a case opens on its frame, else whole
    this.chosen = null;
  }

  get opensWhole() {
    const { masks } = this.viewer;
    return this.whole ?? masks.fitted !== masks.regions.frame;
  }

  /** Middle and side in mm: `{x, y, field}`. */
  get view() {
    return this.chosen ?? this.viewer.section.whole;
  }

  /** The field of view around the region fitted, or the whole slice. */
  get framed() {
    const { section, masks } = this.viewer;
    const box = masks.extent(masks.fitted);
    if (this.opensWhole || box === null) return section.whole;
    const corners = [0, 1].map((end) => section.place(box.map((range) => range[end])));
    const width = Math.abs(corners[1].x - corners[0].x) + section.columnMm;
    const height = Math.abs(corners[1].y - corners[0].y) + section.rowMm;
    return {
      x: (corners[0].x + corners[1].x) / 2,
      y: (corners[0].y + corners[1].y) / 2,
      field: Math.min(Math.max(width, height) * REGION_MARGIN, section.whole.field),
    };
  }

  fit() {
    this.chosen = this.framed;
    const button = this.viewer.find('[data-do="fit"]');
    const { masks } = this.viewer;
    button.hidden = masks.extent(masks.fitted) === null;
    button.textContent = this.opensWhole && !button.hidden ? capital(spoken(masks.fitted)) : "Whole image";
  }

  /** Fits once per case: the first image to arrive decides. */
  fitOnce() {
    if (this.chosen === null) this.fit();
  }

  toggle() {
    this.whole = !this.opensWhole;
    this.fit();
  }

  zoom(factor, about = this.view) {
    const { view } = this;
    const largest = 2 * this.viewer.section.whole.field;
    const field = Math.min(largest, Math.max(SMALLEST_FIELD_MM, view.field / factor));
    const kept = field / view.field;
    this.chosen = { x: about.x + (view.x - about.x) * kept, y: about.y + (view.y - about.y) * kept, field };
  }

  /** Moves the picture by (dx, dy) pixels of a pane `width` pixels wide. */
  shift(dx, dy, width) {
    const { view } = this;
    const mm = view.field / width;
    this.chosen = { ...view, x: view.x - dx * mm, y: view.y - dy * mm };
  }

  forget() {
    this.chosen = null;
  }
}
