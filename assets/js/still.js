// A picture that moves by itself can be stopped by who looks at it, and stands still from the first
// for whoever has asked their system for less motion.

import { write } from "./dom.js";

export class Still {
  constructor(board) {
    this.board = board;
    this.button = board.parts.still;
    this.stands = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.button.addEventListener("click", () => this.toggle(), { signal: board.leaving.signal });
    write(this.button, this.words);
  }

  get words() {
    return this.stands ? "Let it move" : "Stop the picture";
  }

  // Whether what is painted is to stay.
  get holds() {
    const { frame, data: { stillable } } = this.board;
    return Boolean(stillable && this.stands && frame?.winner);
  }

  toggle() {
    this.stands = !this.stands;
    write(this.button, this.words);
    if (!this.stands) this.board.socket?.requestFrame();
  }
}
