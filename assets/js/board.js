// The painted board: what moves on a page. Frames come over a WebSocket, one for each frame
// painted, or with the page's reruns where there is no socket.

import { listenAhead } from "./ahead.js";
import { Brush } from "./brush.js";
import { Charts } from "./charts.js";
import { Confusion } from "./confusion.js";
import { Corner } from "./corner.js";
import { Diagram } from "./diagram.js";
import { Drag } from "./drag.js";
import { FewPictures } from "./few_pictures.js";
import { Goal } from "./goal.js";
import { Health } from "./health.js";
import { pressKey } from "./keys.js";
import { legendItems } from "./legend.js";
import { Plane } from "./plane.js";
import { decodeBase64, decodePoints, parseFrame } from "./protocol.js";
import { Readout } from "./readout.js";
import { rangeOf } from "./scales.js";
import { Socket } from "./socket.js";
import { Still } from "./still.js";
import { readTheme, setThemeProperties } from "./theme.js";
import { View } from "./view.js";

const LAST_STATUSES = ["finished", "diverged", "lost"];
const SWITCHES = ["network", "test", "discrete"]; // what one can switch on and off

const boards = new WeakMap(); // shadow root -> its board; a rerun calls the component again
const announced = new Map(); // token -> the last status that the page was told

export default function glassboxBoard(component) {
  const { parentElement } = component;
  const root = parentElement.querySelector('[data-part="root"]');
  let board = boards.get(parentElement);
  if (board?.root !== root) {
    board?.close();
    board = new Board(root);
    boards.set(parentElement, board);
  }
  board.update(component);
  // Streamlit also cleans up after a call that a newer rerun has overtaken, while the board stays
  // on the page
  return () => {
    if (root.isConnected) return;
    board.close();
    boards.delete(parentElement);
  };
}

class Board {
  constructor(root) {
    this.root = root;
    const parts = [...root.querySelectorAll("[data-part]")];
    this.parts = Object.fromEntries(parts.map((part) => [part.dataset.part, part]));
    this.leaving = new AbortController();
    this.data = {}; // what the page has given last
    this.shown = {}; // what of SWITCHES is on
    this.points = [];
    this.frames = 0;
    this.plane = new Plane(this);
    this.charts = new Charts(this);
    this.diagram = new Diagram(this);
    this.health = new Health(this);
    this.brush = new Brush(this);
    this.goal = new Goal(this);
    this.corner = new Corner(this);
    this.drag = new Drag(this);
    this.confusion = new Confusion(this.parts, (cell) => this.openCell(cell));
    this.few = new FewPictures(this);
    this.readout = new Readout(this);
    this.still = new Still(this);
    this.view = new View(this);
    this.observeSizes();
    this.listen();
  }

  observeSizes() {
    const { plane, diagram, charts } = this;
    this.surfaces = { plane: plane.surface, network: diagram.surface, ...charts.surfaces };
    this.sizes = new ResizeObserver((entries) => this.resize(entries));
    for (const { canvas } of Object.values(this.surfaces)) this.sizes.observe(canvas);
  }

  listen() {
    const { parts, leaving: { signal } } = this;
    const on = (node, kind, act) => node.addEventListener(kind, act, { signal });
    on(document, "visibilitychange", () => this.socket?.payDebt());
    on(window, "resize", () => this.paint()); // a zoom changes only the pixel ratio
    on(window, "keydown", (event) => pressKey(this, event));
    on(parts.time, "input", () => this.view.goTo(Number(parts.time.value)));
    on(parts.toNow, "click", () => this.view.goTo(Infinity));
    on(parts.adviceButton, "click", () => this.readout.advice.press());
    on(parts.health, "toggle", () => this.view.update());
    on(parts.keysButton, "click", () => parts.keys.showModal());
    for (const name of SWITCHES) {
      on(parts[`show-${name}`], "click", () => this.toggle(name, !this.shown[name]));
    }
    listenAhead(this);
    document.fonts.ready.then(() => this.paint());
  }

  close() {
    this.closed = true;
    this.leaving.abort();
    this.sizes.disconnect();
    this.view.close();
    this.socket?.close();
  }

