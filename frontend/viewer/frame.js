// The parts around the pictures that need no voxels: panes, tabs, letters at the edges, legend.

const MOST_ON_SCREEN = 6;
const PANE = `<canvas role="img"></canvas><span class="name"></span><span class="value"></span><span class="letter left">
</span><span class="letter right"></span><span class="letter top"></span><span class="letter bottom"></span>
<span class="window"></span><span class="mm"></span><div class="message"></div>`;

/** The panes and tabs of a protocol's modalities; those that are there stay. */
function makePanes(viewer, modalities) {
  const names = modalities.map(({ name }) => name);
  if (viewer.panes.map(({ modality }) => modality).join() === names.join()) return;
  viewer.find(".panes").replaceChildren();
  viewer.find(".tabs").replaceChildren();
  viewer.panes = names.map((name) => makePane(viewer, name));
  for (const pane of viewer.panes) new PointerInput(viewer, pane);
  viewer.onScreen = new Set(names.slice(0, MOST_ON_SCREEN));
  const columns = names.length === 4 ? 2 : Math.min(3, names.length);
  viewer.root.style.setProperty("--columns", columns);
  viewer.root.style.setProperty("--rows", Math.ceil(Math.min(MOST_ON_SCREEN, names.length) / columns));
  viewer.root.classList.toggle("many", names.length > MOST_ON_SCREEN);
  viewer.root.classList.toggle("single", names.length === 1);
}

function makePane(viewer, modality) {
  const element = document.createElement("figure");
  element.className = "pane";
  element.dataset.modality = modality;
  element.innerHTML = PANE;
  element.querySelector(".name").textContent = modality;
  viewer.find(".panes").append(element);
  const tab = document.createElement("button");
  tab.type = "button";
  tab.textContent = modality;
  tab.addEventListener("click", () => viewer.activate(modality));
  viewer.find(".tabs").append(tab);
  return new Pane(element);
}

function frameCase(viewer) {
  const { data, masks } = viewer;
  for (const pane of viewer.panes) {
    const present = data.volumes.some((volume) => volume.modality === pane.modality);
    pane.clear(present ? `Loading ${pane.modality} …` : `${pane.modality} is missing for this case.`);
  }
  const outlined = masks.regions.all.filter(({ name }) => masks.has(name));
  viewer.find(".outlines").replaceChildren(...outlined.map((region) => makeToggle(viewer, region)));
  offerContrasts(viewer);
  const { finding, frame } = masks.regions;
  viewer.find(".key-finding").hidden = finding === null;
  if (finding !== null) viewer.find(".key-finding td").textContent = `next slice with ${spoken(finding)}`;
  const fitted = frame ?? finding;
  viewer.find(".key-fit").hidden = fitted === null;
  const words = fitted === null ? "Whole image" : `${capital(spoken(fitted))} or whole image`;
  viewer.find(".key-fit td").textContent = words.toLowerCase();
  viewer.find('[data-do="fit"]').title = `${words} (f)`;
}

/** Which panes are on the screen: with more than six modalities, those last looked at. */
function frameScreen(viewer) {
  for (const pane of viewer.panes) pane.element.classList.toggle("off", !viewer.onScreen.has(pane.modality));
}

/** Letters at the edges and the length of the slider, for the section that is shown. */
function frameSection(viewer) {
  for (const [side, letter] of Object.entries(viewer.section.letters(viewer.data.letters))) {
    for (const place of viewer.root.querySelectorAll(`.pane .${side}`)) place.textContent = letter;
  }
  viewer.find(".slider").max = viewer.section.depth - 1;
  for (const button of viewer.find(".planes").children) {
    button.setAttribute("aria-pressed", String(button.dataset.plane === viewer.section.name));
  }
}

/** The windows to choose from; the one chosen stays, else a case opens on its frame's or on the server's. */
function offerContrasts(viewer) {
  const { masks, data } = viewer;
  const { modalities } = data.display;
  const choices = contrastsOf(data.volumes, masks.fitted, modalities);
  const framed = masks.fitted !== null && masks.fitted === masks.regions.frame;
  const usual = framed && modalities.every(({ window }) => window === null) ? "region" : "auto";
  viewer.contrast = choices.some(([value]) => value === viewer.chosenContrast) ? viewer.chosenContrast : usual;
  viewer.find(".contrast").replaceChildren(...choices.map(([value, label]) => new Option(label, value)));
  viewer.find(".contrast").value = viewer.contrast;
}

function makeToggle(viewer, region) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.roi = region.name;
  button.style.setProperty("--colour", region.colour);
  button.style.setProperty("--line", `${Math.round(2 * viewer.masks.regions.width(region))}px`);
  const name = document.createElement("span");
  name.textContent = spoken(region.name);
  const colours = new Set(region.codes.map(({ colour }) => colour));
  button.append(name, ...(colours.size > 1 ? region.codes.map(makeCode) : []));
  button.addEventListener("click", () => viewer.toggleOutline(region.name));
  return button;
}

/** The name of a code in its own colour's company, where codes have one each. */
function makeCode({ name, colour }) {
  const code = document.createElement("span");
  code.className = "code";
  code.textContent = spoken(name);
  code.style.setProperty("--colour", colour);
  return code;
}

function sayOfToggle(viewer, roi, words) {
  viewer.find(`.outlines [data-roi="${roi}"] span`).textContent = spoken(roi) + words;
}
