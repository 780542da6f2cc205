// What the protocol says of regions: names in sentences, colours, widths, and which of them a case opens on.

const WIDTH = { codes: 1.25, other: 1.75, finding: 2.5 }; // px

/** A name as a sentence has it: `lymph_node` is `lymph node`. */
function spoken(name) {
  return name.replaceAll("_", " ");
}

function capital(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `a`, `a and b`, `a, b and c`. */
function listed(names, last = "and") {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} ${last} ${names.at(-1)}`;
}

/** The regions of a case's protocol as `CaseDisplay` describes them. */
class Regions {
  /** @param {{regions: object[], finding: string | null, frame: string | null}} display */
  constructor({ regions, finding, frame }) {
    this.all = regions;
    this.finding = finding;
    this.frame = frame;
  }

  /** The regions in the order of drawing: codes below, the finding on top. */
  get drawn() {
    const place = ({ name, codes }) => (name === this.finding ? 2 : codes.length > 0 ? 0 : 1);
    return [...this.all].sort((a, b) => place(a) - place(b));
  }

  /** Regions that are one thing each, not codes of several. */
  get whole() {
    return this.all.filter(({ codes }) => codes.length === 0);
  }

  of(name) {
    return this.all.find((region) => region.name === name);
  }

  /** Width of an outline in px. */
  width({ name, codes }) {
    if (name === this.finding) return WIDTH.finding;
    return codes.length > 0 ? WIDTH.codes : WIDTH.other;
  }

  /** The colour of a value of a region's mask. */
  colour({ codes, colour }, value) {
    return codes.find(({ code }) => code === value)?.colour ?? colour;
  }
}
