// The painted board: what moves on a page. Frames come over a WebSocket, one for each frame painted, or with the page's
// reruns where there is no socket. A frame's layout is told in lab/frames/render.py; diagram.js, health.js and brush.js follow below.

// Okabe and Ito's colours, which people with any colour vision can tell apart; on dark paper a little lighter.
const PALETTES = {
  light: ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#c44a00"],
  dark: ["#3d9fe6", "#f0b030", "#1fbd8f", "#e08fbd", "#ef6a2c"],
};
const SHAPES = [ // around a circle of radius 1: circle, square, triangle, diamond, cross
  "M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z", "M-.88-.88H.88V.88H-.88Z", "M0-1.15L1.08.8H-1.08Z",
  "M0-1.28L1.1 0L0 1.28L-1.1 0Z",
  "M-.4-1.15H.4V-.4H1.15V.4H.4V1.15H-.4V.4H-1.15V-.4H-.4Z",
];
const STATUS_WORDS = {
  waiting: "Ready", loading: "Loading", running: "Learning", paused: "Paused", unwatched: "Waiting",
  finished: "Finished", diverged: "Diverged", lost: "Lost",
};
// troubles with which a run does not learn, though it is at work
const FAILING = ["diverged", "large rate", "plateau", "one answer"];
const LAST_STATUSES = ["finished", "diverged", "lost"];
const COUNTERS = { // label and text, from a frame's header
  points: [
    ["Epoch", (h) => whole(h.epoch)],
    ["Steps", (h) => whole(h.step)],
    ["Steps a second", (h) => rate(h.steps_per_second)],
    ["Test accuracy", (h) => percent(h.test_accuracy)],
    ["Train loss", (h) => decimals(h.train_loss)],
    ["Test loss", (h) => decimals(h.test_loss)],
  ],
  images: [
    ["Epoch", (h) => whole(h.epoch) + (h.epochs ? ` of ${whole(h.epochs)}` : "")],
    ["Step", (h) => whole(h.step)],
    ["Pictures a second", (h) => rate(h.samples_per_second)],
    ["Test accuracy", (h) => percent(h.test_accuracy)],
    ["Test loss", (h) => decimals(h.test_loss)],
    ["Time left", (h) => duration(h.seconds_left)],
  ],
  mini: [],
};
const MARKS = { // for tests: attribute of the root element, name in the header
  epoch: "epoch", step: "step", trainLoss: "train_loss", testLoss: "test_loss", testAccuracy: "test_accuracy",
};
const COLUMNS = ["epoch", "train_loss", "test_loss", "train_accuracy", "test_accuracy"];
const NO_CURVE = Object.fromEntries(COLUMNS.map((name) => [name, new Float32Array(0)]));
const FIRST_OPEN_MS = 4000, FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 5000, SPOKEN_EVERY_MS = 1000;
const COUNTS = { units: "units_hidden", parameters: "parameters", steps: "step", epochs: "epoch" };
const MARGINS = [4, 4, 20, 24]; // around the plane: top, right, bottom, left
const SHOWABLE = ["network", "test", "discrete"]; // what one can switch on and off
const USES_KEYS = "input:not([type=checkbox]), textarea, select, dialog, [role=slider], [role=combobox], [role=listbox], [role=tab], [role=radiogroup], [data-testid=stButtonGroup], [contenteditable]";
const ARROWS = { ArrowLeft: "slow-back", ArrowRight: "slow-next" };
const UNKNOWN_RUN = 4404, FORBIDDEN = 4403;

const boards = new WeakMap(); // shadow root -> its board; a rerun of the page calls the component again
const announced = new Map(); // token -> the last status that the page was told
let everOpened = false; // whether any socket of this page has ever opened

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
  // Streamlit also cleans up after a call that a newer rerun has overtaken, while the board stays on the page
  return () => {
    if (root.isConnected) return;
    board.close();
    boards.delete(parentElement);
  };
}

class Board {
  constructor(root) {
    this.root = root;
    this.parts = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
    const { plane, loss, accuracy } = this.parts;
    this.leaving = new AbortController();
    this.diagram = new Diagram(this);
    this.health = new Health(this);
    this.brush = new Brush(this);
    this.surfaces = {
      plane: new Surface(plane), loss: new Surface(loss), accuracy: new Surface(accuracy), network: this.diagram.surface,
    };
    this.data = {};
    this.shown = {};
    this.view = { diagram: false, health: false, unit: null, at: null };
    this.logarithmic = false;
    this.points = [];
    this.frames = 0;
    this.scales = {};
    this.sizes = new ResizeObserver((entries) => this.resize(entries));
    for (const { canvas } of Object.values(this.surfaces)) this.sizes.observe(canvas);
    const { signal } = this.leaving;
    document.addEventListener("visibilitychange", () => this.socket?.payDebt(), { signal });
    window.addEventListener("resize", () => this.paint(), { signal }); // a zoom changes only the pixel ratio
    document.fonts.ready.then(() => this.paint());
    this.listen(signal);
  }

