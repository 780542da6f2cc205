// The parts around the pictures that need no voxels: panes, tabs, letters at the edges, legend.

const PANE = `<canvas role="img"></canvas><span class="name"></span><span class="value"></span><span class="letter left">
</span><span class="letter right"></span><span class="letter top"></span><span class="letter bottom"></span>
<span class="window"></span><span class="mm"></span><div class="message"></div>`;

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
  tab.addEventListener("click", () => viewer.screen.activate(modality));
  viewer.find(".tabs").append(tab);
  return new Pane(element);
}

function frameCase(viewer) {
  const { data, masks } = viewer;
  for (const pane of viewer.screen.panes) {
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
