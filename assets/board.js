// The painted board: what moves on a page. Frames come over a WebSocket, one for each frame painted, or with the page's
// reruns where there is no socket. A frame's layout is told in lab/painting.py.

// Okabe and Ito's colours, which people with any colour vision can tell apart; on dark paper a little lighter.
const PALETTES = {
  light: ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#c44a00"],
  dark: ["#3d9fe6", "#f0b030", "#1fbd8f", "#e08fbd", "#ef6a2c"],
};
// One shape a class, in a circle of radius 1: circle, square, triangle, diamond, cross.
const SHAPES = [
  "M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z",
  "M-.88-.88H.88V.88H-.88Z",
  "M0-1.15L1.08.8H-1.08Z",
  "M0-1.28L1.1 0L0 1.28L-1.1 0Z",
  "M-.4-1.15H.4V-.4H1.15V.4H.4V1.15H-.4V.4H-1.15V-.4H-.4Z",
];
const STATUS_WORDS = {
  waiting: "Ready", loading: "Loading", running: "Learning", paused: "Paused", unwatched: "Waiting",
  finished: "Finished", diverged: "Diverged", lost: "Lost",
};
const LAST_STATUSES = ["finished", "diverged", "lost"];
const FIRST_OPEN_MS = 4000, FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 5000, SPOKEN_EVERY_MS = 1000;
const UNKNOWN_RUN = 4404, FORBIDDEN = 4403;
const CANVASES = ["plane", "loss", "accuracy"];
const MARGIN = { left: 40, right: 8, top: 6, bottom: 20 };

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
  // Streamlit also cleans up after calls that a newer rerun has overtaken, while the board stays on the page
  return () => {
    if (root.isConnected) return;
    board.close();
    boards.delete(parentElement);
  };
}

class Board {
  constructor(root) {
    this.root = root;
    this.parts = {};
    for (const part of root.querySelectorAll("[data-part]")) this.parts[part.dataset.part] = part;
    this.surfaces = Object.fromEntries(CANVASES.map((name) => [name, new Surface(this.parts[name])]));
    this.data = {};
    this.frames = 0;
    this.forget();
    this.repaint = () => this.paint();
    this.sizes = new ResizeObserver((entries) => this.resize(entries));
    for (const surface of Object.values(this.surfaces)) this.sizes.observe(surface.canvas);
    this.visibility = () => !document.hidden && this.socket?.payDebt();
    document.addEventListener("visibilitychange", this.visibility);
    window.addEventListener("resize", this.repaint); // a zoom or another screen changes only the pixel ratio
    document.fonts?.ready.then(this.repaint);
  }

  close() {
    this.closed = true;
    this.disconnect();
    this.sizes.disconnect();
    document.removeEventListener("visibilitychange", this.visibility);
    window.removeEventListener("resize", this.repaint);
  }

  // What belongs to one run.
  forget() {
    this.frame = this.waiting = this.fault = this.seenId = null;
    this.peak = 0;
    this.spoken = -Infinity;
    this.spokenStatus = null;
  }

  update({ data, setStateValue, setTriggerValue }) {
    Object.assign(this, { setStateValue, setTriggerValue });
    const old = this.data;
    this.data = data;
    const changed = (...names) => names.some((name) => JSON.stringify(old[name]) !== JSON.stringify(data[name]));
    if (changed("layout")) this.lay();
    if (changed("token", "layout")) this.forget();
    if (changed("points")) this.points = decodePoints(data.points);
    if (changed("points", "classes", "show_test", "layout")) this.theme = null; // what depends on them is made with it
    if (changed("token", "path")) this.reconnect();
    if (!data.path && data.frame && this.seenId !== data.frame_id) {
      this.seenId = data.frame_id;
      this.mark("connection", "fragment");
      this.receive(decodeBase64(data.frame).buffer);
    }
    this.paint(); // also when only the theme has changed
  }

  lay() {
    this.root.dataset.layout = this.data.layout;
    const counters = COUNTERS[this.data.layout] ?? [];
    this.values = counters.map(([label]) => {
      const box = element("div", {}, element("dt", {}, label), element("dd", {}, "–"));
      return [box, box.lastChild];
    });
    this.parts.counters.replaceChildren(...this.values.map(([box]) => box));
  }

  // the way in

