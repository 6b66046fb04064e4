// Sliders of the page that are held, or moved by keys: Streamlit tells the server of a slider only
// when it is let go, and then runs all of the page; the run is to follow the hand. Each value goes
// over the live route as soon as it is there.

const EVERY_MS = 50;
const PARTS = ["dataset", "optimizer", "regularizers"]; // whose settings a run can follow

export class Drag {
  constructor(board) {
    this.board = board;
    this.observer = new MutationObserver(() => this.move());
    const { signal } = board.leaving;
    const options = { signal, capture: true };
    for (const kind of ["pointerdown", "focusin"]) {
      document.addEventListener(kind, (event) => this.hold(event), options);
    }
    for (const kind of ["pointerup", "pointercancel"]) {
      document.addEventListener(kind, () => this.letGo(), options);
    }
    signal.addEventListener("abort", () => this.observer.disconnect());
  }

  // Streamlit writes the name of a widget into the class of its box, a hyphen for each colon.
  hold({ target }) {
    const slider = target.closest?.("[data-testid=stSlider]");
    const box = slider?.closest("[class*=st-key-]");
    const names = box?.className.match(/st-key-(\S+)/)[1].split("-");
    this.observer.disconnect();
    if (names?.length !== 4 || names[0] !== this.board.data.keys) return;
    const [, part, entry, setting] = names;
    if (!PARTS.includes(part)) return;
    this.dial = { part, entry, setting };
    this.input = slider.querySelector("input[type=range]");
    this.sent = this.value;
    this.observer.observe(slider, {
      subtree: true,
      attributes: true,
      attributeFilter: ["aria-valuetext"],
    });
  }

  // What the slider shows, also where it stands on one of a list.
  get value() {
    return Number.parseFloat(this.input?.getAttribute("aria-valuetext"));
  }

  // Sends what is new, now or when the last is long enough ago.
  move() {
    if (this.timer) return;
    const { value } = this;
    if (value === this.sent || !Number.isFinite(value)) return;
    this.sent = value;
    this.board.send({ dial: { ...this.dial, value } });
    this.timer = setTimeout(() => {
      this.timer = null;
      this.move();
    }, EVERY_MS);
  }

  // The page hears of the last value by itself; until then the run has it, too.
  letGo() {
    this.move();
  }
}