  listen(signal) {
    const { parts } = this;
    const on = (node, kind, what) => node.addEventListener(kind, what, { signal });
    on(window, "keydown", (event) => this.key(event));
    on(parts.time, "input", () => this.goTo(Number(parts.time.value)));
    on(parts.toNow, "click", () => this.goTo(Infinity));
    on(parts.log, "click", () => {
      this.logarithmic = !this.logarithmic;
      parts.log.setAttribute("aria-pressed", this.logarithmic);
      this.paint();
    });
    on(parts.adviceButton, "click", () => this.setTriggerValue("advice", this.frame.header.advice.trouble));
    on(parts.health, "toggle", () => this.look());
    on(parts.keysButton, "click", () => parts.keys.showModal());
    for (const name of SHOWABLE) {
      on(parts[`show-${name}`], "click", () => this.toggle(name, !this.shown[name]));
    }
    for (const name of ["loss", "accuracy"]) {
      on(parts[name], "pointermove", (event) => this.read(name, event));
      on(parts[name], "pointerleave", () => this.read(name, null));
    }
    this.inSight = new Set();
    this.sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.inSight[isIntersecting ? "add" : "delete"](target);
      this.look();
    });
    for (const part of [parts.network, parts.health]) this.sight.observe(part);
  }

  close() {
    this.closed = true;
    this.leaving.abort();
    this.sizes.disconnect();
    this.sight.disconnect();
    this.socket?.close();
  }

  update({ data, setStateValue, setTriggerValue }) {
    const old = this.data;
    Object.assign(this, { data, setStateValue, setTriggerValue });
    const changed = (...names) => names.some((name) => JSON.stringify(old[name]) !== JSON.stringify(data[name]));
    if (changed("layout", "score")) this.lay();
    if (changed("shown")) this.take(data.shown ?? "");
    if (changed("token", "layout")) this.forget();
    if (changed("editable", "hidden")) this.offer();
    if (changed("goal", "token")) this.aim();
    if (changed("points")) this.points = decodePoints(data.points);
    if (changed("points", "low", "high")) this.range = rangeOf(this.points, data);
    if (changed("points", "classes", "layout")) this.theme = null; // what hangs on them is made with it
    if (changed("token", "path")) this.connect();
    if (!data.path && data.frame && this.seenId !== data.frame_id) {
      this.seenId = data.frame_id;
      this.mark("connection", "fragment");
      this.receive(decodeBase64(data.frame).buffer);
    }
    this.paint(); // also when only the theme has changed
  }

  lay() {
    this.root.dataset.layout = this.data.layout;
    const counters = COUNTERS[this.data.layout];
    this.values = counters.map(() => element("dd", {}, "–"));
    const boxes = counters.map(([label], i) => element("div", {}, element("dt", {}, this.named(label)), this.values[i]));
    write(this.parts.score, this.named("Accuracy"));
    this.parts.counters.replaceChildren(...boxes);
  }

  // "Accuracy" under the name that it has here: for numbers instead of classes it is R².
  named(words) {
    const { score } = this.data;
    return score && score !== "accuracy" ? words.replace(/accuracy/i, score) : words;
  }

  // What belongs to one run.
  forget() {
    this.frame = this.waiting = this.seenId = this.spokenStatus = null;
    this.peak = 0;
    this.view = { ...this.view, unit: null, at: null };
    this.diagram.forget();
    this.health.forget();
  }

  // What of the picture is shown: "network,test" and the like.
  take(names) {
    this.shown = Object.fromEntries(SHOWABLE.map((name) => [name, names.split(",").includes(name)]));
    this.showShown();
  }

  toggle(name, yes) {
    this.shown[name] = yes;
    this.showShown();
    this.setStateValue("shown", SHOWABLE.filter((each) => this.shown[each]).join(","));
  }

  showShown() {
    for (const name of SHOWABLE) this.parts[`show-${name}`].setAttribute("aria-pressed", Boolean(this.shown[name]));
    this.mark("network", this.shown.network ? "on" : "off");
    this.theme = null; // points and legend hang on it
    this.look();
    this.paint();
  }

  // Only the switches that are not hidden.
  offer() {
    const { parts, data: { editable, hidden = [] } } = this;
    this.diagram.drawn = "";
    for (const part of [parts.addLayer, parts.removeLayer]) part.hidden = !editable;
    parts["show-test"].hidden = hidden.includes("test");
    parts["show-discrete"].hidden = hidden.includes("discrete");
    parts["show-network"].hidden = hidden.includes("diagram");
    if (hidden.includes("diagram")) this.shown.network = false;
    this.mark("network", this.shown.network ? "on" : "off");
  }

  // A goal that somebody set with the link.
  aim() {
    this.reached = null;
    this.parts.goal.hidden = !this.data.goal;
    this.root.classList.remove("reached");
  }

  writeGoal(header) {
    const { data: { goal }, parts } = this;
    if (!goal || known(header.at)) return;
    const now = header[goal.metric], within = Object.entries(goal.limits).every(([name, most]) => header[COUNTS[name]] <= most);
    const met = known(now) && header.step > 0 && within && (goal.at_most ? now <= goal.value : now >= goal.value);
    if (met && !this.reached) {
      this.reached = { ...header };
      this.root.classList.add("reached");
    }
    const told = goal.metric.endsWith("loss") ? decimals : percent;
    const what = `Goal: ${goal.text}.`;
    if (!this.reached) return write(parts.goal, `${what} Now ${told(now)}${within ? "" : ", but beyond the limit"}.`);
    const { step, units_hidden: units } = this.reached;
    write(parts.goal, `${what} Reached after ${whole(step)} steps with ${whole(units)} hidden units. ${this.record(goal)}`);
  }

  // The fewest with which this browser has reached the goal.
  record({ text, fewest }) {
    if (!fewest) return "";
    const here = this.reached[COUNTS[fewest]], name = `glassbox:goal:${text}`;
    let best = here;
    try {
      best = Math.min(here, Number(localStorage.getItem(name) ?? Infinity));
      localStorage.setItem(name, best);
    } catch { /* a browser that keeps nothing */ }
    return best < here ? `Your fewest ${fewest} so far: ${whole(best)}.` : `No fewer ${fewest} so far. Try with less!`;
  }

  // Tells the server what the next frames should show, if that has changed: what is out of sight is not painted.
  look() {
    const { parts, inSight, data: { layout } } = this, past = this.view;
    const diagram = layout === "points" && Boolean(this.shown.network) && inSight.has(parts.network);
    const health = layout !== "mini" && parts.health.open && inSight.has(parts.health);
    this.view = { ...past, diagram, health, unit: this.shown.network ? this.diagram.unit : null };
    if (JSON.stringify(past) !== JSON.stringify(this.view)) this.send({ view: this.view });
  }

  send(words) {
    if (this.socket) this.socket.send(JSON.stringify(words));
    else if (this.setStateValue) this.setStateValue("said", JSON.stringify(words));
  }

  // Asks the page for another network.
  change(shape) { this.setTriggerValue("shape", shape); }

  // Back to a moment of the album, or forward to now.
  goTo(moment) {
    const last = (this.frame?.header.snapshots ?? 1) - 1;
    this.view = { ...this.view, at: moment >= last ? null : Math.max(0, moment) };
    this.wentBack = performance.now();
    this.diagram.closeEditor();
    this.send({ view: this.view });
  }

  key(event) {
    const { key } = event, [focus] = event.composedPath(), { keys } = this.data;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !keys || this.parts.keys.open) return;
    if (focus.closest?.(USES_KEYS)) return;
    const pressable = focus.closest?.("button, summary, a");
    if (key === " " && pressable) {
      if (!pressable.closest(`.st-key-${keys}-train, .st-key-${keys}-pause`)) return;
      pressable.blur(); // its own way with the space bar would be to press it again
    }
    const press = (name) => document.querySelector(`.st-key-${keys}-${name} button`)?.click();
    const walking = document.querySelector(`.st-key-${keys}-slow-next button`); // slow motion has the arrows
    if (walking && ARROWS[key]) press(ARROWS[key]);
    else if (key === " ") press(this.root.dataset.status === "running" ? "pause" : "train");
    else if (key === "ArrowRight") press("step");
    else if (key === "ArrowLeft") this.goTo((this.view.at ?? this.frame?.header.snapshots - 1) - 1);
    else if (key === "0") press("reset"); // R and C are Streamlit's own: a press would be two wishes
    else if (key === "?") this.parts.keys.showModal();
    else return;
    event.preventDefault();
  }

  connect() {
    this.socket?.close();
    this.socket = null;
    this.tell("none", null);
    const { path, token } = this.data;
    if (!path || !token) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new Socket(`${scheme}//${location.host}${path}/${encodeURIComponent(token)}`, {
      open: () => {
        this.tell("socket", null);
        this.send({ view: this.view });
      },
      frame: (buffer) => this.receive(buffer),
      broken: () => this.tell("none", "The connection was interrupted. Trying again …"),
      refused: (reason) => this.tell("none", reason || "This run is not there any more.", true),
      hopeless: () => this.setStateValue("fallback", true),
    });
  }

  tell(connection, trouble, refused = false) {
    Object.assign(this, { trouble, refused });
    this.mark("connection", connection);
    this.write();
  }

  receive(buffer) {
    this.waiting = buffer;
    this.asked ||= requestAnimationFrame(() => this.show());
  }

  // In an animation frame, which a hidden tab does not get: so it asks for nothing.
  show() {
    const buffer = this.waiting;
    this.asked = this.waiting = null;
    if (this.closed || !buffer) return;
    try {
      this.frame = parseFrame(buffer);
      const { at } = this.frame.header;
      // whoever trains, or steps, looks at what is now again; a frame on its way may not know that one looks back
      if (at === null && this.view.at !== null && performance.now() - this.wentBack > 1000) this.view = { ...this.view, at: null };
      this.diagram.known = this.frame.header.diagram ?? this.diagram.known;
      this.paint();
      this.mark("frames", ++this.frames);
      this.announce(this.frame.header.status);
    } catch (error) {
      console.warn("Glassbox: a frame was dropped:", error.message);
    }
    this.socket?.ask();
  }

  // Tells the page once that a run has come to an end, also when the first frame already says so.
  announce(status) {
    const { token } = this.data;
    if (announced.get(token) === status) return;
    announced.set(token, status);
    if (LAST_STATUSES.includes(status)) this.setTriggerValue("status", status);
  }

  resize(entries) {
    for (const { target, contentRect: { width, height } } of entries) {
      Object.assign(this.surfaces[target.dataset.part], { width, height });
    }
    this.cloud = null;
    this.paint(); // at once, in the same frame: a canvas is empty after it has got a new size
  }

  paint() {
    if (this.closed || !this.range) return; // not told yet what to show
    this.readTheme();
    if (this.data.layout !== "images") this.paintPlane();
    if (this.data.layout !== "mini") this.paintCharts();
    if (this.data.layout === "points" && this.shown.network) this.diagram.paint();
    if (this.parts.health.open) this.health.paint();
    this.write();
  }

  readTheme() {
    const style = getComputedStyle(this.root);
    const read = (name, otherwise) => style.getPropertyValue(`--st-${name}`) || otherwise;
    const ink = read("text-color", "#31333f"), paper = read("background-color", "#ffffff");
    const panel = read("secondary-background-color", "#f0f2f6"), accent = read("primary-color", "#0072b2");
    const rule = read("border-color", "#d5dbe3"), font = read("font", "sans-serif");
    const key = [ink, paper, panel, accent, rule, font, devicePixelRatio].join();
    if (key === this.theme?.key) return;
    const inkRgb = rgb(ink), paperRgb = rgb(paper), dark = paperRgb[1] < 128;
    const palette = PALETTES[dark ? "dark" : "light"];
    const inked = (share) => `rgb(${mix(paperRgb, inkRgb, share)})`;
    this.theme = {
      key, ink, paper, panel, accent, rule, font, palette, css,
      signs: [palette[0], palette[1]], // of numbers below and above 0
      shades: shadesOf(paperRgb, rgb(palette[0]), rgb(palette[1])),
      ramps: palette.map((colour) => shadesOf(paperRgb, paperRgb, rgb(colour))),
      quiet: inked(0.72), edge: inked(0.75), faint: inked(dark ? 0.22 : 0.14),
      fills: boundaryColours(palette, paperRgb, dark ? 0.58 : 0.52),
    };
    this.root.style.setProperty("--right", palette[0]);
    this.root.style.setProperty("--wrong", palette[4]);
    this.root.style.setProperty("--minus", palette[0]);
    this.root.style.setProperty("--plus", palette[1]);
    this.cloud = null;
    this.writeLegend();
    this.brush.offer();
  }

  paintPlane() {
    const { theme, frame, data, surfaces: { plane } } = this;
    const pen = plane.begin();
    if (!pen) return;
    const { low, high } = frame?.header ?? this.range;
    const box = data.layout === "mini" ? plane.box(0, 0, 0, 0) : plane.box(...MARGINS);
    const scale = scales(box, low, high, low, high);
    const unit = frame?.header.unit;
    if (frame?.size && unit && this.diagram.unit) {
      const classes = this.diagram.columns?.[unit.layer]?.kind === "classes";
      paintUnit(pen, box, frame, classes ? theme.ramps[unit.number % 5] : theme.shades);
    } else if (frame?.size) {
      paintBoundary(pen, box, frame, theme, this.shown.discrete);
    } else {
      pen.fillStyle = theme.panel;
      pen.fillRect(box.x, box.y, box.w, box.h);
    }
    if (this.cloud?.low !== low || this.cloud.high !== high) {
      this.cloud = { low, high, canvas: drawPoints(plane, scale, this.points, this.shown.test ?? true, theme) };
    }
    pen.drawImage(this.cloud.canvas, 0, 0, plane.width, plane.height);
    pen.strokeStyle = theme.rule;
    pen.strokeRect(box.x + 0.5, box.y + 0.5, box.w - 1, box.h - 1);
    if (data.layout !== "mini") paintPlaneTicks(pen, box, scale, low, high, theme);
    if (unit && this.diagram.unit) paintLabel(pen, box, this.diagram.name(unit.layer, unit.number), theme);
  }

  paintCharts() {
    const { theme, surfaces: { loss, accuracy } } = this;
    const { header = {}, curve = NO_CURVE } = this.frame ?? {};
    const images = this.data.layout === "images";
    // a short plan is shown whole; where it is hundreds of epochs the axis grows with the curve
    const end = Math.max(1, curve.epoch.at(-1) ?? 0, (images && header.epochs) || 0);
    const lines = (what) => [
      { x: curve.epoch, y: curve[`train_${what}`], colour: theme.quiet, dash: [] },
      { x: curve.epoch, y: curve[`test_${what}`], colour: theme.accent, dash: [6, 3] },
    ];
    const now = known(header.at) ? header.now : null; // a line where one looks back to
    // the peak is kept, as the server thins the curve and may leave it out of a later frame
    this.peak = Math.max(this.peak, ...measured(curve.train_loss), ...measured(curve.test_loss));
    const step = niceStep(this.peak || 1, loss.height / 40);
    const high = step * Math.ceil((this.peak || 1) / step - 1e-6);
    const lossChart = { end, low: 0, high, lines: lines("loss"), label: tickLabel, now };
    this.scales.loss = paintChart(loss, theme, this.logarithmic ? inPowers(lossChart, curve) : lossChart);
    const least = Math.min(header.baseline ?? 0, ...measured(curve.train_accuracy), ...measured(curve.test_accuracy));
    const low = images ? Math.floor(5 * least + 1e-6) / 5 : 0;
    const label = (share) => `${Math.round(share * 100)} %`;
    const baseline = header.baseline;
    this.scales.accuracy = paintChart(accuracy, theme, { end, low, high: 1, lines: lines("accuracy"), label, baseline, now });
    if (this.reading) this.read(this.reading.name, this.reading);
  }

  // The exact values of a chart where one points.
  read(name, event) {
    const { parts, frame, scales: { [name]: scale } } = this, tip = parts[`${name}Tip`];
    this.reading = event && { name, clientX: event.clientX };
    tip.hidden = !(event && frame?.curve.epoch.length && scale);
    if (tip.hidden) return;
    const { left, width } = parts[name].getBoundingClientRect();
    const x = event.clientX - left, { curve } = frame;
    let best = 0;
    curve.epoch.forEach((epoch, i) => {
      if (Math.abs(scale.x(epoch) - x) < Math.abs(scale.x(curve.epoch[best]) - x)) best = i;
    });
    const value = (kind) => {
      const number = curve[`${kind}_${name}`][best];
      return name === "loss" ? (isFinite(number) ? Number(number.toPrecision(5)).toString() : "–") : percent(number);
    };
    write(tip, `epoch ${Number(curve.epoch[best].toFixed(2))}: train ${value("train")}, test ${value("test")}`);
    tip.style.left = `${Math.max(0, Math.min(scale.x(curve.epoch[best]) + 8, width - tip.offsetWidth))}px`;
  }

  // What stands on the page in words and numbers.
  write() {
    const { parts, trouble, data: { layout, hint }, frame } = this;
    const header = frame?.header ?? null;
    const status = this.refused ? "lost" : header?.status ?? "waiting";
    this.mark("status", status);
    for (const [name, key] of Object.entries(MARKS)) this.mark(name, header?.[key] ?? "");
    const failing = status === "running" && FAILING.includes(header.advice?.trouble[0]);
    this.root.toggleAttribute("data-failing", failing);
    const word = failing ? "Not learning" : STATUS_WORDS[status] ?? status;
    write(parts.chip, status === "waiting" && this.socket ? "Connecting" : word);
    const advised = header?.advice && !trouble;
    write(parts.message, trouble ?? header?.message ?? "");
    write(parts.advice, advised ? header.advice.sentence : "");
    write(parts.facts, header?.units ? `${header.units} · ${whole(header.parameters)} parameters` : "");
    for (const part of [parts.hint, parts.chartHint]) write(part, header || trouble ? "" : hint ?? "");
    parts.adviceButton.hidden = !advised;
    if (advised) write(parts.adviceButton, header.advice.label);
    if (layout === "points") this.writeTime(header);
    if (header) this.writeGoal(header);
    COUNTERS[layout].forEach(([, value], i) => write(this.values[i], header ? value(header) : "–"));
    if (layout === "mini") write(parts.line, trouble ?? header?.message ?? miniLine(header));
    if (layout === "images") this.writeProgress(header ?? {});
    if (layout === "images") this.writeConfusion(header?.confusion);
    if (header) this.speak(header);
  }

  writeTime(header) {
    const { parts: { time, toNow, moment, past } } = this;
    const last = Math.max(0, (header?.snapshots ?? 0) - 1), back = known(header?.at);
    past.hidden = last < 1;
    if (time.max !== String(last)) time.max = last;
    if (this.root.getRootNode().activeElement !== time || !back) time.value = back ? header.at : last;
    toNow.style.visibility = back ? "" : "hidden"; // its room is kept, so that the track does not move under the hand
    write(moment, back ? `step ${whole(header.step)}` : "now");
    time.setAttribute("aria-valuetext", back ? `after step ${whole(header.step)}` : "now");
  }

  writeProgress({ epoch = 0, epochs, batch = 0, batches = 1 }) {
    const done = epochs ? Math.min(1, (epoch + batch / batches) / epochs) : 0;
    if (done === this.done) return;
    this.done = done;
    this.parts.progress.style.transform = `scaleX(${done})`;
    this.parts.progress.parentElement.setAttribute("aria-valuenow", Math.round(done * 100));
  }

  writeConfusion(counts) {
    const { data: { classes }, parts: { confusion, mistake } } = this;
    const key = JSON.stringify([counts, classes]);
    if (key === this.confusionKey) return;
    this.confusionKey = key;
    const long = classes.some((name) => name.length > 3);
    confusion.dataset.names = !long ? "short" : classes.length > 4 ? "long" : "wide";
    confusion.replaceChildren(...confusionRows(classes, counts));
    write(mistake, counts ? worstMistake(classes, counts) : "filled in after the first test");
  }

  writeLegend() {
    const { data: { classes, points }, shown, theme: { palette, paper, edge } } = this;
    const items = classes.map((name, c) => legendItem(name, SHAPES[c % 5], palette[c % 5], paper));
    if (points && (shown.test ?? true)) items.push(legendItem("hollow: new points, never trained on", SHAPES[0], "none", edge));
    this.parts.legend.replaceChildren(...items);
  }

  // The pictures in words, at most once a second, and at once when the status changes.
  speak({ status, epoch, train_loss, test_loss, train_accuracy, test_accuracy }) {
    const now = performance.now();
    if (status === this.spokenStatus && now - this.spoken < SPOKEN_EVERY_MS) return;
    Object.assign(this, { spoken: now, spokenStatus: status });
    if (this.data.layout === "points") write(this.parts.summary, this.summary());
    const say = (part, words) => this.parts[part].setAttribute("aria-label", words);
    say("plane", this.named(`Decision boundary, epoch ${epoch}, test accuracy ${percent(test_accuracy)}`));
    say("loss", `Loss, epoch ${epoch}: train ${decimals(train_loss)}, test ${decimals(test_loss)}`);
    say("accuracy", this.named(`Accuracy, epoch ${epoch}: train ${percent(train_accuracy)}, test ${percent(test_accuracy)}`));
  }

  // What the picture shows, as a line of text.
  summary() {
    const { header } = this.frame, { tests, test_loss: loss, test_accuracy: accuracy } = header;
    const wrong = Math.round((1 - accuracy) * tests);
    const how = this.named("accuracy") === "accuracy"
      ? `${wrong ? whole(wrong) : "none"} of ${whole(tests)} new points wrong` : `R² ${percent(accuracy)}`;
    return known(loss) ? `Test loss ${decimals(loss)}, ${how}.` : "";
  }

  mark(name, value) {
    if (this.root.dataset[name] !== String(value)) this.root.dataset[name] = value;
  }
}

