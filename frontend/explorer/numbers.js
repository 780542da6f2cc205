// Numbers as people read them: the same texts as frontend/text/numbers.py gives, which a test compares.

const MINUS = "\u2212";
const THIN = "\u202f";
const NONE = "\u2013";
const MOST_DECIMALS = 6;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const isMissing = (value) => value === null || value === undefined || !Number.isFinite(value);

/** Digits of a size, rounded once; of two equally near ones the even one, as Python does. */
function fixed(size, decimals) {
  const text = size.toFixed(decimals);
  const exact = size.toFixed(Math.min(100, decimals + 45));
  const cut = decimals === 0 ? exact.indexOf(".") : exact.indexOf(".") + 1 + decimals;
  const rest = exact.slice(cut).replace(".", "");
  const odd = Number(text.at(-1)) % 2 === 1;
  return odd && /^50*$/.test(rest) ? exact.slice(0, cut) : text;
}

/** With a minus where it is below zero after rounding, a plus where asked for, and thin spaces between thousands. */
function typeset(value, decimals, plus = false) {
  const digits = fixed(Math.abs(value), decimals);
  const [whole, part] = digits.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, THIN) + (part === undefined ? "" : `.${part}`);
  if (/^[0.]*$/.test(digits)) return grouped;
  return (value < 0 ? MINUS : plus ? "+" : "") + grouped;
}

const numbers = {
  r2: (value) => (isMissing(value) ? NONE : typeset(value, 2)),
  change: (value) => (isMissing(value) ? NONE : typeset(value, 2, true)),
  fineChange: (value) => (isMissing(value) ? NONE : typeset(value, 3, true)),
  interval: (low, high) => (isMissing(low) || isMissing(high) ? NONE : `[${numbers.r2(low)}, ${numbers.r2(high)}]`),
  effect: (value, low, high) =>
    isMissing(low) || isMissing(high) ? numbers.change(value) : `${numbers.change(value)} ${numbers.interval(low, high)}`,
  q: (value) => {
    if (isMissing(value)) return NONE;
    return value < 0.001 ? "< 0.001" : fixed(value, value < 0.01 ? 3 : 2);
  },
  percent: (value) => (isMissing(value) ? NONE : `${typeset(100 * value, 0, true)} %`),
  importance: (value) => (isMissing(value) ? NONE : typeset(value, decimalsOf(value))),
  importanceChange: (change, pre, ft) =>
    isMissing(change) ? NONE : typeset(change, decimalsOf(Math.max(Math.abs(pre), Math.abs(ft))), true),
  count: (value) => typeset(value, 0),
  counted: (value, noun, plural) => `${numbers.count(value)} ${value === 1 ? noun : (plural ?? `${noun}s`)}`,
  share: (value) => numbers.percent(value).replace(/^\+/, ""),
  shareWithInterval: (value, low, high) => {
    if (isMissing(value) || isMissing(low) || isMissing(high)) return numbers.share(value);
    const ends = [low, high].map((end) => numbers.share(end).replace(/\s*%$/, ""));
    return `${numbers.share(value)} [${ends.join(", ")}]`;
  },
  day: (iso) => {
    const at = new Date(/(Z|[+-]\d\d:\d\d)$/.test(iso) ? iso : `${iso}Z`);
    const two = (number) => String(number).padStart(2, "0");
    const date = `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
    return `${date}, ${two(at.getUTCHours())}:${two(at.getUTCMinutes())} UTC`;
  },
};

function decimalsOf(value) {
  return value === 0 ? 2 : Math.min(MOST_DECIMALS, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}
