// One square picture: a modality's slice under a window, outlines, crosshair and scale bar.

const BARS_MM = [100, 50, 20, 10, 5, 2, 1];

function number(value) {
  const magnitude = Math.abs(value);
  const digits = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2;
  const [whole, rest] = magnitude.toFixed(digits).split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, "\u2009");
  return (value < 0 ? "\u2212" : "") + spaced + (rest === undefined ? "" : `.${rest}`);
}

/** Paints a slice (rows x columns of stored values) into a canvas of its own size. */
function paint(canvas, { rows, columns }, stored, grey) {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i += 1) pixels[i] = grey[stored[i]];
  context.putImageData(image, 0, 0);
}

class Pane {
  constructor(element) {
    this.element = element;
    this.modality = element.dataset.modality;
    this.canvas = element.querySelector("canvas");
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.slice = document.createElement("canvas");
    this.grey = new Uint32Array(65536);
    this.overlay = new Overlay();
    this.clear("");
  }

  clear(message) {
    this.info = null;
    this.voxels = null;
    this.window = null;
    this.rastered = "";
    this.greysFor = "";
    this.say(message);
  }

  say(message) {
    this.element.querySelector(".message").textContent = message;
  }

  show(info, voxels) {
    this.info = info;
    this.voxels = voxels;
    this.window ??= [info.low, info.high];
    this.rastered = "";
    this.greysFor = "";
    this.say("");
  }

  /** Writes slice k of a section through the window into `slice`, once per slice and window. */
  raster(section, k) {
    const wanted = `${section.name} ${k} ${this.window}`;
    if (this.rastered === wanted) return;
    paint(this.slice, section, section.cut(this.voxels, k), this.greys());
    this.rastered = wanted;
  }

  /** The grey (opaque, little-endian RGBA) of every stored value, kept until the window changes. */
  greys() {
    const [low, high] = this.window;
    if (this.greysFor === `${low} ${high}`) return this.grey;
    const { slope, intercept } = this.info;
    for (let stored = 0; stored < this.grey.length; stored += 1) {
      const value = (intercept + slope * stored - low) / (high - low);
      const level = Math.round(255 * Math.min(1, Math.max(0, value)));
      this.grey[stored] = 0xff000000 | (level << 16) | (level << 8) | level;
    }
    this.greysFor = `${low} ${high}`;
    return this.grey;
  }

  // Pixels of the canvas per mm, for a field of view in mm.
  scale(view) {
    return this.canvas.width / view.field;
  }

  // Voxels of a section to canvas pixels.
  matrix({ rowMm, columnMm }, view) {
    const scale = this.scale(view);
    const middle = this.canvas.width / 2;
    return new DOMMatrix([scale * columnMm, 0, 0, scale * rowMm, middle - view.x * scale, middle - view.y * scale]);
  }

  // The position in mm under a pointer event.
  position(event, view) {
    const box = this.canvas.getBoundingClientRect();
    const mm = view.field / box.width;
    return {
      x: view.x + (event.clientX - box.left - box.width / 2) * mm,
      y: view.y + (event.clientY - box.top - box.height / 2) * mm,
    };
  }

  // The values of image and map at a position of slice k, in words; empty outside.
  valueWords(section, cursor, k) {
    if (cursor === null || this.voxels === null || section.pixel(cursor) === null) return "";
    const [z, y, x] = section.voxel(cursor, k).map(Math.round);
    const [, rows, columns] = section.shape;
    const value = this.info.intercept + this.info.slope * this.voxels[(z * rows + y) * columns + x];
    const mapped = this.overlay.valueAt([z, y, x]);
    const words = `${number(value)} ${this.info.unit}`.trim();
    return mapped === null ? words : `${words}\nmap ${brief(mapped)}`;
  }

  /**
   * @param {Viewer} viewer its section, slice, field of view, cursor (mm) and the maps' opacity
   * @param {{region: object, colour: string, path: Path2D}[]} outlines in voxels of the section
   */
  draw({ section, k, cursor, maps, masks, fieldOfView: { view } }, outlines) {
    const size = Math.round(this.canvas.clientWidth * window.devicePixelRatio);
    if (this.canvas.width !== size) this.canvas.width = this.canvas.height = size;
    const { context } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, size, size);
    if (this.voxels === null || size === 0) return;
    this.raster(section, k);
    const matrix = this.matrix(section, view);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.setTransform(matrix);
    context.drawImage(this.slice, -0.5, -0.5);
    this.overlay.draw(context, section, k, maps.opacity);
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (const outline of outlines) this.stroke(outline, masks.regions, matrix);
    this.crosshair(cursor, view);
    this.bar(view);
    this.words(section, cursor, k);
  }

  stroke({ region, colour, path }, regions, matrix) {
    const placed = new Path2D();
    placed.addPath(path, matrix);
    const { context } = this;
    const pixel = window.devicePixelRatio;
    context.lineJoin = "round";
    const width = regions.width(region);
    context.strokeStyle = region.name === regions.finding ? "rgba(0,0,0,.8)" : "rgba(0,0,0,.45)";
    context.lineWidth = (width + 2) * pixel;
    context.stroke(placed);
    context.strokeStyle = colour;
    context.lineWidth = width * pixel;
    context.stroke(placed);
  }

  crosshair(cursor, view) {
    if (cursor === null) return;
    const { context } = this;
    const pixel = window.devicePixelRatio;
    const scale = this.scale(view);
    const [x, y] = [cursor.x - view.x, cursor.y - view.y].map((mm) => Math.round(mm * scale + this.canvas.width / 2));
    const [gap, arm] = [5 * pixel, 14 * pixel];
    const path = new Path2D();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      path.moveTo(x + dx * gap, y + dy * gap);
      path.lineTo(x + dx * arm, y + dy * arm);
    }
    context.strokeStyle = "rgba(0,0,0,.7)";
    context.lineWidth = 3 * pixel;
    context.stroke(path);
    context.strokeStyle = "#fff";
    context.lineWidth = pixel;
    context.stroke(path);
  }

  // The longest round length that takes at most a third of the width.
  bar(view) {
    const pixel = window.devicePixelRatio;
    const mm = BARS_MM.find((length) => length <= view.field / 3) ?? 1;
    const right = this.canvas.width - 10 * pixel;
    const bottom = this.canvas.height - 10 * pixel;
    const { context } = this;
    context.fillStyle = "#000";
    context.fillRect(right - mm * this.scale(view) - pixel, bottom - 3 * pixel, mm * this.scale(view) + 2 * pixel, 4 * pixel);
    context.fillStyle = "#fff";
    context.fillRect(right - mm * this.scale(view), bottom - 2 * pixel, mm * this.scale(view), 2 * pixel);
    this.element.querySelector(".mm").textContent = mm % 10 === 0 && mm > 0 ? `${mm / 10} cm` : `${mm} mm`;
  }

  words(section, cursor, k) {
    const [low, high] = this.window;
    this.element.querySelector(".window").textContent = `W ${number(high - low)}  L ${number((high + low) / 2)}`;
    this.element.querySelector(".value").textContent = this.valueWords(section, cursor, k);
  }
}
