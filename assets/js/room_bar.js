// The bar of a room on every page of its members: it hears on the room's socket what has changed,
// greys the buttons of a class that is paused, and has its page run again when there is news.

import { write } from "./dom.js";

const GONE = 4404;
const SPREAD_MS = 500; // within which thirty pages run again, each at another moment
const WAITS_MS = [300, 600, 1000, 2000]; // before it connects again
const MISSED_MS = 4000; // after which the page is asked once more whether it has heard the news

// The buttons that drive a run; the server does not obey them while the class is paused.
const BUTTONS = ":is(.st-key-playground-buttons, .st-key-digits-buttons) button";

// Not `disabled`, which would take the focus away from whoever is on one of them.
function grey(paused) {
  document.documentElement.dataset.room = paused ? "paused" : "open";
  for (const button of document.querySelectorAll(BUTTONS)) {
    if (paused) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

const bars = new WeakMap(); // root element -> its bar; a rerun calls the component again

export default function glassboxRoomBar(component) {
  const root = component.parentElement.querySelector('[data-part="room-bar"]');
  if (!bars.has(root)) bars.set(root, new Bar(root));
  bars.get(root).update(component);
  return () => root.isConnected || bars.get(root)?.close();
}

class Bar {
  constructor(root) {
    this.root = root;
    const parts = [...root.querySelectorAll("[data-part]")];
    this.parts = Object.fromEntries(parts.map((part) => [part.dataset.part, part]));
    this.failures = 0;
    this.state = null;
    this.parts.open.addEventListener("click", () => this.open());
  }

  update({ data, setTriggerValue }) {
    const other = this.data?.path !== data.path;
    Object.assign(this, { data, setTriggerValue });
    this.root.dataset.role = data.role;
    // how many are here changes all the time, and is not to be read out each time
    this.root.setAttribute("aria-live", data.role === "teacher" ? "off" : "polite");
    if (other) this.connect();
    this.hear();
  }

  connect() {
    this.socket?.close();
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${this.data.path}`);
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      this.failures = 0;
      this.state = JSON.parse(data);
      this.hear();
    };
    socket.onclose = ({ code }) => socket === this.socket && this.lose(code);
  }

  lose(code) {
    if (this.closed) return;
    if (code === GONE) {
      this.state = { ...this.state, gone: true, paused: "", news: -1 };
      this.hear();
      return;
    }
    const wait = WAITS_MS[Math.min(this.failures, WAITS_MS.length - 1)];
    this.failures += 1;
    this.retry = setTimeout(() => this.connect(), wait);
  }

  // What the socket says goes before what the page knows, which is of its last run.
  hear() {
    const { state, data } = this;
    if (!state) {
      this.show();
      return;
    }
    grey(Boolean(state.paused));
    this.show();
    if (state.news === data.news && !state.gone) return;
    if (this.due) return;
    this.due = setTimeout(() => {
      this.due = null;
      if (this.closed) return;
      this.setTriggerValue("news", state.news);
      // a page that was busy may not have heard it
      this.due = setTimeout(() => {
        this.due = null;
        if (!this.closed && !state.gone) this.hear();
      }, MISSED_MS);
    }, Math.random() * SPREAD_MS);
  }

  show() {
    const { state, data, parts } = this;
    const who = data.role === "teacher" ? `Room ${data.code}` : state?.name || data.name;
    write(parts.who, who);
    write(parts.said, this.sentence());
    const task = state?.task ?? (data.asked ? { title: data.title } : null);
    const asked = data.role === "student" && data.asked && task && !state?.paused;
    parts.open.hidden = !asked;
    if (asked) write(parts.open, `Open ${task.title}`);
    this.root.classList.toggle("paused", Boolean(state?.paused));
  }

  sentence() {
    const { state, data } = this;
    if (state?.gone) return "You are not in this room any more.";
    if (data.role === "teacher") {
      const [here, all] = state?.here ?? [0, 0];
      const paused = state?.paused ? " The class is paused." : "";
      return `${here} of ${all} here.${paused}`;
    }
    if (state?.paused) return state.paused;
    if (data.asked) return `Your teacher has sent ${state?.task?.title ?? data.title}.`;
    return `in room ${data.code}`;
  }

  open() {
    this.parts.open.hidden = true;
    this.setTriggerValue("open", Date.now());
  }

  close() {
    this.closed = true;
    clearTimeout(this.retry);
    clearTimeout(this.due);
    grey(false);
    this.socket?.close();
    bars.delete(this.root);
  }
}