  // what the page gives

  update({ data, setStateValue, setTriggerValue }) {
    const old = this.data;
    Object.assign(this, { data, setStateValue, setTriggerValue });
    const differs = (name) => JSON.stringify(old[name]) !== JSON.stringify(data[name]);
    const changed = (...names) => names.some(differs);
    if (changed("layout", "score", "held")) this.readout.layOut();
    if (changed("shown")) this.setShown(data.shown ?? "");
    // the board may know of a new run before its page does
    const ahead = this.heir === data.token && !changed("layout", "path");
    if (changed("token", "layout") && !ahead) this.reset();
    if (changed("editable", "hidden")) this.showControls();
    if (changed("lookedOn")) this.root.classList.toggle("looked-on", Boolean(data.lookedOn));
    if (changed("goal", "token")) this.goal.set(data.goal);
    this.parts.still.hidden = !data.stillable;
    if (changed("points")) this.points = decodePoints(data.points);
    if (changed("points", "low", "high")) this.range = rangeOf(this.points, data);
    if (changed("points", "classes", "layout")) this.theme = null; // what hangs on them is redone
    if (changed("token", "path") && !ahead) this.connect();
    if (!data.path && data.frame && this.frameId !== data.frame_id) {
      this.frameId = data.frame_id;
      this.mark("connection", "fragment");
      this.receive(decodeBase64(data.frame).buffer);
    }
    this.paint(); // also when only the theme has changed
  }

  // Forgets what belongs to one run.
  reset() {
    this.frame = this.received = this.frameId = null;
    this.waiting = this.late = false;
    const { view, charts, diagram, few, health, readout } = this;
    for (const part of [charts, diagram, few, health, readout, view]) part.reset();
  }

  // "network,test" and the like.
  setShown(names) {
    const on = names.split(",");
    this.shown = Object.fromEntries(SWITCHES.map((name) => [name, on.includes(name)]));
    this.showSwitches();
  }

  toggle(name, on) {
    this.shown[name] = on;
    this.showSwitches();
    this.setStateValue("shown", SWITCHES.filter((each) => this.shown[each]).join());
  }

  showSwitches() {
    for (const name of SWITCHES) {
      this.parts[`show-${name}`].setAttribute("aria-pressed", Boolean(this.shown[name]));
    }
    this.markNetwork();
    this.theme = null; // points and legend hang on it
    this.view.update();
    this.paint();
  }

  markNetwork() {
    this.mark("network", this.shown.network ? "on" : "off");
  }

  // Shows the controls that are offered here.
  showControls() {
    const { parts, data: { editable, hidden = [] } } = this;
    this.diagram.layOutAgain();
    for (const part of [parts.addLayer, parts.removeLayer]) part.hidden = !editable;
    parts["show-test"].hidden = hidden.includes("test");
    parts["show-discrete"].hidden = hidden.includes("discrete");
    parts["show-network"].hidden = hidden.includes("diagram");
    if (hidden.includes("diagram")) this.shown.network = false;
    this.markNetwork();
  }

  // what the server and the page are told

  send(message) {
    const text = JSON.stringify(message);
    if (this.socket) this.socket.send(text);
    else if (this.setStateValue) this.setStateValue("said", text);
  }

  // Asks the page for another network.
  requestShape(change) {
    this.setTriggerValue("shape", change);
  }

  // Asks the page for the pictures of a cell, and shows where they come.
  openCell(cell) {
    this.setTriggerValue("cell", cell);
    const below = document.querySelector(`.st-key-${this.data.keys}-studied`);
    below?.scrollIntoView({ block: "center" });
  }

  // Tells the page once that a run has come to an end, also when the first frame already says so.
  announce(status) {
    const { token } = this.data;
    if (announced.get(token) === status) return;
    announced.set(token, status);
    if (LAST_STATUSES.includes(status)) this.setTriggerValue("status", status);
  }

  // Goes on with the run that has taken the place of the one that is shown.
  inherit({ run, key, points }) {
    this.heir = run;
    this.socket.follow(run, key);
    this.reset();
    if (points) this.movePoints(points);
    this.view.send();
    this.socket.requestFrame();
  }

