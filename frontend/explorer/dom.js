// Elements of the page. Text is always set as text, so that a name from a table is never markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element; attributes that are null, undefined or false are left out, those that are functions listen. */
function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same within a drawing. */
function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...present(children));
  return element;
}

const present = (children) => children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== "");

/** Gives an element these children in place of those it has. */
function fill(element, ...children) {
  element.replaceChildren(...present(children));
}

function button(words, act, attributes = {}) {
  return el("button", { type: "button", click: act, ...attributes }, words);
}

/** A link within the dashboard, which changes the page without loading it anew; with a key pressed it is a plain link. */
function link(words, href, attributes = {}) {
  const go = (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    visit(href);
  };
  return el("a", { href, click: go, ...attributes }, words);
}

/** Streamlit follows the history of the browser: a new address there, told as one, opens its page in place. */
function visit(href) {
  history.pushState({}, "", href);
  window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}

function fold(title, ...children) {
  return el("details", {}, el("summary", {}, title), ...children);
}

/** A fold whose content is made when it is opened first. */
function lazyFold(title, make, attributes = {}) {
  const open = () => {
    if (details.open && details.children.length === 1) details.append(make());
  };
  const details = el("details", { toggle: open, ...attributes }, el("summary", {}, title));
  return details;
}
