// The confusion matrix: rows are the true classes, columns what they were taken for.

import { element, write } from "./dom.js";
import { whole } from "./words.js";

export class Confusion {
  constructor({ confusion, mistake }) {
    Object.assign(this, { table: confusion, mistake });
  }

  // `counts` are missing until the first test.
  write(classes, counts) {
    const key = JSON.stringify([counts, classes]);
    if (key === this.key) return;
    this.key = key;
    const long = classes.some((name) => name.length > 3);
    this.table.dataset.names = !long ? "short" : classes.length > 4 ? "long" : "wide";
    this.table.replaceChildren(...tableRows(classes, counts));
    const sentence = counts ? commonestMistake(classes, counts) : "filled in after the first test";
    write(this.mistake, sentence);
  }
}

function tableRows(classes, counts) {
  const heading = (name, scope) => element("th", { scope }, element("span", {}, name));
  const rows = classes.map((name, truth) => {
    const cells = classes.map((_, guess) => cell(counts?.[truth], truth, guess));
    return element("tr", {}, heading(name, "row"), ...cells);
  });
  const names = classes.map((name) => heading(name, "col"));
  return [...rows, element("tr", {}, element("td"), ...names)];
}

function cell(row, truth, guess) {
  const count = row?.[guess] ?? 0;
  const right = truth === guess;
  // the root shows the rare
  const share = count && Math.sqrt(count / row.reduce((sum, each) => sum + each));
  const tint = !count ? 0 : right ? 0.9 * share : Math.min(1, 0.1 + 1.8 * share);
  const node = element("td", { className: right ? "right" : "wrong" }, count ? whole(count) : "");
  node.classList.toggle("strong", tint > 0.75);
  node.style.setProperty("--tint", `${Math.round(tint * 100)}%`);
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
