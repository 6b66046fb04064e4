// The legend under the plane: a class's shape in its colour, and its name.

import { element } from "./dom.js";

export function legendItem(name, shape, fill, stroke) {
  const path = `<path d="${shape}" fill="${fill}" stroke="${stroke}" stroke-width=".3"/>`;
  const picture = `<svg viewBox="-1.6 -1.6 3.2 3.2" aria-hidden="true">${path}</svg>`;
  const item = element("span", { innerHTML: picture });
  item.append(name); // as text, never as markup: names are data
  return item;
}

export function legendItems(classes, showTest, { palette, shapes, paper, edge }) {
  const items = classes.map((name, c) =>
    legendItem(name, shapes[c % shapes.length], palette[c % palette.length], paper),
  );
  if (showTest) {
    items.push(legendItem("hollow: new points, never trained on", shapes[0], "none", edge));
  }
  return items;
}
