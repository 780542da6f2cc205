// The filmstrip below the panes: small pictures of slices across the volume, and marks where regions lie.

const TILE_PX = 76;
const REST_MS = 120; // the pictures follow the window once it rests

class Filmstrip {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.canvas = viewer.find(".thumbnails");
    this.tiles = document.createElement("canvas");
    this.slice = document.createElement("canvas");
    this.made = "";
    this.wanted = "";
    this.canvas.addEventListener("click", (event) => {
      const box = this.canvas.getBoundingClientRect();
      const n = Math.floor(((event.clientX - box.left) / box.width) * this.shown.length);
      if (this.shown.length > 0) viewer.goTo(this.shown[Math.min(this.shown.length - 1, Math.max(0, n))]);
    });
  }

  /** The slices that have a picture: evenly over those with the framing region, with a margin, or over all. */
  get shown() {
    const { section } = this.viewer;
    const n = Math.max(1, Math.floor(this.canvas.clientWidth / TILE_PX));
    const framed = this.viewer.slices(this.viewer.masks.regions.frame);
    const margin = framed.length > 0 ? Math.ceil(framed.length / 8) : 0;
    const first = framed.length > 0 ? Math.max(0, framed[0] - margin) : 0;
    const last = framed.length > 0 ? Math.min(section.depth - 1, framed.at(-1) + margin) : section.depth - 1;
    const slices = Array.from({ length: n }, (_, i) => Math.round(first + ((last - first) * i) / Math.max(1, n - 1)));
    return [...new Set(slices)];
  }

  draw() {
    const { viewer } = this;
    const pane = viewer.screen.paneOf(viewer.screen.active);
    if (pane.voxels === null || this.canvas.clientWidth === 0) return;
    const shown = this.shown;
    const wanted = [viewer.caseId, viewer.section.name, pane.modality, pane.window, shown, this.canvas.clientWidth].join();
    if (wanted !== this.wanted) {
      this.wanted = wanted;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.make(pane, shown, wanted), this.made === "" ? 0 : REST_MS);
    }
    if (this.made === wanted) this.lay(shown);
  }

  make(pane, shown, wanted) {
    const { viewer } = this;
    if (pane.voxels === null || wanted !== this.wanted) return;
    const ratio = window.devicePixelRatio;
    const [width, height] = [this.canvas.clientWidth * ratio, TILE_PX * ratio];
    [this.canvas.width, this.canvas.height] = [this.tiles.width, this.tiles.height] = [width, height];
    const context = this.tiles.getContext("2d", { alpha: false });
    const { regions } = viewer.masks;
    const finding = viewer.slices(regions.finding);
    const reach = shown.length > 1 ? (shown[1] - shown[0]) / 2 : viewer.section.depth; // slices a picture stands for
    const view = viewer.fieldOfView.framed;
    shown.forEach((k, i) => {
      paint(this.slice, viewer.section, viewer.section.cut(pane.voxels, k), pane.greys());
      const [left, side] = [(i * width) / shown.length, width / shown.length];
      context.save();
      context.beginPath();
      context.rect(left, 0, side - ratio, height);
      context.clip();
      const scale = Math.min(side, height) / view.field;
      context.translate(left + side / 2, height / 2);
      context.scale(scale * viewer.section.columnMm, scale * viewer.section.rowMm);
      context.drawImage(
        this.slice,
        -view.x / viewer.section.columnMm - 0.5,
        -view.y / viewer.section.rowMm - 0.5,
      );
      context.restore();
      if (finding.some((at) => Math.abs(at - k) <= reach)) {
        context.fillStyle = "#000";
        context.fillRect(left + 4 * ratio, height - 7 * ratio, side - 9 * ratio, 6 * ratio);
        context.fillStyle = regions.of(regions.finding).colour;
        context.fillRect(left + 5 * ratio, height - 6 * ratio, side - 11 * ratio, 4 * ratio);
      }
    });
    this.made = wanted;
    this.lay(shown);
  }

  /** The pictures, with a frame around the one nearest to the slice shown. */
  lay(shown) {
    const context = this.canvas.getContext("2d", { alpha: false });
    context.drawImage(this.tiles, 0, 0);
    const distance = shown.map((k) => Math.abs(k - this.viewer.k));
    const nearest = distance.indexOf(Math.min(...distance));
    const side = this.canvas.width / shown.length;
    const pixel = window.devicePixelRatio;
    context.strokeStyle = "#fff";
    context.lineWidth = 2 * pixel;
    context.strokeRect(nearest * side + pixel, pixel, side - 3 * pixel, this.canvas.height - 2 * pixel);
  }

  /** Marks on the bar above the slider: a thick piece where the finding has voxels, a line each for other regions. */
  mark() {
    const { viewer } = this;
    const { regions } = viewer.masks;
    const { depth } = viewer.section;
    const thin = regions.whole.filter(({ name }) => name !== regions.finding);
    const runs = ({ name, colour }, place) =>
      runsOf(viewer.slices(name)).map((run) => makeMark(run, depth, colour, place));
    const lines = thin.flatMap((region, row) => runs(region, `${3 * (row + 1)}px`));
    const thick = regions.all.filter(({ name }) => name === regions.finding).flatMap((region) => runs(region, null));
    viewer.find(".marks").style.setProperty("--lines", Math.max(1, thin.length));
    viewer.find(".marks").replaceChildren(...lines, ...thick);
  }

  forget() {
    clearTimeout(this.timer);
    this.made = this.wanted = "";
  }
}

/** Slices in a row as [first, last]. */
function runsOf(slices) {
  const runs = [];
  for (const k of slices) {
    if (runs.length > 0 && runs.at(-1)[1] === k - 1) runs.at(-1)[1] = k;
    else runs.push([k, k]);
  }
  return runs;
}

/** A piece of the bar above the slider, from half a step before the first slice of a run to half a step past its last. */
function makeMark([first, last], depth, colour, top) {
  const mark = document.createElement("i");
  const steps = Math.max(1, depth - 1);
  mark.className = top === null ? "finding" : "line";
  mark.style.background = colour;
  if (top !== null) mark.style.top = top;
  mark.style.left = `${(100 * (first - 0.5)) / steps}%`;
  mark.style.width = `${(100 * (last - first + 1)) / steps}%`;
  return mark;
}
