// The colours and shapes of everything painted, made from the colours of the page's theme.

// Okabe and Ito's colours, which people with any colour vision can tell apart; on dark paper a
// little lighter.
const PALETTES = {
  light: ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#c44a00"],
  dark: ["#3d9fe6", "#f0b030", "#1fbd8f", "#e08fbd", "#ef6a2c"],
};

// Of the classes, as paths around a circle of radius 1.
export const SHAPES = [
  "M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z", // circle
  "M-.88-.88H.88V.88H-.88Z", // square
  "M0-1.15L1.08.8H-1.08Z", // triangle
  "M0-1.28L1.1 0L0 1.28L-1.1 0Z", // diamond
  "M-.4-1.15H.4V-.4H1.15V.4H.4V1.15H-.4V.4H-1.15V-.4H-.4Z", // cross
];

const DARKEST = 128; // green of a paper that counts as light
const FILL = { light: 0.52, dark: 0.58 }; // how far the surest place is from the paper's colour

// The theme of an element; the previous one itself where nothing has changed.
export function readTheme(root, previous) {
  const style = getComputedStyle(root);
  const read = (name, otherwise) => style.getPropertyValue(`--st-${name}`) || otherwise;
  const page = {
    ink: read("text-color", "#31333f"),
    paper: read("background-color", "#ffffff"),
    panel: read("secondary-background-color", "#f0f2f6"),
    accent: read("primary-color", "#0072b2"),
    rule: read("border-color", "#d5dbe3"),
    font: read("font", "sans-serif"),
  };
  const key = [...Object.values(page), devicePixelRatio].join();
  if (key === previous?.key) return previous;
  const ink = rgb(page.ink);
  const paper = rgb(page.paper);
  const dark = paper[1] < DARKEST;
  const palette = PALETTES[dark ? "dark" : "light"];
  const inked = (share) => `rgb(${mix(paper, ink, share)})`;
  return {
    ...page,
    key,
    palette,
    signs: [palette[0], palette[1]], // of numbers below and above 0
    shades: shadesBetween(rgb(palette[0]), paper, rgb(palette[1])),
    ramps: palette.map((colour) => shadesBetween(paper, paper, rgb(colour))),
    quiet: inked(0.72),
    edge: inked(0.75),
    faint: inked(dark ? 0.22 : 0.14),
    fills: boundaryColours(palette, paper, dark ? FILL.dark : FILL.light),
  };
}

// Gives the sheet the colours that hang on the palette.
export function setThemeProperties(root, { palette }) {
  root.style.setProperty("--right", palette[0]);
  root.style.setProperty("--wrong", palette[4]);
  root.style.setProperty("--minus", palette[0]);
  root.style.setProperty("--plus", palette[1]);
}

// For each class 256 colours, from nearly the paper's (undecided) to nearly its own (sure).
function boundaryColours(palette, paper, most) {
  const colours = new Uint32Array(palette.length * 256);
  palette.map(rgb).forEach((colour, c) => {
    for (let sure = 0; sure < 256; sure++) {
      const share = most * (0.14 + (0.86 * sure) / 255);
      colours[c * 256 + sure] = pack(mix(paper, colour, share));
    }
  });
  return colours;
}

// 256 colours, from one for the lowest numbers through the paper's (128) to one for the highest.
function shadesBetween(below, paper, above) {
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const strength = Math.min(1, Math.abs(i - 128) / 127) ** 0.8;
    return pack(mix(paper, i < 128 ? below : above, 0.92 * strength));
  });
}

let probe = null;

// Whatever way a theme writes its colours, a pixel of them is red, green and blue.
function rgb(colour) {
  probe ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

export const mix = (from, to, share) =>
  from.map((value, i) => Math.round(value + (to[i] - value) * share));

// A colour as the 32 bits that ImageData holds of it, and back for a pen.
export const pack = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
export const css = (bits) => `rgb(${bits & 255},${(bits >> 8) & 255},${(bits >> 16) & 255})`;