  // While a slider of the data is held, the points that its value would have.
  movePoints(points) {
    this.points = decodePoints(points);
    this.plane.redrawPoints();
    this.mark("moved", Number(this.root.dataset.moved ?? 0) + 1);
    this.paint();
  }

  connect() {
    this.socket?.close();
    this.socket = null;
    this.setConnection("none", null);
    const { path, token, key } = this.data;
    if (!path || !token) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const base = `${scheme}//${location.host}${path}/`;
    this.heir = null;
    this.socket = new Socket(base, { token, key, tab: this.data.tab ?? "" }, {
      open: () => {
        this.setConnection("socket", null);
        this.view.send();
      },
      coming: () => this.coming(),
      frame: (buffer) => this.receive(buffer),
      told: (news) => (news.run ? this.inherit(news) : this.movePoints(news.points)),
      broken: () => this.setConnection("none", "The connection was interrupted. Trying again …"),
      refused: (reason) => {
        if (this.heir && this.heir !== this.data.token) this.connect(); // the page has not taken it
        else this.setConnection("none", reason || "This run is not there any more.", true);
      },
      hopeless: () => this.setStateValue("fallback", true),
    });
  }

  setConnection(connection, trouble, refused = false) {
    Object.assign(this, { trouble, refused });
    this.mark("connection", connection);
    this.write();
  }

  // Asks for the next frame as soon as one comes, unless another waits to be painted already.
  coming() {
    this.late = this.waiting;
    this.waiting = true;
    if (!this.late) this.askForNext();
  }

  receive(buffer) {
    this.received = buffer;
    this.scheduled ||= requestAnimationFrame(() => this.show());
  }

  // In an animation frame, which a hidden tab does not get.
  show() {
    const { received, late } = this;
    this.scheduled = this.received = null;
    this.waiting = this.late = false;
    if (this.closed) return;
    if (received) this.showFrame(received);
    if (late) this.askForNext();
  }

  showFrame(buffer) {
    try {
      this.frame = parseFrame(buffer);
      const { header } = this.frame;
      this.view.follow(header);
      this.diagram.columns = header.diagram ?? this.diagram.columns;
      this.paint();
      this.mark("frames", ++this.frames);
      this.announce(header.status);
    } catch (error) {
      console.warn("Glassbox: a frame was dropped:", error.message);
    }
  }

  askForNext() {
    if (!this.still.holds) this.socket?.requestFrame();
  }

  resize(entries) {
    for (const { target, contentRect: { width, height } } of entries) {
      Object.assign(this.surfaces[target.dataset.part], { width, height });
    }
    this.plane.redrawPoints();
    this.paint(); // at once, in the same frame: a canvas is empty after it has got a new size
  }

  paint() {
    if (this.closed || !this.range) return; // not told yet what to show
    this.refreshTheme();
    const { layout } = this.data;
    if (layout !== "images") this.plane.paint();
    this.corner.paint();
    if (layout !== "mini") this.charts.paint();
    if (layout === "points" && this.shown.network) this.diagram.paint();
    if (this.parts.health.open) this.health.paint();
    this.write();
  }

  refreshTheme() {
    const theme = readTheme(this.root, this.theme);
    if (theme === this.theme) return;
    this.theme = theme;
    setThemeProperties(this.root, theme);
    this.plane.redrawPoints();
    const { classes, points } = this.data;
    const showTest = points && (this.shown.test ?? true);
    this.parts.legend.replaceChildren(...legendItems(classes, showTest, theme));
    this.brush.showButtons();
  }

  write() {
    const header = this.frame?.header ?? null;
    this.readout.write(header, this);
    if (header) this.goal.write(header);
    const { layout, classes } = this.data;
    if (layout !== "images") return;
    this.confusion.write(classes, header?.confusion, this.data.openable);
    if (header) this.few.write(this.frame);
  }

  // For tests and the sheet: an attribute of the root element.
  mark(name, value) {
    if (this.root.dataset[name] !== String(value)) this.root.dataset[name] = value;
  }
}
