// The colours and shapes of everything painted, made from the colours of the page's theme and from
// the CSS variables of classes that ui/theme.py writes.

const DARKEST = 128; // green of a paper that counts as light

// The theme of an element; the previous one itself where nothing has changed.
export function readTheme(root, previous) {
  const style = getComputedStyle(root);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  const page = {
    ink: read("st-text-color") || "#31333f",
    paper: read("st-background-color") || "#ffffff",
    panel: read("st-secondary-background-color") || "#f0f2f6",
    accent: read("st-primary-color") || read("class-2"),
    rule: read("st-border-color") || "#d5dbe3",
    font: read("st-font") || "sans-serif",
  };
  const key = [...Object.values(page), read("shapes"), devicePixelRatio].join();
  if (key === previous?.key) return previous;
  const ink = rgb(page.ink);
  const paper = rgb(page.paper);
  const scheme = paper[1] < DARKEST ? "dark" : "light";
  const palette = read(`palette-${scheme}`).split(" ");
  const strength = Number(read(`strength-${scheme}`));
  const faintest = Number(read("faintest"));
  const inked = (share) => `rgb(${mix(paper, ink, share)})`;
  return {
    ...page,
    key,
    palette,
    shapes: read("shapes").replaceAll('"', "").split("|"),
    signs: [palette[0], palette[1]], // of numbers below and above 0
    shades: shadesBetween(rgb(palette[0]), paper, rgb(palette[1])),
    ramps: palette.map((colour) => shadesBetween(paper, paper, rgb(colour))),
    quiet: inked(0.72),
    edge: inked(0.75),
    faint: inked(scheme === "dark" ? 0.22 : 0.14),
    fills: boundaryColours(palette, paper, strength, faintest),
  };
}

// Gives the sheet the colours that hang on the palette.
export function setThemeProperties(root, { palette }) {
  root.style.setProperty("--right", palette[1]);
  root.style.setProperty("--wrong", palette[4]);
  root.style.setProperty("--minus", palette[0]);
  root.style.setProperty("--plus", palette[1]);
}

// For each class 256 colours, from nearly the paper's (undecided) to nearly its own (sure).
function boundaryColours(palette, paper, strength, faintest) {
  const colours = new Uint32Array(palette.length * 256);
  palette.map(rgb).forEach((colour, c) => {
    for (let sure = 0; sure < 256; sure++) {
      const share = strength * (faintest + ((1 - faintest) * sure) / 255);
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
