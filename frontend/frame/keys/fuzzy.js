// How well words match a name: each word must be found, at the start of a word best, letter by letter last.

/** Higher is better; null where a word of the query is not in the text at all. */
function score(query, text) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const whole = text.toLowerCase();
  let total = 0;
  for (const word of words) {
    const found = scoreOf(word, whole);
    if (found === null) return null;
    total += found;
  }
  return total - whole.length / 1000;
}

function scoreOf(word, text) {
  const at = text.indexOf(word);
  if (at === 0) return 4;
  if (at > 0) return /[\s·_,.-]/.test(text[at - 1]) ? 3 : 2;
  return word.length > 1 && scattered(word, text) ? 1 : null;
}

/** Whether the letters stand in the text in this order, each at most three letters after the last. */
function scattered(word, text) {
  for (let start = text.indexOf(word[0]); start >= 0; start = text.indexOf(word[0], start + 1)) {
    let at = start;
    let n = 1;
    while (n < word.length) {
      const next = text.indexOf(word[n], at + 1);
      if (next < 0 || next - at > 3) break;
      at = next;
      n += 1;
    }
    if (n === word.length) return true;
  }
  return false;
}

/** The best of `places` for what was typed; in their own order where nothing was. */
function best(query, places, most) {
  if (!query.trim()) return places.filter((place) => place.first).slice(0, most);
  return places
    .map((place) => [score(query, `${place.name} ${place.also ?? ""}`.trim()), place])
    .filter(([found]) => found !== null)
    .map(([found, place]) => [found + (place.weight ?? 0), place])
    .sort(([a], [b]) => b - a)
    .slice(0, most)
    .map(([, place]) => place);
}
