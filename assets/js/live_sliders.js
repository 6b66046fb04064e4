// Lets a lesson follow its sliders while they are dragged. Streamlit runs a page when the hand lets
// go; here the hand seems to let go, and takes hold again at the same place, some ten times a
// second.

const EVERY_MS = 70; // between two looks whether the page may run again
const SLIDER = '[data-testid="stSlider"]';
const APP = '[data-testid="stApp"]';

const followers = new WeakMap(); // root element -> its follower; a rerun calls the component again

export default function glassboxLiveSliders({ parentElement }) {
  const root = parentElement.querySelector('[data-part="live"]');
  if (!followers.has(root)) followers.set(root, new Follower(root));
  return () => root.isConnected || followers.get(root)?.close();
}

class Follower {
  constructor(root) {
    this.root = root;
    this.leaving = new AbortController();
    const { signal } = this.leaving;
    const on = (kind, act) =>
      // what is dispatched below is not trusted, and not the hand's
      document.addEventListener(kind, (event) => event.isTrusted && act(event), {
        signal,
        capture: true,
      });
    on("pointerdown", (event) => this.take(event));
    on("pointermove", (event) => this.track && (this.hand = place(event)));
    for (const kind of ["pointerup", "pointercancel"]) on(kind, (event) => this.letGo(event));
  }

  close() {
    this.leaving.abort();
    clearInterval(this.looking);
    followers.delete(this.root);
  }

  take(event) {
    const slider = event.button === 0 && event.target.closest?.(SLIDER);
    if (!slider) return;
    this.input = slider.querySelector('input[type="range"]');
    this.track = [...slider.querySelectorAll("[data-orientation]")].at(-1);
    this.hand = place(event);
    this.told = this.input.value;
    clearInterval(this.looking);
    this.looking = setInterval(() => this.look(), EVERY_MS);
  }

  letGo(event) {
    if (!this.track) return;
    clearInterval(this.looking);
    const { track } = this;
    this.track = null;
    if (!this.apart) return;
    // the hand went while it seemed to have let go: what it came to is told all the same
    const last = place(event);
    setTimeout(() => {
      takeHold(track, last);
      setTimeout(() => loosen(last));
    });
  }

  look() {
    const atRest = document.querySelector(APP)?.dataset.testScriptState === "notRunning";
    if (this.apart || !atRest || this.input.value === this.told) return;
    this.told = this.input.value;
    this.apart = true;
    loosen(this.hand);
    // the slider has to be drawn as let go before it can be taken again
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.apart = false;
        if (this.track) takeHold(this.track, this.hand);
      }),
    );
  }
}

function place({ pointerId, pointerType, clientX, clientY }) {
  return { pointerId, pointerType, clientX, clientY };
}

function loosen(hand) {
  window.dispatchEvent(new PointerEvent("pointerup", hand));
}

function takeHold(track, hand) {
  const pressed = { button: 0, buttons: 1, bubbles: true, cancelable: true, isPrimary: true };
  track.dispatchEvent(new PointerEvent("pointerdown", { ...hand, ...pressed }));
}