  reconnect() {
    this.disconnect();
    const { path, token } = this.data;
    this.mark("connection", "none");
    if (!path || !token) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new Socket(`${scheme}//${location.host}${path}/${encodeURIComponent(token)}`, {
      frame: (buffer) => this.receive(buffer),
      open: () => { this.mark("connection", "socket"); this.report(null); },
      broken: () => { this.mark("connection", "none"); this.report("The connection was interrupted. Trying again …"); },
      refused: (reason) => {
        this.mark("connection", "none");
        this.refused = true;
        this.report(reason || "This run is not there any more.");
      },
      hopeless: () => this.setStateValue("fallback", true),
    });
  }

  disconnect() {
    this.socket?.close();
    this.socket = null;
    this.refused = false;
  }

  report(sentence) {
    this.fault = sentence;
    this.writeStatus();
  }

  receive(buffer) {
    this.waiting = buffer;
    this.asked ||= requestAnimationFrame(() => { this.asked = 0; this.show(); });
  }

  // In an animation frame, which a hidden tab does not get: so it asks for nothing.
  show() {
    if (this.closed || !this.waiting) return;
    const buffer = this.waiting;
    this.waiting = null;
    try {
      this.frame = parseFrame(buffer);
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

  // what is to be seen

  resize(entries) {
    for (const { target, contentRect: { width, height } } of entries) {
      Object.assign(this.surfaces[target.dataset.part], { width, height });
    }
    this.cloud = null;
    this.paint(); // at once, in the same frame: a canvas is empty after it has got a new size
  }

  paint() {
    if (this.closed || !this.data.layout) return;
    this.readTheme();
    const { layout } = this.data;
    if (layout !== "images") this.paintPlane();
    if (layout !== "mini") this.paintCharts();
    this.write();
  }

  readTheme() {
    const style = getComputedStyle(this.root);
    const names = ["text-color", "background-color", "secondary-background-color", "primary-color", "border-color", "font"];
    const values = names.map((name) => style.getPropertyValue(`--st-${name}`));
    const key = values.join() + devicePixelRatio;
    if (key === this.theme?.key) return;
    const fallbacks = ["#31333f", "#ffffff", "#f0f2f6", "#0072b2", "#d5dbe3", "sans-serif"];
    const [ink, paper, panel, accent, rule, font] = values.map((value, i) => value || fallbacks[i]);
    const [inkRgb, paperRgb] = [rgb(ink), rgb(paper)];
    const dark = luminance(paperRgb) < 0.5;
    const palette = PALETTES[dark ? "dark" : "light"];
    const inked = (share) => css(mix(paperRgb, inkRgb, share));
    this.theme = {
      key, paper, panel, accent, rule, font, palette, quiet: inked(0.72), faint: inked(dark ? 0.22 : 0.14), edge: inked(0.75),
      fills: boundaryColours(palette, paperRgb, dark ? 0.58 : 0.52),
    };
    this.root.style.setProperty("--right", palette[0]);
    this.root.style.setProperty("--wrong", palette[4]);
    this.cloud = null;
    this.writeLegend();
  }

  paintPlane() {
    const { plane } = this.surfaces;
    const pen = plane.begin();
    if (!pen) return;
    const { theme, frame, data } = this;
    const bare = data.layout === "mini";
    const { low, high } = { low: -6, high: 6, ...(frame?.header) };
    const box = bare ? { x: 0, y: 0, w: plane.width, h: plane.height }
      : { x: 24, y: 4, w: plane.width - 28, h: plane.height - 24 };
    const scale = { x: (v) => box.x + ((v - low) / (high - low)) * box.w, y: (v) => box.y + ((high - v) / (high - low)) * box.h };
    pen.fillStyle = theme.panel;
    if (frame?.size) {
      paintBoundary(pen, box, frame, theme);
    } else {
      pen.fillRect(box.x, box.y, box.w, box.h);
    }
    if (this.cloudRange !== `${low},${high}`) this.cloud = null;
    this.cloudRange = `${low},${high}`;
    this.cloud ??= drawPoints(plane, scale, this.points, data, theme);
    pen.drawImage(this.cloud, 0, 0, plane.width, plane.height);
    pen.strokeStyle = theme.rule;
    pen.lineWidth = 1;
    pen.strokeRect(box.x + 0.5, box.y + 0.5, box.w - 1, box.h - 1);
    if (!bare) paintPlaneTicks(pen, box, scale, low, high, theme);
  }

  paintCharts() {
    const { frame, theme, data } = this;
    const header = frame?.header ?? { baseline: null, epochs: null };
    const curve = frame?.curve ?? { epoch: [], train_loss: [], test_loss: [], train_accuracy: [], test_accuracy: [] };
    const last = curve.epoch.length ? curve.epoch[curve.epoch.length - 1] : 0;
    // a whole plan is shown where it is short; where it is hundreds of epochs the axis grows with the curve
    const end = Math.max(data.layout === "images" ? header.epochs ?? last : last, last, 1);
    const pair = (what) => [
      { x: curve.epoch, y: curve[`train_${what}`], colour: theme.quiet, dash: [] },
      { x: curve.epoch, y: curve[`test_${what}`], colour: theme.accent, dash: [6, 3] },
    ];
    // the peak is kept, as the server thins the curve and may leave it out of a later frame
    this.peak = Math.max(this.peak, greatest(curve.train_loss), greatest(curve.test_loss));
    paintChart(this.surfaces.loss, theme, { end, low: 0, high: this.peak || 1, series: pair("loss"), label: tickLabel, open: true });
    // where ten classes make guessing hard, the axis begins below the lowest of all and not at 0
    const least = data.layout === "images" ? Math.min(header.baseline ?? 0, lowest(curve.train_accuracy), lowest(curve.test_accuracy)) : 0;
    paintChart(this.surfaces.accuracy, theme, {
      end, low: Math.floor(least * 5 + 1e-6) / 5, high: 1, series: pair("accuracy"), label: (v) => `${Math.round(v * 100)} %`,
      baseline: header.baseline,
    });
  }

  writeConfusion(counts) {
    const { classes = [] } = this.data;
    const key = JSON.stringify([counts, classes]);
    if (key === this.confusionShown) return;
    this.confusionShown = key;
    const { confusion, mistake } = this.parts;
    confusion.dataset.names = classes.some((name) => name.length > 3) ? "long" : "short";
    confusion.replaceChildren(...confusionRows(classes, counts));
    write(mistake, counts ? worstMistake(counts, classes) ?? "no mistake at all" : "filled in after the first test");
  }

  // words and numbers

  write() {
    const header = this.frame?.header ?? null;
    const { layout, hint } = this.data;
    const shownHint = header ? "" : this.fault ?? hint ?? "";
    write(this.parts.hint, shownHint);
    write(this.parts.chartHint, shownHint);
    (COUNTERS[layout] ?? []).forEach(([, value], i) => write(this.values[i][1], (header && value(header)) ?? "–"));
    for (const [mark, name] of Object.entries(MARKS)) this.mark(mark, header?.[name] ?? "");
    write(this.parts.facts, header?.units ? `${header.units} · ${whole(header.parameters)} parameters` : "");
    if (layout === "images") {
      this.writeProgress(header);
      this.writeConfusion(header?.confusion ?? null);
    }
    if (layout === "mini") write(this.parts.line, this.fault ?? header?.message ?? miniLine(header));
    this.writeStatus();
    this.speak(header);
  }

  writeStatus() {
    const status = this.refused ? "lost" : this.frame?.header.status ?? "waiting";
    this.mark("status", status);
    const connecting = status === "waiting" && this.socket;
    write(this.parts.chip, connecting ? "Connecting" : STATUS_WORDS[status] ?? status);
    write(this.parts.message, this.fault ?? this.frame?.header.message ?? "");
  }

  writeProgress(header) {
    const { epoch = 0, epochs, batch = 0, batches } = header ?? {};
    const done = epochs ? Math.min((epoch + (batches ? batch / batches : 0)) / epochs, 1) : 0;
    if (done === this.done) return;
    this.done = done;
    this.parts.progress.style.transform = `scaleX(${done})`;
    this.parts.progress.parentElement.setAttribute("aria-valuenow", Math.round(done * 100));
  }

  writeLegend() {
    const { classes = [], show_test } = this.data;
    const { palette, paper, edge } = this.theme;
    const items = classes.map((name, c) => legendItem(name, SHAPES[c % SHAPES.length], palette[c % palette.length], paper));
    if (show_test && this.data.points) items.push(legendItem("hollow: new points, never trained on", SHAPES[0], "none", edge));
    this.parts.legend.replaceChildren(...items);
  }

  // The pictures in words, at most once a second, and once more when the run ends.
  speak(header) {
    const now = performance.now();
    if (!header || (now - this.spoken < SPOKEN_EVERY_MS && header.status === this.spokenStatus)) return;
    this.spoken = now;
    this.spokenStatus = header.status;
    const { plane, loss, accuracy } = this.parts;
    plane.setAttribute("aria-label", `Decision boundary, epoch ${header.epoch}, test accuracy ${percent(header.test_accuracy)}`);
    loss.setAttribute("aria-label", `Loss after ${header.epoch} epochs: train ${decimals(header.train_loss)}, test ${decimals(header.test_loss)}`);
    accuracy.setAttribute("aria-label", `Accuracy after ${header.epoch} epochs: train ${percent(header.train_accuracy)}, test ${percent(header.test_accuracy)}`);
  }

  mark(name, value) {
    if (this.root.dataset[name] !== String(value)) this.root.dataset[name] = value;
  }
}

const MARKS = { epoch: "epoch", step: "step", testLoss: "test_loss", trainLoss: "train_loss", testAccuracy: "test_accuracy" };

// the numbers of each layout: label and text, from a frame's header
const COUNTERS = {
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
};

// One connection: a credit ("ready") for each frame painted, and patience when it breaks.
class Socket {
  constructor(url, hooks) {
    Object.assign(this, { url, hooks, failures: 0, owed: false, closed: false });
    if (!everOpened) this.patience = setTimeout(() => !everOpened && this.giveUp(), FIRST_OPEN_MS);
    this.connect();
  }

  connect() {
    let socket;
    try {
      socket = new WebSocket(this.url);
    } catch {
      return this.giveUp();
    }
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { everOpened = true; this.hooks.open(); this.ask(); };
    socket.onmessage = ({ data }) => {
      this.failures = 0; // not on opening, or a server that opens and closes at once would be asked twice a second
      if (data instanceof ArrayBuffer) this.hooks.frame(data);
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
    this.retry = setTimeout(() => this.connect(), Math.min(FIRST_WAIT_MS * 2 ** (this.failures - 1), LONGEST_WAIT_MS));
  }

  ask() {
    this.owed = document.hidden;
    if (!this.owed && this.socket.readyState === WebSocket.OPEN) this.socket.send("ready");
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
    this.socket?.close();
  }
}

// A canvas, its size on the page and a pen in that size's units.
class Surface {
  constructor(canvas, width = canvas.clientWidth, height = canvas.clientHeight) {
    Object.assign(this, { canvas, pen: canvas.getContext("2d"), width, height });
  }

  // The pen on an empty surface, or null while the surface is not to be seen.
  begin() {
    const { canvas, pen, width, height } = this;
    if (!width || !height) return null;
    const wide = Math.round(width * devicePixelRatio), tall = Math.round(height * devicePixelRatio);
    if (canvas.width !== wide || canvas.height !== tall) Object.assign(canvas, { width: wide, height: tall });
    pen.setTransform(wide / width, 0, 0, tall / height, 0, 0);
    pen.clearRect(0, 0, width, height);
    return pen;
  }
}

// reading

function decodeBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function decodePoints(text) {
  const rows = text ? new Float32Array(decodeBase64(text).buffer) : [];
  return Array.from({ length: rows.length / 4 }, (_, i) => rows.slice(4 * i, 4 * i + 4));
}

function parseFrame(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const { curve: n, grid: size } = header;
  if (!Number.isInteger(n) || !Number.isInteger(size)) throw new Error("it does not tell its size");
  let at = 4 + length;
  const curve = {};
  for (const column of ["epoch", "train_loss", "test_loss", "train_accuracy", "test_accuracy"]) {
    curve[column] = new Float32Array(buffer, at, n);
    at += 4 * n;
  }
  const winner = new Uint8Array(buffer, at, size * size);
  const sure = new Uint8Array(buffer, at + size * size, size * size);
  return { header, curve, size, winner, sure };
}

// the plane

// For each class 256 colours, from the paper (undecided) to the class's own (sure), as ImageData's 32 bits want them.
function boundaryColours(palette, paper, most) {
  const colours = new Uint32Array(palette.length * 256);
  palette.forEach((name, c) => {
    const full = rgb(name);
    for (let sure = 0; sure < 256; sure++) {
      const [r, g, b] = mix(paper, full, most * (0.14 + (0.86 * sure) / 255));
      colours[c * 256 + sure] = (255 << 24) | (b << 16) | (g << 8) | r;
    }
  });
  return colours;
}

const small = { canvas: document.createElement("canvas"), image: null };

function paintBoundary(pen, box, frame, theme) {
  const { size, winner, sure } = frame;
  if (small.image?.width !== size) {
    small.canvas.width = small.canvas.height = size;
    small.pen = small.canvas.getContext("2d");
    small.image = small.pen.createImageData(size, size);
    small.pixels = new Uint32Array(small.image.data.buffer);
  }
  const classes = theme.palette.length;
  for (let i = 0; i < winner.length; i++) small.pixels[i] = theme.fills[(winner[i] % classes) * 256 + sure[i]];
  small.pen.putImageData(small.image, 0, 0);
  // the outermost samples lie on the edge of the plane, so half a sample hangs over on each side
  const step = { x: box.w / (size - 1), y: box.h / (size - 1) };
  pen.save();
  pen.beginPath();
  pen.rect(box.x, box.y, box.w, box.h);
  pen.clip();
  pen.imageSmoothingEnabled = true;
  pen.drawImage(small.canvas, box.x - step.x / 2, box.y - step.y / 2, size * step.x, size * step.y);
  paintBorders(pen, box, step, frame, theme);
  pen.restore();
}

// A thin line where the winning class changes: marching squares, crossing each edge where the two certainties balance.
function paintBorders(pen, box, step, { size, winner, sure }, theme) {
  pen.beginPath();
  const found = new Float64Array(8);
  for (let row = 0; row + 1 < size; row++) {
    for (let column = 0; column + 1 < size; column++) {
      const a = row * size + column, b = a + 1, c = a + size, d = c + 1;
      if (winner[a] === winner[b] && winner[a] === winner[c] && winner[a] === winner[d]) continue;
      const x = box.x + column * step.x, y = box.y + row * step.y;
      let n = 0;
      if (winner[a] !== winner[b]) { found[n++] = x + step.x * crossing(sure[a], sure[b]); found[n++] = y; }
      if (winner[c] !== winner[d]) { found[n++] = x + step.x * crossing(sure[c], sure[d]); found[n++] = y + step.y; }
      if (winner[a] !== winner[c]) { found[n++] = x; found[n++] = y + step.y * crossing(sure[a], sure[c]); }
      if (winner[b] !== winner[d]) { found[n++] = x + step.x; found[n++] = y + step.y * crossing(sure[b], sure[d]); }
      joinCrossings(pen, found, n);
    }
  }
  pen.strokeStyle = theme.edge;
  pen.lineWidth = 1.2;
  pen.stroke();
}

function crossing(one, other) {
  return (one + 0.5) / (one + other + 1); // certainties come rounded down
}

// Two crossings are one line; three or four classes or lines meet in their middle.
function joinCrossings(pen, found, n) {
  if (n === 4) {
    pen.moveTo(found[0], found[1]);
    pen.lineTo(found[2], found[3]);
    return;
  }
  let x = 0, y = 0;
  for (let i = 0; i < n; i += 2) { x += (2 * found[i]) / n; y += (2 * found[i + 1]) / n; }
  for (let i = 0; i < n; i += 2) { pen.moveTo(found[i], found[i + 1]); pen.lineTo(x, y); }
}

// All points on a canvas of their own: they never move, so they are drawn once and then only copied.
function drawPoints(plane, scale, points, data, theme) {
  const canvas = document.createElement("canvas");
  const pen = new Surface(canvas, plane.width, plane.height).begin();
  const shapes = SHAPES.map((shape) => new Path2D(shape));
  const radius = Math.max(2.6, Math.min(4.6, plane.width / 110)) * (points.length > 800 ? 0.75 : 1);
  const [left, top] = [pen.getTransform().a, pen.getTransform().d];
  for (const [x, y, kind, test] of [...points].sort((p, q) => p[3] - q[3])) {
    if (test && !data.show_test) continue;
    const colour = theme.palette[kind % theme.palette.length];
    pen.setTransform(left * radius, 0, 0, top * radius, left * scale.x(x), top * scale.y(y));
    pen.fillStyle = test ? theme.paper : colour;
    pen.strokeStyle = test ? colour : theme.paper;
    pen.lineWidth = (test ? 1.5 : 1) / radius;
    pen.fill(shapes[kind % shapes.length]);
    pen.stroke(shapes[kind % shapes.length]);
  }
  return canvas;
}

function paintPlaneTicks(pen, box, scale, low, high, theme) {
  pen.font = `11px ${theme.font}`;
  pen.fillStyle = theme.quiet;
  const step = niceStep(high - low, 6);
  for (let v = Math.ceil(low / step) * step; v <= high; v += step) {
    const inside = Math.abs(v - low) > 1e-6 && Math.abs(v - high) > 1e-6;
    if (!inside) continue; // a label on the corner would be cut
    text(pen, minus(v), scale.x(v), box.y + box.h + 14, "center");
    text(pen, minus(v), box.x - 6, scale.y(v) + 4, "right");
  }
  text(pen, "x₁", box.x + box.w - 2, box.y + box.h + 14, "right");
  text(pen, "x₂", box.x - 6, box.y + 10, "right");
}

// the curves

function paintChart(surface, theme, { end, low, high, series, label, baseline, open = false }) {
  const pen = surface.begin();
  if (!pen) return;
  const box = { x: MARGIN.left, y: MARGIN.top, w: surface.width - MARGIN.left - MARGIN.right, h: surface.height - MARGIN.top - MARGIN.bottom };
  const step = niceStep(high - low, Math.max(2, box.h / 34));
  const top = open ? Math.ceil(high / step - 1e-6) * step : high;
  const scale = { x: (v) => box.x + (v / end) * box.w, y: (v) => box.y + box.h - ((v - low) / (top - low)) * box.h };
  pen.font = `11px ${theme.font}`;
  pen.lineWidth = 1;
  paintYAxis(pen, box, scale, theme, low, top, step, label);
  paintXAxis(pen, box, scale, theme, end);
  if (baseline > low) paintBaseline(pen, box, scale, theme, baseline, series);
  for (const line of series) paintLine(pen, scale, line);
}

function paintYAxis(pen, box, scale, theme, low, top, step, label) {
  pen.strokeStyle = theme.faint;
  pen.fillStyle = theme.quiet;
  pen.beginPath();
  for (let i = 0; low + i * step <= top + step / 1e3; i++) {
    const y = Math.round(scale.y(low + i * step)) + 0.5;
    pen.moveTo(box.x, y);
    pen.lineTo(box.x + box.w, y);
    text(pen, label(low + i * step, step), box.x - 6, y + 3.5, "right");
  }
  pen.stroke();
}

function paintXAxis(pen, box, scale, theme, end) {
  const step = Math.max(1, niceStep(end, box.w / 70));
  const y = box.y + box.h + 15;
  for (let v = 0; v <= end; v += step) {
    const wide = pen.measureText(whole(v)).width / 2;
    text(pen, whole(v), Math.min(scale.x(v), box.x + box.w + MARGIN.right - wide), y, "center");
  }
  text(pen, "epoch", box.x - 8, y, "right");
}

function paintBaseline(pen, box, scale, theme, baseline) {
  const y = Math.round(scale.y(baseline)) + 0.5;
  pen.strokeStyle = theme.quiet;
  pen.setLineDash([2, 3]);
  pen.beginPath();
  pen.moveTo(box.x, y);
  pen.lineTo(box.x + box.w, y);
  pen.stroke();
  pen.setLineDash([]);
  const share = `${Math.round(baseline * 100)} %`;
  const words = [`always guessing the commonest class: ${share}`, `always the commonest class: ${share}`, `mere guessing: ${share}`];
  const fitting = words.find((sentence) => pen.measureText(sentence).width < box.w - 8) ?? share;
  const below = box.y + box.h - y > 18; // curves run above the line, so its label stands below, if there is room
  pen.strokeStyle = theme.paper; // a halo, as the words may stand on a line of the grid
  pen.lineWidth = 3;
  pen.textAlign = "right";
  pen.strokeText(fitting, box.x + box.w - 4, below ? y + 12 : y - 5);
  text(pen, fitting, box.x + box.w - 4, below ? y + 12 : y - 5, "right");
}

function paintLine(pen, scale, { x, y, colour, dash }) {
  pen.beginPath();
  let at = null;
  for (let i = 0; i < x.length; i++) {
    if (!isFinite(y[i])) continue; // not measured there
    at = [scale.x(x[i]), scale.y(y[i])];
    pen.lineTo(at[0], at[1]);
  }
  if (!at) return;
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
  pen.beginPath();
  pen.arc(at[0], at[1], 3, 0, 7);
  pen.fill();
}

// the mistakes

// Rows are the true classes, columns what they were taken for. The square root makes a few mistakes among hundreds of
// right answers visible.
function confusionRows(classes, counts) {
  const names = classes.map((name) => element("th", { scope: "col" }, element("span", {}, name)));
  const rows = classes.map((name, t) => {
    const total = counts?.[t].reduce((sum, count) => sum + count, 0) || 1;
    const cells = classes.map((_, p) => {
      const count = counts?.[t][p] ?? 0;
      const share = Math.sqrt(count / total);
      const tint = !count ? 0 : t === p ? 0.9 * share : Math.min(1, 0.1 + 1.8 * share);
      const cell = element("td", { className: `${t === p ? "right" : "wrong"} ${tint > 0.75 ? "strong" : ""}` }, count ? whole(count) : "");
      cell.style.setProperty("--tint", `${Math.round(tint * 100)}%`);
      return cell;
    });
    return element("tr", {}, element("th", { scope: "row" }, element("span", {}, name)), ...cells);
  });
  return [...rows, element("tr", {}, element("td"), ...names)];
}

function worstMistake(counts, classes) {
  let worst = null;
  counts.forEach((row, t) => row.forEach((count, p) => {
    if (t !== p && count > (worst?.count ?? 0)) worst = { t, p, count };
  }));
  const { t, p, count } = worst ?? {};
  return worst && `most often: ${classes[t]} taken for ${classes[p]}, ${count === 1 ? "once" : `${whole(count)} times`}`;
}

// numbers in words

const given = (number) => number !== null && number !== undefined && isFinite(number);
const whole = (number) => (given(number) ? Math.round(number).toLocaleString("en-GB") : "–");
const minus = (number) => String(number).replace("-", "−");

function decimals(loss) {
  if (!given(loss)) return "–";
  if (loss >= 1e6) return "over a million";
  if (loss >= 1000) return whole(loss);
  return loss > 0 && loss < 1e-4 ? "< 0.0001" : loss.toPrecision(3);
}

function percent(share) {
  if (!given(share)) return "–";
  const rounded = (share * 100).toFixed(1);
  return `${rounded === "100.0" && share < 1 ? "99.9" : rounded} %`; // all right is said of nothing less
}

function rate(number) {
  return given(number) && number > 0 && number < 10 ? number.toFixed(1) : whole(Number(given(number) ? number.toPrecision(3) : NaN));
}

function duration(seconds) {
  if (!given(seconds)) return "–";
  const left = Math.ceil(seconds);
  if (left < 60) return `${left} s`;
  return left < 3600 ? `${Math.floor(left / 60)} min ${left % 60} s` : `${Math.floor(left / 3600)} h ${Math.round((left % 3600) / 60)} min`;
}

function tickLabel(value, step) {
  if (value >= 1e5) return value.toExponential(0).replace("e+", "e");
  return step >= 1 ? whole(value) : value.toFixed(Math.ceil(-Math.log10(step) - 1e-9));
}

function miniLine(header) {
  if (!header) return "";
  const right = given(header.test_accuracy) ? ` · ${Math.floor(header.test_accuracy * 100 + 0.5)} % of new points right` : "";
  return `epoch ${whole(header.epoch)}${right}`;
}

function niceStep(span, parts) {
  const rough = span / parts || 1;
  const ten = 10 ** Math.floor(Math.log10(rough));
  return ten * ([1, 2, 5].find((m) => m * ten >= rough * 0.999) ?? 10);
}

// of the numbers of a column that were measured
const greatest = (column) => Math.max(0, ...column.filter(Number.isFinite));
const lowest = (column) => Math.min(1, ...column.filter(Number.isFinite));

// the page

function write(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

function element(tag, attributes, ...children) {
  const node = Object.assign(document.createElement(tag), attributes);
  node.append(...children);
  return node;
}

function legendItem(name, shape, fill, stroke) {
  const item = element("span", {
    innerHTML: `<svg viewBox="-1.6 -1.6 3.2 3.2" aria-hidden="true"><path d="${shape}" fill="${fill}" stroke="${stroke}" stroke-width=".3"/></svg>`,
  });
  item.append(name); // as text: a class's name is data
  return item;
}

function text(pen, words, x, y, align) {
  pen.textAlign = align;
  pen.fillText(words, x, y);
}

// colours

const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

function rgb(colour) {
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

const mix = (from, to, share) => from.map((value, i) => Math.round(value + (to[i] - value) * share));
const css = (colour) => `rgb(${colour.join()})`;
const luminance = ([r, g, b]) => (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
