// The whole ranking of an analysis, held in the browser: filtered, sorted and counted without asking the server.

const UP = ["stronger", "probable_stronger"];
const DOWN = ["weaker", "probable_weaker"];
/** How a list by flag goes: what changed first, then why nothing is told of the others. */
const FLAG_ORDER = [
  "stronger", "probable_stronger", "label_borne", "weaker", "probable_weaker", "kept", "unchanged", "underpowered",
  "not_decodable", "too_few",
];
const TRUST_ORDERS = { flag: "flag, then effect", effect: "largest effect", fall: "largest fall", decoded: "best decoded", name: "name" };
const PAPER_ORDERS = { rise: "largest rise of I", drop: "largest fall of I", least: "least change", name: "name" };

class Ranking {
  constructor(packed) {
    Object.assign(this, packed.numbers);
    for (const name of ["feature", "label", "words", "modality", "image_type", "feature_class", "flag", "use"]) {
      this[name] = packed[name];
    }
    this.length = packed.feature.length;
    this.text = this.feature.map((name, k) => `${name} ${this.label[k]}`.toLowerCase());
    this.places = new Map(this.feature.map((name, k) => [name, k]));
    const none = new Array(this.length).fill(null);
    this.rankedBy = (this.effect_shrunk ?? none).some((value) => value !== null) ? "effect_shrunk" : "effect";
    this.none = none;
  }

  /** A column of numbers; nulls where this analysis has none. */
  column(name) {
    return this[name] ?? this.none;
  }

  /** One number of a feature. */
  at(name, k) {
    return this.column(name)[k];
  }

  place(feature) {
    return this.places.get(feature);
  }

  /** Places of the features that a filter keeps, in the order of trust; every word must occur in name or words. */
  filtered(where) {
    const words = (where.text ?? "").toLowerCase().split(/\s+/).filter((word) => word !== "");
    const same = ["modality", "feature_class", "image_type", "flag"].filter((name) => where[name]);
    const kept = [];
    for (let k = 0; k < this.length; k += 1) {
      if (where.only && !where.only.has(this.feature[k])) continue;
      if (same.some((name) => this[name][k] !== where[name])) continue;
      if (words.some((word) => !this.text[k].includes(word))) continue;
      kept.push(k);
    }
    return kept;
  }

  /** The same places in another order; what has no such number stands last, and ties in the paper's order. */
  ordered(places, order) {
    const rank = this.column("rank_paper");
    const by = this.orders(order);
    return [...places].sort((a, b) => by(a, b) || rank[a] - rank[b] || a - b);
  }

  orders(order) {
    const down = (values) => (a, b) => below(values[b], values[a]);
    const up = (values) => (a, b) => below(values[a], values[b], true);
    const trust = this.column(this.rankedBy);
    const flags = this.flag.map((flag) => FLAG_ORDER.indexOf(flag));
    const decoded = this.column("r2_pre").map((pre, k) => (pre === null ? null : Math.min(pre, this.at("r2_ft", k))));
    const change = this.column("delta_i");
    return {
      flag: (a, b) => flags[a] - flags[b] || withinFlag(this.flag[a], trust, decoded)(a, b),
      effect: down(trust),
      fall: up(trust),
      decoded: down(decoded),
      rise: down(change),
      drop: up(change),
      least: (a, b) => Math.abs(change[a]) - Math.abs(change[b]),
      name: (a, b) => (this.label[a] < this.label[b] ? -1 : this.label[a] > this.label[b] ? 1 : 0),
    }[order];
  }

  /** Flag -> how many of these places carry it. */
  flags(places) {
    const found = {};
    for (const k of places) if (this.flag[k] !== null) found[this.flag[k]] = (found[this.flag[k]] ?? 0) + 1;
    return found;
  }

  /** How many of those flagged stronger or weaker have a shift of the paper that points the other way. */
  opposite(places) {
    const shift = this.column("delta_i");
    return places.filter((k) => (UP.includes(this.flag[k]) && shift[k] < 0) || (DOWN.includes(this.flag[k]) && shift[k] > 0)).length;
  }

  /** Change of the paper's held-out R²; null where it could not be scored. */
  paperGain(k) {
    const [pre, ft] = [this.at("paper_r2_pre", k), this.at("paper_r2_ft", k)];
    return pre === null || ft === null ? null : ft - pre;
  }

  /** Names most like one that is not there. */
  nearest(asked, most = 3) {
    const wanted = pairs(asked);
    const likeness = this.feature.map((name, k) => [alike(wanted, pairs(name)), k]);
    return likeness.filter(([like]) => like >= 0.6).sort((a, b) => b[0] - a[0] || a[1] - b[1]).slice(0, most).map(([, k]) => this.feature[k]);
  }
}

function below(a, b, nullsLast = false) {
  if (a === null || b === null) return a === b ? 0 : (a === null) === nullsLast ? 1 : -1;
  return a - b;
}

function withinFlag(flag, trust, decoded) {
  if (DOWN.includes(flag)) return (a, b) => below(trust[a], trust[b], true);
  const by = flag === "unchanged" ? decoded : trust;
  return (a, b) => below(by[b], by[a]);
}

/** The pairs of neighbouring letters of a name, each with how often it stands there. */
function pairs(name) {
  const found = new Map();
  const text = name.toLowerCase();
  for (let k = 0; k + 1 < text.length; k += 1) found.set(text.slice(k, k + 2), (found.get(text.slice(k, k + 2)) ?? 0) + 1);
  return found;
}

function alike(a, b) {
  const size = (found) => [...found.values()].reduce((sum, n) => sum + n, 0);
  const common = [...a].reduce((sum, [pair, n]) => sum + Math.min(n, b.get(pair) ?? 0), 0);
  return (2 * common) / Math.max(1, size(a) + size(b));
}

/** Ranks of numbers, ties at their mean: what a rank correlation compares. */
function ranks(values) {
  const order = values.map((_, k) => k).sort((a, b) => values[a] - values[b]);
  const found = new Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]] === values[order[from]]) to += 1;
    for (let k = from; k < to; k += 1) found[order[k]] = (from + to - 1) / 2;
    from = to;
  }
  return found;
}

function rankCorrelation(x, y) {
  const [a, b] = [ranks(x), ranks(y)];
  const mean = (a.length - 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  for (let k = 0; k < a.length; k += 1) {
    ab += (a[k] - mean) * (b[k] - mean);
    aa += (a[k] - mean) ** 2;
    bb += (b[k] - mean) ** 2;
  }
  return aa * bb > 0 ? ab / Math.sqrt(aa * bb) : null;
}