// One connection: a credit ("ready") for each frame painted, and patience when it breaks.
class Socket {
  constructor(url, hooks) {
    Object.assign(this, { url, hooks, failures: 0 });
    if (!everOpened) this.patience = setTimeout(() => !everOpened && this.giveUp(), FIRST_OPEN_MS);
    this.connect();
  }

  connect() {
    const socket = this.socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      everOpened = true;
      this.hooks.open();
      this.ask();
    };
    socket.onmessage = ({ data }) => {
      this.failures = 0; // not on opening: a server that opens only to close would be asked twice a second
      if (!this.closed && data instanceof ArrayBuffer) this.hooks.frame(data);
    };
    socket.onclose = ({ code, reason }) => !this.closed && this.broken(code, reason);
  }

  broken(code, reason) {
    if (code === UNKNOWN_RUN || code === FORBIDDEN) {
      this.close();
      return this.hooks.refused(reason);
    }
    this.failures += 1;
    if (!everOpened && this.failures > 1) return this.giveUp();
    if (everOpened) this.hooks.broken();
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.failures - 1));
    this.retry = setTimeout(() => this.connect(), wait);
  }

  ask() {
    this.owed = document.hidden;
    if (!this.owed && this.socket.readyState === WebSocket.OPEN) this.socket.send("ready");
  }

  send(words) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(words);
  }

  payDebt() {
    if (this.owed) this.ask();
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

// A canvas, its size on the page and a pen that counts in the page's pixels.
class Surface {
  constructor(canvas, width = canvas.clientWidth, height = canvas.clientHeight) {
    Object.assign(this, { canvas, width, height, pen: canvas.getContext("2d") });
  }

  // The pen on an empty surface, or null while the surface is not to be seen.
  begin() {
    const { canvas, pen, width, height } = this;
    if (!width || !height) return null;
    const wide = Math.round(width * devicePixelRatio), tall = Math.round(height * devicePixelRatio);
    if (canvas.width !== wide || canvas.height !== tall) Object.assign(canvas, { width: wide, height: tall });
    pen.setTransform(wide / width, 0, 0, tall / height, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.lineWidth = 1;
    return pen;
  }

  box(top, right, bottom, left) {
    return { x: left, y: top, w: this.width - left - right, h: this.height - top - bottom };
  }
}

// reading what the server sends

const decodeBase64 = (words) => Uint8Array.from(atob(words), (letter) => letter.charCodeAt(0));

function decodePoints(words) {
  const numbers = words ? new Float32Array(decodeBase64(words).buffer) : [];
  return Array.from({ length: numbers.length / 5 }, (_, i) => numbers.subarray(5 * i, 5 * i + 5));
}

// The plane's range as long as no frame has told it: the page's, or what the points need.
function rangeOf(points, { low, high }) {
  const most = points.reduce((far, [x, y]) => Math.max(far, Math.abs(x), Math.abs(y)), 0) || 1;
  return { low: low ?? -1.1 * most, high: high ?? 1.1 * most };
}

function parseFrame(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const { curve: n, grid: size } = header;
  if (!Number.isInteger(n) || !Number.isInteger(size)) throw new Error("it does not tell its size");
  const frame = { header, size };
  let place = 4 + length;
  for (const [name, type, count] of header.arrays) {
    const kind = type === "f4" ? Float32Array : Uint8Array;
    frame[name] = new kind(buffer, place, count);
    place += 4 * Math.ceil((count * kind.BYTES_PER_ELEMENT) / 4);
  }
  frame.curve = Object.fromEntries(
    COLUMNS.map((name, i) => [name, frame.curve ? frame.curve.subarray(i * n, (i + 1) * n) : new Float32Array(0)]),
  );
  return frame;
}

// the plane

// For each class 256 colours, from nearly the paper's (undecided) to nearly its own (sure), as 32 bits of ImageData.
function boundaryColours(palette, paper, most) {
  const colours = new Uint32Array(palette.length * 256);
  palette.map(rgb).forEach((own, c) => {
    for (let sure = 0; sure < 256; sure++) {
      const [r, g, b] = mix(paper, own, most * (0.14 + (0.86 * sure) / 255));
      colours[c * 256 + sure] = (255 << 24) | (b << 16) | (g << 8) | r;
    }
  });
  return colours;
}

const small = document.createElement("canvas").getContext("2d"); // one pixel a sample, enlarged with smoothing

const DECIDED = 190; // how sure every place counts where only the answer is shown

function paintBoundary(pen, box, frame, theme, discrete) {
  const { size, winner, sure } = frame;
  pen.save();
  const [wide, tall] = enlarge(pen, box, size, (i) => theme.fills[(winner[i] % 5) * 256 + (discrete ? DECIDED : sure[i])], !discrete);
  pen.beginPath();
  traceBorders(pen, box, wide, tall, frame);
  pen.strokeStyle = theme.edge;
  pen.lineWidth = 1.2;
  pen.stroke();
  pen.restore();
}

function paintUnit(pen, box, { size, unit }, shades) {
  pen.save();
  enlarge(pen, box, size, (i) => shades[unit[i]], true);
  pen.restore();
}

// A picture of size x size colours over the box, which the pen is then kept within; returns how large each is.
function enlarge(pen, box, size, colour, smooth) {
  if (small.canvas.width !== size) small.canvas.width = small.canvas.height = size;
  const image = small.createImageData(size, size), pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colour(i);
  small.putImageData(image, 0, 0);
  // the outermost samples lie on the plane's edge, so half of each hangs over
  const wide = box.w / (size - 1), tall = box.h / (size - 1);
  pen.beginPath();
  pen.rect(box.x, box.y, box.w, box.h);
  pen.clip();
  pen.imageSmoothingEnabled = smooth;
  pen.drawImage(small.canvas, box.x - wide / 2, box.y - tall / 2, size * wide, size * tall);
  return [wide, tall];
}

// What the large picture shows, where that is not the boundary.
function paintLabel(pen, box, words, theme) {
  pen.font = `600 12px ${theme.font}`;
  const wide = pen.measureText(words).width + 14;
  pen.fillStyle = theme.paper;
  pen.fillRect(box.x + 6, box.y + 6, wide, 22);
  pen.strokeStyle = theme.rule;
  pen.strokeRect(box.x + 6.5, box.y + 6.5, wide, 22);
  pen.fillStyle = theme.ink;
  text(pen, words, box.x + 13, box.y + 21, "left");
}

// Where the winning class changes: marching squares, which cross a side of a square where the two certainties balance.
function traceBorders(pen, box, wide, tall, { size, winner, sure }) {
  const balance = (one, other) => (sure[one] + 0.5) / (sure[one] + sure[other] + 1); // certainties come rounded down
  for (let row = 0; row + 1 < size; row++) {
    for (let column = 0; column + 1 < size; column++) {
      const a = row * size + column, b = a + 1, c = a + size, d = c + 1;
      if (winner[a] === winner[b] && winner[a] === winner[c] && winner[a] === winner[d]) continue;
      const x = box.x + column * wide, y = box.y + row * tall, crossings = [];
      if (winner[a] !== winner[b]) crossings.push([x + wide * balance(a, b), y]);
      if (winner[c] !== winner[d]) crossings.push([x + wide * balance(c, d), y + tall]);
      if (winner[a] !== winner[c]) crossings.push([x, y + tall * balance(a, c)]);
      if (winner[b] !== winner[d]) crossings.push([x + wide, y + tall * balance(b, d)]);
      const middle = [0, 1].map((i) => crossings.reduce((sum, place) => sum + place[i], 0) / crossings.length);
      for (const place of crossings) {
        pen.moveTo(...place);
        pen.lineTo(...middle);
      }
    }
  }
}

// All points on a canvas of their own: they never move, so they are drawn once and then only copied.
function drawPoints(plane, scale, points, showTest, theme) {
  const { canvas, pen } = new Surface(document.createElement("canvas"), plane.width, plane.height);
  Object.assign(canvas, { width: plane.canvas.width, height: plane.canvas.height });
  const shapes = SHAPES.map((shape) => new Path2D(shape));
  const crowd = Math.max(0.6, Math.min(1, Math.sqrt(450 / points.length)));
  const radius = crowd * Math.max(2.6, Math.min(4.6, plane.width / 110));
  const across = canvas.width / plane.width, down = canvas.height / plane.height;
  for (const [x, y, c, test, size] of [...points].sort((one, other) => one[3] - other[3])) {
    if (test && !showTest) continue;
    const colour = theme.palette[c % 5];
    const r = radius * (0.3 + 0.7 * size); // for numbers instead of classes: the nearer to 0, the smaller
    pen.setTransform(across * r, 0, 0, down * r, across * scale.x(x), down * scale.y(y));
    pen.fillStyle = test ? theme.paper : colour;
    pen.strokeStyle = test ? colour : theme.paper;
    pen.lineWidth = (test ? 1.5 : 1) / radius;
    pen.fill(shapes[c % 5]);
    pen.stroke(shapes[c % 5]);
  }
  return canvas;
}

function paintPlaneTicks(pen, box, scale, low, high, theme) {
  pen.font = `11px ${theme.font}`;
  pen.fillStyle = theme.quiet;
  const step = niceStep(high - low, 6), below = box.y + box.h + 14, left = box.x - 6;
  for (let v = step * Math.floor(low / step + 1); v < high; v += step) { // none on the corners, where it would be cut
    const label = String(Number(v.toFixed(6))).replace("-", "−");
    text(pen, label, scale.x(v), below, "center");
    text(pen, label, left, scale.y(v) + 4, "right");
  }
  text(pen, "x₁", box.x + box.w - 2, below, "right");
  text(pen, "x₂", left, box.y + 10, "right");
}

// the curves

// Returns its scales.
function paintChart(surface, theme, { end, low, high, lines, label, baseline, now }) {
  const pen = surface.begin();
  if (!pen) return null;
  const box = surface.box(6, 8, 20, 40);
  const scale = scales(box, 0, end, low, high);
  pen.font = `11px ${theme.font}`;
  pen.fillStyle = theme.quiet;
  pen.strokeStyle = theme.faint;
  const step = niceStep(high - low, surface.height / 40);
  for (let i = 0; low + i * step < high + step / 2; i++) {
    const y = Math.round(scale.y(low + i * step)) + 0.5;
    level(pen, box, y);
    text(pen, label(low + i * step, step), box.x - 6, y + 3.5, "right");
  }
  paintEpochs(pen, box, scale, end);
  if (baseline > low) paintBaseline(pen, box, Math.round(scale.y(baseline)) + 0.5, baseline, theme);
  for (const line of lines) paintLine(pen, scale, line, now ?? Infinity);
  if (known(now)) {
    pen.strokeStyle = theme.ink;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(Math.round(scale.x(now)) + 0.5, box.y);
    pen.lineTo(Math.round(scale.x(now)) + 0.5, box.y + box.h);
    pen.stroke();
  }
  return scale;
}

// The chart of a loss with tenths as far apart everywhere: 1, 0.1, 0.01.
function inPowers({ lines, high, ...chart }, curve) {
  const positive = [...measured(curve.train_loss), ...measured(curve.test_loss)].filter((loss) => loss > 0);
  const least = Math.floor(Math.log10(Math.max(1e-9, Math.min(high, ...positive))));
  const power = (loss) => Math.log10(Math.max(loss, 10 ** least));
  const label = (tenths) => (Number.isInteger(tenths) ? Number((10 ** tenths).toPrecision(1)).toString().replace("e-", "e−") : "");
  return {
    ...chart, low: least, high: Math.max(least + 1, Math.ceil(Math.log10(high) - 1e-9)), label,
    lines: lines.map((line) => ({ ...line, y: Array.from(line.y, power) })),
  };
}

function paintEpochs(pen, box, scale, end) {
  const step = Math.max(1, niceStep(end, box.w / 70)), y = box.y + box.h + 15;
  text(pen, "epoch", box.x - 8, y, "right");
  for (let epoch = 0; epoch <= end; epoch += step) {
    const half = pen.measureText(whole(epoch)).width / 2;
    text(pen, whole(epoch), Math.min(scale.x(epoch), box.x + box.w + 8 - half), y, "center");
  }
}

function paintBaseline(pen, box, y, baseline, theme) {
  pen.strokeStyle = theme.quiet;
  pen.setLineDash([2, 3]);
  level(pen, box, y);
  pen.setLineDash([]);
  const share = percent(baseline);
  const words = ["always guessing the commonest class: ", "always the commonest class: ", "guessing: ", ""]
    .map((sentence) => sentence + share).find((each) => pen.measureText(each).width < box.w - 8) ?? share;
  const bottom = y < box.y + box.h - 18 ? y + 12 : y - 5; // under the line, as curves run above it, if there is room
  pen.strokeStyle = theme.paper; // a halo, as a line of the grid may run through the words
  pen.lineWidth = 3;
  pen.textAlign = "right";
  pen.strokeText(words, box.x + box.w - 4, bottom);
  text(pen, words, box.x + box.w - 4, bottom, "right");
}

// What came after `now`, where one looks back, is faint.
function paintLine(pen, scale, { x, y, colour, dash }, now) {
  const places = Array.from(x, (epoch, i) => [scale.x(epoch), scale.y(y[i]), epoch]).filter(([, height]) => isFinite(height));
  const until = places.filter(([, , epoch]) => epoch <= now), end = until.at(-1) ?? places[0];
  if (!end) return; // nothing measured yet
  Object.assign(pen, { strokeStyle: colour, fillStyle: colour, lineWidth: 2, lineJoin: "round" });
  pen.setLineDash(dash);
  for (const [part, alpha] of [[places, until.length < places.length ? 0.3 : 0], [until, 1]]) {
    if (!alpha) continue;
    pen.globalAlpha = alpha;
    pen.beginPath();
    for (const [across, height] of part) pen.lineTo(across, height);
    pen.stroke();
  }
  pen.globalAlpha = 1;
  pen.setLineDash([]);
  pen.beginPath();
  pen.arc(end[0], end[1], 3, 0, 7);
  pen.fill();
}

function level(pen, box, y) {
  pen.beginPath();
  pen.moveTo(box.x, y);
  pen.lineTo(box.x + box.w, y);
  pen.stroke();
}

function scales(box, left, right, low, high) {
  return {
    x: (v) => box.x + ((v - left) / (right - left)) * box.w,
    y: (v) => box.y + ((high - v) / (high - low)) * box.h,
  };
}

function niceStep(span, parts) {
  const rough = span / parts;
  const ten = 10 ** Math.floor(Math.log10(rough));
  return ten * ([1, 2, 5].find((times) => times * ten >= rough * 0.999) ?? 10);
}

function text(pen, words, x, y, align) {
  pen.textAlign = align;
  pen.fillText(words, x, y);
}

// the mistakes

// Rows are the true classes, columns what they were taken for.
function confusionRows(classes, counts) {
  const heading = (name, scope) => element("th", { scope }, element("span", {}, name));
  const rows = classes.map((name, t) => element("tr", {}, heading(name, "row"), ...classes.map((_, p) => {
    const count = counts?.[t]?.[p] ?? 0;
    const share = count && Math.sqrt(count / counts[t].reduce((sum, each) => sum + each)); // the root shows the rare
    const tint = !count ? 0 : t === p ? 0.9 * share : Math.min(1, 0.1 + 1.8 * share);
    const cell = element("td", { className: t === p ? "right" : "wrong" }, count ? whole(count) : "");
    cell.classList.toggle("strong", tint > 0.75);
    cell.style.setProperty("--tint", `${Math.round(tint * 100)}%`);
    return cell;
  })));
  return [...rows, element("tr", {}, element("td"), ...classes.map((name) => heading(name, "col")))];
}

function worstMistake(classes, counts) {
  const mistakes = counts.flatMap((row, t) => row.map((count, p) => ({ t, p, count: t === p ? 0 : count })));
  const { t, p, count } = mistakes.reduce((worst, each) => (each.count > worst.count ? each : worst), { count: 0 });
  if (!count) return "no mistake at all";
  return `most often: ${classes[t]} taken for ${classes[p]}, ${count === 1 ? "once" : `${whole(count)} times`}`;
}

// numbers in words; what is not a number is a dash

const known = (number) => typeof number === "number" && isFinite(number);
const whole = (number) => (known(number) ? Math.round(number).toLocaleString("en-GB") : "–");
const measured = (column) => column.filter(Number.isFinite);

function decimals(loss) {
  if (!known(loss) || loss >= 999.5) return loss >= 1e6 ? "> 1,000,000" : whole(loss);
  return loss > 0 && loss < 1e-4 ? "< 0.0001" : loss.toPrecision(3);
}

function percent(share) {
  if (!known(share)) return "–";
  const rounded = (share * 100).toFixed(1);
  return `${rounded === "100.0" && share < 1 ? "99.9" : rounded} %`; // nothing less than all is called all
}

function rate(number) {
  if (!known(number)) return "–";
  return number > 0 && number < 10 ? number.toFixed(1) : whole(Number(number.toPrecision(3)));
}

function duration(seconds) {
  if (!known(seconds)) return "–";
  const left = Math.ceil(seconds), minutes = Math.floor(left / 60);
  if (minutes >= 60) return `${whole(Math.floor(minutes / 60))} h ${minutes % 60} min`;
  return minutes ? `${minutes} min ${left % 60} s` : `${left} s`;
}

function tickLabel(value, step) {
  if (value >= 1e5) return value.toExponential(0).replace("e+", "e");
  return step >= 1 ? whole(value) : value.toFixed(Math.ceil(-Math.log10(step) - 1e-9));
}

function miniLine(header) {
  if (!header) return "";
  const right = percent(header.test_accuracy).replace(/\.\d/, "");
  return `epoch ${whole(header.epoch)} · ${right} of new points right`;
}

// the page and its colours

function write(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function legendItem(name, shape, fill, stroke) {
  const path = `<path d="${shape}" fill="${fill}" stroke="${stroke}" stroke-width=".3"/>`;
  const item = element("span", { innerHTML: `<svg viewBox="-1.6 -1.6 3.2 3.2" aria-hidden="true">${path}</svg>` });
  item.append(name); // as text, never as markup: names are data
  return item;
}

const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

// Whatever way a theme writes its colours, a pixel of them is red, green and blue.
function rgb(colour) {
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

// 256 colours from one through the paper's (128) to the other, as 32 bits of ImageData.
function shadesOf(paper, below, above) {
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const strength = Math.min(1, Math.abs(i - 128) / 127) ** 0.8;
    const [r, g, b] = mix(paper, i < 128 ? below : above, 0.92 * strength);
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
}

const css = (bits) => `rgb(${bits & 255},${(bits >> 8) & 255},${(bits >> 16) & 255})`;

const mix = (from, to, share) => from.map((value, i) => Math.round(value + (to[i] - value) * share));
