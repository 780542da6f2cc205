// Saves a drawing as PNG or SVG and its numbers as CSV, in the browser alone.

const SCALE = 2;
const FORMULA = /^[=+\-@\t\r]/;

/** The row of buttons under a drawing; `drawing` gives its SVG, `table` its column names and rows. */
function savingRow(name, title, caption, drawing, table) {
  const labelled = (kind, act) => button(kind, act, { "aria-label": `${kind} of the chart: ${title}` });
  const whole = () => titled(drawing(), title, caption);
  return el("div", { class: "saving" },
    labelled("PNG", async () => save(await picture(whole()), `${name}.png`)),
    labelled("SVG", () => save(new Blob([text(whole())], { type: "image/svg+xml" }), `${name}.svg`)),
    table && labelled("CSV", () => save(new Blob([csv(...table())], { type: "text/csv" }), `${name}.csv`)));
}

/** The drawing with its title above and its caption below, on its own ground, so that it can stand alone. */
function titled(drawing, title, caption) {
  const { width, height } = drawing.viewBox.baseVal;
  const ink = drawing.dataset.ink;
  const line = Math.max(30, Math.floor(width / 6));
  const [above, below] = [wrapped(title, Math.floor(line * 0.85)), wrapped(caption, line)];
  const top = 12 + 18 * above.length;
  const whole = svg("svg", { xmlns: SVG, viewBox: `0 0 ${width} ${top + height + 12 + 15 * below.length}`, "font-family": "Inter, system-ui, sans-serif" });
  const size = whole.viewBox.baseVal;
  whole.setAttribute("width", width);
  whole.setAttribute("height", size.height);
  whole.append(svg("rect", { width, height: size.height, fill: drawing.dataset.ground }));
  above.forEach((words, n) => whole.append(svg("text", { x: 6, y: 18 + 18 * n, "font-size": 14, "font-weight": 600, fill: ink }, words)));
  const within = svg("g", { transform: `translate(0 ${top})` });
  within.append(...[...drawing.childNodes].map((child) => child.cloneNode(true)));
  below.forEach((words, n) => within.append(svg("text", { x: 6, y: height + 14 + 15 * n, "font-size": 11, fill: ink }, words)));
  whole.append(within);
  return whole;
}

function wrapped(words, length) {
  const lines = [""];
  for (const word of words.split(" ")) {
    if (lines.at(-1).length + word.length + 1 > length && lines.at(-1) !== "") lines.push("");
    lines[lines.length - 1] += (lines.at(-1) === "" ? "" : " ") + word;
  }
  return lines;
}

const text = (drawing) => new XMLSerializer().serializeToString(drawing);

function picture(drawing) {
  return new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = SCALE * image.width;
      canvas.height = SCALE * image.height;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(done, "image/png");
    };
    image.onerror = failed;
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text(drawing))}`;
  });
}

/** UTF-8 in which no text runs as a formula of a spreadsheet. */
function csv(columns, rows) {
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const safe = FORMULA.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `${[columns, ...rows].map((row) => row.map(cell).join(",")).join("\n")}\n`;
}

function save(blob, name) {
  const href = URL.createObjectURL(blob);
  const anchor = el("a", { href, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}
