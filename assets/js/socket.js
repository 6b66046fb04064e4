// The connection to the live route: a credit ("ready") for each frame wanted, and patience when it
// breaks.

import { canUnpack, unpack } from "./protocol.js";

const UNKNOWN_RUN = 4404;
const FORBIDDEN = 4403;
const FIRST_OPEN_MS = 4000; // after which a page that has never had a socket does without
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 2000;

let everOpened = false; // whether any socket of this page has ever opened

// `run` has the run's `token`, the `tab` that shows it, and the `key` that lets a page watch and
// command it; the key travels as the name of a protocol, the one header that a page may set
// (RFC 6455, 1.9), and so stands in no address.
// `hooks` are called: open(), coming(), frame(buffer), told(message), broken(), refused(reason),
// hopeless().
export class Socket {
  constructor(base, run, hooks) {
    Object.assign(this, { base, run, hooks, failures: 0 });
    if (!everOpened) {
      this.patience = setTimeout(() => !everOpened && this.giveUp(), FIRST_OPEN_MS);
    }
    this.connect();
  }

  connect() {
    const { base, run: { token, key, tab } } = this;
    const packed = canUnpack ? "&packed=1" : "";
    const url = `${base}${encodeURIComponent(token)}?tab=${encodeURIComponent(tab)}${packed}`;
    const socket = new WebSocket(url, key || []);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      everOpened = true;
      this.hooks.open();
      this.requestFrame();
    };
    let last = Promise.resolve(); // unpacking takes a moment, and what comes keeps its order
    socket.onmessage = ({ data }) => {
      // not on opening: a server that opens only to close would be asked twice a second
      this.failures = 0;
      const isFrame = data instanceof ArrayBuffer;
      if (isFrame && !this.closed) this.hooks.coming();
      const content = isFrame && canUnpack ? unpack(data) : data;
      last = Promise.allSettled([content, last]).then(([{ value }]) => this.take(value));
    };
    socket.onclose = ({ code, reason }) => !this.closed && this.reconnect(code, reason);
  }

  // `content` is a text or a frame: nothing, where it could not be unpacked.
  take(content) {
    if (this.closed) return;
    if (typeof content === "string") this.hooks.told(JSON.parse(content));
    else this.hooks.frame(content);
  }

  reconnect(code, reason) {
    if (code === UNKNOWN_RUN || code === FORBIDDEN) {
      this.close();
      this.hooks.refused(reason);
      return;
    }
    this.failures += 1;
    if (!everOpened && this.failures > 1) {
      this.giveUp();
      return;
    }
    if (everOpened) this.hooks.broken();
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.failures - 1));
    this.retry = setTimeout(() => this.connect(), wait);
  }

  // Another run has taken the place of this one, on the same connection.
  follow(token, key) {
    Object.assign(this.run, { token, key });
  }

  // A page that nobody sees owes the request until it is seen again.
  requestFrame() {
    this.owed = document.hidden;
    if (!this.owed) this.send("ready");
  }

  payDebt() {
    if (this.owed) this.requestFrame();
  }

  send(text) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  giveUp() {
    this.close();
    this.hooks.hopeless();
  }

  close() {
    this.closed = true;
    clearTimeout(this.patience);
    clearTimeout(this.retry);
    this.socket.close();
  }
}
