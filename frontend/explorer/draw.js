// Drawings: a flat SVG with an axis or two. Colours are written into it, so that a saved drawing looks the same.

/** Colours of the page; a mark's colour comes with the words of its flag. */
class Look {
  constructor(root, colours) {
    const style = getComputedStyle(root);
    this.ground = style.getPropertyValue("--ground").trim() || "#ffffff";
    this.ink = style.getPropertyValue("--ink").trim() || "#1f2933";
    this.quiet = style.getPropertyValue("--quiet").trim() || "#5b6670";
    this.line = style.getPropertyValue("--hair").trim() || "#d5dce2";
    this.colours = colours;
  }

  /** Blue, orange, gold or grey of a flag. */
  flag(flag) {
    return this.colours[flag] ?? this.colours.unchanged;
  }

  /** Of a change: stronger, weaker, or grey where it is none. */
  direction(change, margin = 0) {
    if (isMissing(change) || Math.abs(change) <= margin) return this.colours.unchanged;
    return change > 0 ? this.colours.stronger : this.colours.weaker;
  }
}

function sheet(width, height, look, words) {
  return svg("svg", {
    viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words, class: "sheet", "data-ground": look.ground, "data-ink": look.ink,
  });
}

/** A linear scale from numbers to pixels. */
function scale(low, high, from, to) {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

/** Round numbers between two ends, about `most` of them. */
function ticks(low, high, most = 5) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * power).find((one) => one >= rough);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k += 1) found.push(k * step);
  return found;
}

/** As many decimals as tell these numbers apart. */
function tickWords(values) {
  const step = values.length > 1 ? Math.abs(values[1] - values[0]) : 1;
  const decimals = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9) + (Math.abs(step * 4 - Math.round(step * 4)) < 1e-9 && step < 1 && step * 10 % 1 > 1e-9 ? 1 : 0)));
  return values.map((value) => typeset(value, decimals));
}

const label = (x, y, words, look, more = {}) => svg("text", { x, y, "font-size": 11, fill: look.quiet, ...more }, words);

/** A mark in one path: flags differ by their shape, too. */
const SHAPES = {
  circle: (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
  up: (x, y, r) => `M${x} ${y - r}l${r} ${1.8 * r}h${-2 * r}z`,
  down: (x, y, r) => `M${x} ${y + r}l${r} ${-1.8 * r}h${-2 * r}z`,
  square: (x, y, r) => `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
  diamond: (x, y, r) => `M${x} ${y - 1.2 * r}l${1.1 * r} ${1.2 * r}l${-1.1 * r} ${1.2 * r}l${-1.1 * r} ${-1.2 * r}z`,
  cross: (x, y, r) => `M${x - r} ${y - r}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}`,
  bar: (x, y, r) => `M${x} ${y - r}v${2 * r}`,
};
const FLAG_SHAPE = {
  stronger: "up", probable_stronger: "up", weaker: "down", probable_weaker: "down", kept: "square", label_borne: "diamond",
  unchanged: "circle", underpowered: "circle", not_decodable: "cross", too_few: "circle",
};
const HOLLOW = new Set(["probable_stronger", "probable_weaker", "underpowered", "too_few", "not_decodable"]);

/** The path of marks at many places, drawn at once; hollow ones show the ground. */
function marks(shape, points, r, colour, look, hollow = false, more = {}) {
  const round = (value) => Math.round(value * 10) / 10;
  const d = points.map(([x, y]) => SHAPES[shape](round(x), round(y), r)).join("");
  return svg("path", { d, fill: hollow ? look.ground : colour, stroke: colour, "stroke-width": hollow ? 1.3 : 0.6, ...more });
}
