// On a phone the plane goes along in a corner of the screen while one changes settings below it.

const NARROW = 640; // pixels of the window, below which settings stand under the plane

export class Corner {
  constructor(board) {
    this.board = board;
    this.canvas = board.parts.corner;
    const { plane } = board.parts;
    const { signal } = board.leaving;
    this.watcher = new IntersectionObserver(([{ isIntersecting, boundingClientRect }]) => {
      this.above = !isIntersecting && boundingClientRect.bottom < window.innerHeight / 2;
      this.show();
    });
    this.watcher.observe(plane);
    this.canvas.addEventListener("click", () => plane.scrollIntoView({ block: "center" }), {
      signal,
    });
    window.addEventListener("resize", () => this.show(), { signal });
    signal.addEventListener("abort", () => this.watcher.disconnect());
  }

  show() {
    const wanted = Boolean(this.above) && window.innerWidth < NARROW && this.canvas.isConnected;
    if (this.board.data.layout !== "points" || wanted === this.shown) return;
    this.shown = wanted;
    if (wanted) this.canvas.showPopover();
    else this.canvas.hidePopover();
    this.paint();
  }

  paint() {
    const { canvas, board: { parts: { plane } } } = this;
    if (!this.shown || !plane.width) return;
    Object.assign(canvas, { width: plane.width, height: plane.height });
    canvas.getContext("2d").drawImage(plane, 0, 0);
  }
}
