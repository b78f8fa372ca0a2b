"use strict";
// Draws the charts again, so that they show values when hovered over, and lets the reader switch models and seeds off.
// Without this script the page has the same charts as still pictures, and the same numbers in tables.

const EMBED = {
  mode: "vega-lite",
  actions: false,
  renderer: "svg",
  logLevel: 1, // errors: that a chart is empty once all is switched off is no news
  ast: true, // no code is evaluated, as the page's policy forbids it
  defaultStyle: false,
  tooltip: { disableDefaultStyle: true, theme: "page" },
};
const N_SHADES = 8;
const OFF = "Charts and matrices show what is switched on; intervals, tables and the answer are of all.";

const contentOf = (element) => JSON.parse(element.textContent);

async function draw(figure) {
  const picture = figure.querySelector(".picture");
  const live = document.createElement("div");
  live.className = "live";
  picture.append(live);
  try {
    const { view } = await vegaEmbed(live, contentOf(figure.querySelector(".spec")), EMBED);
    picture.querySelector(".still").remove();
    live.classList.add("drawn");
    return view;
  } catch (error) {
    live.remove(); // the still picture stays
    console.error(error);
    return null;
  }
}

function switchedOff(form, name) {
  const boxes = [...form.querySelectorAll(`input[name="${name}"]`)];
  return boxes.filter((box) => !box.checked).map((box) => box.value);
}

function isSwitchable(view) {
  return "off_models" in view.getState().signals;
}

function switchViews(views, models, seeds) {
  for (const view of views.filter(isSwitchable)) {
    view.signal("off_models", models).signal("off_seeds", seeds).runAsync();
  }
}

function sharesOf({ seeds, counts }, off, size) {
  const kept = counts.filter((_, place) => !off.includes(seeds[place]));
  const total = Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => kept.reduce((sum, matrix) => sum + matrix[row][column], 0)),
  );
  const sums = total.map((row) => row.reduce((sum, count) => sum + count, 0));
  return { total, sums, shares: total.map((row, place) => row.map((count) => count / Math.max(sums[place], 1))) };
}

function fill(table, textAndClass) {
  [...table.tBodies[0].rows].forEach((row, i) =>
    [...row.cells].slice(1).forEach((cell, j) => {
      [cell.textContent, cell.className] = textAndClass(i, j);
    }),
  );
}

function fillMatrices(chapter, offModels, offSeeds) {
  const data = chapter.querySelector(".counts");
  if (!data) return null;
  const { names, models } = contentOf(data);
  const found = models.map((model) => ({ model: model.model, ...sharesOf(model, offSeeds, names.length) }));
  chapter.querySelectorAll(".matrix").forEach((figure, place) => {
    const isDifference = figure.classList.contains("difference");
    const off = isDifference ? found.slice(0, 2) : [found[place]];
    figure.hidden = off.some(({ model }) => offModels.includes(model));
    fill(figure.querySelector("table"), (i, j) => {
      if (isDifference) {
        const points = Math.round(100 * (found[1].shares[i][j] - found[0].shares[i][j]));
        if (points === 0) return ["·", ""];
        return points > 0 ? [`+${points}`, "more"] : [`−${-points}`, "less"];
      }
      const share = found[place].shares[i][j];
      return [share === 0 ? "·" : (100 * share).toFixed(0), `s${Math.round(N_SHADES * Math.sqrt(share))}`];
    });
  });
  return { names, found };
}

function tellCells(chapter, matrices) {
  const readout = chapter.querySelector(".readout");
  if (!readout) return;
  const idle = "Point at a cell to read its counts.";
  readout.textContent = idle;
  readout.hidden = false;
  const area = chapter.querySelector(".matrices");
  area.addEventListener("pointerover", ({ target }) => {
    const cell = target.closest("tbody td");
    if (!cell) return;
    const [i, j] = [cell.parentElement.sectionRowIndex, cell.cellIndex - 1];
    const { names, found } = matrices();
    const shown = found.map(
      ({ model, total, sums }) => `${model} ${total[i][j].toLocaleString("en")} of ${sums[i].toLocaleString("en")}`,
    );
    readout.textContent = `${names[i]} ${i === j ? "classified correctly" : `taken for ${names[j]}`}: ${shown.join("; ")}`;
  });
  area.addEventListener("pointerleave", () => (readout.textContent = idle));
}

function wire(chapter, views) {
  const form = chapter.querySelector(".switches");
  let matrices = fillMatrices(chapter, [], []);
  tellCells(chapter, () => matrices);
  if (!form.querySelector("input")) return;
  form.hidden = false;
  const update = () => {
    const models = switchedOff(form, "model");
    const seeds = switchedOff(form, "seed").map(Number);
    switchViews(views, models, seeds);
    matrices = fillMatrices(chapter, models, seeds);
    form.querySelector(".off").textContent =
      models.length + seeds.length ? OFF : "";
  };
  form.addEventListener("change", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  update(); // browsers keep the boxes when a page is loaded again
}

// A table that is wider than the page is scrolled by keyboard once it can be focused.
function markScrolling() {
  for (const area of document.querySelectorAll(".scroll")) {
    if (area.scrollWidth > area.clientWidth) {
      area.tabIndex = 0;
      area.setAttribute("role", "region");
      area.setAttribute("aria-label", area.querySelector("caption").textContent);
    } else {
      ["tabindex", "role", "aria-label"].forEach((name) => area.removeAttribute(name));
    }
  }
}

async function start() {
  markScrolling();
  addEventListener("resize", markScrolling);

  const drawn = new Map();
  for (const figure of document.querySelectorAll(".chart")) drawn.set(figure, await draw(figure));
  for (const chapter of document.querySelectorAll(".chapter")) {
    wire(chapter, [...drawn].filter(([figure, view]) => view && chapter.contains(figure)).map(([, view]) => view));
  }
  document.documentElement.dataset.ready = "";
}

start();
