// A few test pictures that are always the same, each with what the network takes it for at the
// moment.

import { element, write } from "./dom.js";
import { whole } from "./words.js";

export class FewPictures {
  constructor(board) {
    Object.assign(this, { board, loaded: false, tiles: [] });
  }

  // Forgets what belongs to one run; the pictures stay in sight until others come.
  reset() {
    this.loaded = false;
  }

  // `pictures` come with one frame, as they never change.
  write({ header: { few }, pictures }) {
    if (!few) return;
    const { board: { parts, view, data: { classes } } } = this;
    if (pictures && !this.loaded) {
      this.loaded = true;
      this.layOut(few, pictures);
      view.update();
    }
    if (!this.loaded) return;
    few.taken_for.forEach((answer, i) => {
      const { item, words } = this.tiles[i];
      const right = answer === few.true[i];
      item.className = right ? "right" : "wrong";
      write(words, `${classes[answer]} ${right ? "✓" : "✗"}`);
    });
    const rights = few.taken_for.filter((answer, i) => answer === few.true[i]).length;
    write(parts.fewRight, `${whole(rights)} of ${whole(few.true.length)} right`);
  }

  layOut({ true: truths, shape: [height, width] }, pictures) {
    const { parts, data: { classes } } = this.board;
    const size = height * width;
    this.tiles = truths.map((truth, i) => {
      const picture = paint(pictures.subarray(i * size, (i + 1) * size), width, height);
      picture.setAttribute("aria-label", `a ${classes[truth]}`);
      picture.setAttribute("role", "img");
      const words = element("span");
      return { item: element("li", { title: `It is: ${classes[truth]}` }, picture, words), words };
    });
    parts.few.replaceChildren(...this.tiles.map(({ item }) => item));
  }
}

// White on black, as such pictures are learned from.
function paint(pixels, width, height) {
  const canvas = element("canvas", { width, height });
  const image = new ImageData(width, height);
  pixels.forEach((light, i) => image.data.set([light, light, light, 255], 4 * i));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
