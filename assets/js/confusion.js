// The confusion matrix: rows are the true classes, columns what they were taken for. A cell with
// pictures in it is a button that opens these; arrow keys go from cell to cell, as in a grid.

import { element, write } from "./dom.js";
import { whole } from "./words.js";

const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

export class Confusion {
  constructor({ confusion, mistake }, open) {
    Object.assign(this, { table: confusion, mistake, open, at: "0,0" });
    confusion.addEventListener("click", ({ target }) => this.press(target.closest("button")));
    confusion.addEventListener("keydown", (event) => this.move(event));
  }

  // `counts` are missing until the first test; `openable`: whether cells are buttons.
  write(classes, counts, openable) {
    const key = JSON.stringify([counts, classes, openable]);
    if (key === this.key) return;
    this.key = key;
    const long = classes.some((name) => name.length > 3);
    this.table.dataset.names = !long ? "short" : classes.length > 4 ? "long" : "wide";
    const { activeElement } = this.table.getRootNode();
    const held = this.table.contains(activeElement);
    this.table.replaceChildren(...tableRows(classes, counts, openable));
    this.aim(held);
    const sentence = counts ? commonestMistake(classes, counts) : "filled in after the first test";
    write(this.mistake, sentence);
  }

  // One cell alone is reached by Tab; it keeps the focus when the figures change.
  aim(focus) {
    const buttons = [...this.table.querySelectorAll("button")];
    const here = buttons.find(({ dataset }) => dataset.place === this.at) ?? buttons[0];
    for (const button of buttons) button.tabIndex = button === here ? 0 : -1;
    if (!here) return;
    this.at = here.dataset.place;
    if (focus) here.focus();
  }

  press(button) {
    if (!button) return;
    this.at = button.dataset.place;
    this.aim(true);
    this.open(this.at.split(",").map(Number));
  }

  move(event) {
    const step = STEPS[event.key];
    if (!step || !event.target.dataset.place) return;
    event.preventDefault();
    event.stopPropagation();
    let [row, column] = event.target.dataset.place.split(",").map(Number);
    const size = this.table.rows.length;
    for (;;) {
      [row, column] = [row + step[0], column + step[1]];
      if (Math.min(row, column) < 0 || Math.max(row, column) >= size) return;
      const next = this.table.querySelector(`[data-place="${row},${column}"]`);
      if (!next) continue; // an empty cell
      this.at = next.dataset.place;
      this.aim(true);
      return;
    }
  }
}

function tableRows(classes, counts, openable) {
  const heading = (name, scope) => element("th", { scope }, element("span", {}, name));
  const rows = classes.map((name, truth) => {
    const row = counts?.[truth];
    const cells = classes.map((_, guess) => cell(row, truth, guess, openable && classes));
    return element("tr", {}, heading(name, "row"), ...cells);
  });
  const names = classes.map((name) => heading(name, "col"));
  return [...rows, element("tr", {}, element("td"), ...names)];
}

function cell(row, truth, guess, classes) {
  const count = row?.[guess] ?? 0;
  const right = truth === guess;
  // the root shows the rare
  const share = count && Math.sqrt(count / row.reduce((sum, each) => sum + each));
  const tint = !count ? 0 : right ? 0.9 * share : Math.min(1, 0.1 + 1.8 * share);
  const node = element("td", { className: right ? "right" : "wrong" });
  if (count) node.append(classes ? button(count, truth, guess, classes) : whole(count));
  node.classList.toggle("strong", tint > 0.75);
  node.style.setProperty("--tint", `${Math.round(tint * 100)}%`);
  return node;
}

function button(count, truth, guess, classes) {
  const node = element("button", { type: "button" }, whole(count));
  node.dataset.place = `${truth},${guess}`;
  const what = `${classes[truth]} taken for ${classes[guess]}`;
  node.setAttribute("aria-label", `${whole(count)}: ${what}, see them`);
  return node;
}

export function commonestMistake(classes, counts) {
  const mistakes = counts.flatMap((row, truth) =>
    row.map((count, guess) => ({ truth, guess, count: truth === guess ? 0 : count })),
  );
  const { truth, guess, count } = mistakes.reduce(
    (worst, each) => (each.count > worst.count ? each : worst),
    { count: 0 },
  );
  if (!count) return "no mistake at all";
  const times = count === 1 ? "once" : `${whole(count)} times`;
  return `most often: ${classes[truth]} taken for ${classes[guess]}, ${times}`;
}
