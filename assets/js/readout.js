// What a frame says in words and numbers: status, advice, counters, time, and for tests and screen
// readers what the pictures show.

import { element, write } from "./dom.js";
import { Advice } from "./advice.js";
import { showOneOfTwo } from "./keys.js";
import { decimals, duration, known, percent, rate, whole, wholePercent } from "./words.js";

const STATUS_WORDS = {
  waiting: "Ready",
  loading: "Loading",
  queued: "In the queue",
  running: "Learning",
  paused: "Paused",
  unwatched: "Waiting",
  finished: "Finished",
  diverged: "Diverged",
  lost: "Lost",
};

// What a run at work does instead of learning, by its worst trouble.
const FAILING = {
  diverged: "Getting worse",
  "large rate": "Stuck",
  plateau: "Stuck",
  "one answer": "Stuck",
  "dead units": "Stuck",
  "saturated units": "Stuck",
  "over-fitting": "Memorising",
};

// Label and text, from a frame's header.
const COUNTERS = {
  points: [
    ["Epoch", (header) => whole(header.epoch)],
    ["Test accuracy", (header) => percent(header.test_accuracy)],
    ["Train loss", (header) => decimals(header.train_loss)],
    ["Test loss", (header) => decimals(header.test_loss)],
    ["Steps", (header) => whole(header.step)],
    ["Steps a second", (header) => rate(header.steps_per_second)],
  ],
  images: [
    ["Epoch", ({ epoch, epochs }) => whole(epoch) + (epochs ? ` of ${whole(epochs)}` : "")],
    ["Step", (header) => whole(header.step)],
    ["Pictures a second", (header) => rate(header.samples_per_second)],
    ["Test accuracy", (header) => percent(header.test_accuracy)],
    ["Test loss", (header) => decimals(header.test_loss)],
    ["Time left", (header) => duration(header.seconds_left)],
  ],
  mini: [],
};

// For tests: attribute of the root element, name in the header.
const MARKS = {
  epoch: "epoch",
  step: "step",
  trainLoss: "train_loss",
  testLoss: "test_loss",
  testAccuracy: "test_accuracy",
};

const DESCRIBE_EVERY_MS = 1000;
const FEW = "What it says to the same few test pictures, all the while";
const FEW_LABEL = "Test pictures, and what the network takes them for";

export class Readout {
  constructor(board) {
    this.board = board;
    this.advice = new Advice(board);
  }

  // Forgets what belongs to one run.
  reset() {
    this.describedStatus = null;
  }

  layOut() {
    const { root, parts, data: { layout } } = this.board;
    root.dataset.layout = layout;
    const counters = COUNTERS[layout];
    this.values = counters.map(() => element("dd", {}, "–"));
    const boxes = counters.map(([label], i) =>
      element("div", {}, element("dt", {}, this.withScore(label)), this.values[i]),
    );
    write(parts.score, this.withScore("Accuracy"));
    for (const key of root.querySelectorAll(".key.test")) write(key, this.withScore("test"));
    write(parts.fewTitle, this.withScore(FEW));
    parts.few.setAttribute("aria-label", this.withScore(FEW_LABEL));
    parts.counters.replaceChildren(...boxes);
  }

  // "Test accuracy" under the name that it has here: for numbers instead of classes it is R², and a
  // run that keeps a validation set is watched by that.
  withScore(text) {
    const { score, held } = this.board.data;
    const scored = score && score !== "accuracy" ? text.replace(/accuracy/i, score) : text;
    if (held !== "validation") return scored;
    return scored.replace("test", held).replace("Test", "Validation");
  }

  // `trouble` is a sentence about the connection; a run that was refused is lost.
  write(header, { trouble, refused }) {
    const { board } = this;
    const { parts, data: { layout, hint, cost } } = board;
    this.writeStatus(header, refused ? "lost" : header?.status ?? "waiting");
    write(parts.message, trouble ?? header?.message ?? "");
    this.advice.write(trouble ? null : header?.advice);
    const facts = [header?.units, `${whole(header?.parameters ?? 0)} parameters`, cost];
    write(parts.facts, header?.units ? facts.filter(Boolean).join(" · ") : "");
    for (const part of [parts.hint, parts.chartHint]) {
      write(part, header || trouble ? "" : hint ?? "");
    }
    COUNTERS[layout].forEach(([, text], i) => write(this.values[i], header ? text(header) : "–"));
    if (layout === "points") this.writeTime(header);
    if (layout === "mini") write(parts.line, trouble ?? header?.message ?? summaryLine(header));
    if (layout === "images") this.writeProgress(header ?? {});
    if (header) this.describe(header);
  }

  writeStatus(header, status) {
    const { board } = this;
    board.mark("status", status);
    showOneOfTwo(board, status);
    for (const [name, key] of Object.entries(MARKS)) board.mark(name, header?.[key] ?? "");
    const atWork = status === "running";
    const failing = atWork && FAILING[header.advice?.trouble[0]];
    const solved = (atWork || status === "paused") && header.solved;
    board.root.toggleAttribute("data-failing", Boolean(failing));
    board.root.toggleAttribute("data-solved", solved);
    const word = failing || (solved ? "Solved" : STATUS_WORDS[status] ?? status);
    write(board.parts.chip, status === "waiting" && board.socket ? "Connecting" : word);
  }

  writeTime(header) {
    const { root, parts: { time, toNow, moment, past } } = this.board;
    const last = Math.max(0, (header?.snapshots ?? 0) - 1);
    const back = known(header?.at);
    past.hidden = last < 1;
    if (time.max !== String(last)) time.max = last;
    const held = root.getRootNode().activeElement === time;
    if (!held || !back) time.value = back ? header.at : last;
    // its room is kept, so that the track does not move under the hand
    toNow.style.visibility = back ? "" : "hidden";
    write(moment, back ? `step ${whole(header.step)}` : "now");
    time.setAttribute("aria-valuetext", back ? `after step ${whole(header.step)}` : "now");
  }

  writeProgress({ epoch = 0, epochs, batch = 0, batches = 1 }) {
    const share = epochs ? Math.min(1, (epoch + batch / batches) / epochs) : 0;
    if (share === this.progress) return;
    this.progress = share;
    const { progress } = this.board.parts;
    progress.style.transform = `scaleX(${share})`;
    progress.parentElement.setAttribute("aria-valuenow", Math.round(share * 100));
  }

  // The pictures in words, at most once a second, and at once when the status changes.
  describe(header) {
    const { status, epoch, train_loss: trainLoss, test_loss: testLoss } = header;
    const now = performance.now();
    const soon = now - this.described < DESCRIBE_EVERY_MS;
    if (status === this.describedStatus && soon) return;
    Object.assign(this, { described: now, describedStatus: status });
    const { parts, data: { layout } } = this.board;
    if (layout === "points") write(parts.summary, this.summary(header));
    const label = (part, text) => parts[part].setAttribute("aria-label", text);
    const train = percent(header.train_accuracy);
    const test = percent(header.test_accuracy);
    const boundary = `Decision boundary, epoch ${epoch}, test accuracy ${test}`;
    label("plane", this.withScore(boundary));
    const losses = `train ${decimals(trainLoss)}, test ${decimals(testLoss)}`;
    label("loss", `Loss, epoch ${epoch}: ${this.withScore(losses)}`);
    const accuracies = `Accuracy, epoch ${epoch}: train ${train}, test ${test}`;
    label("accuracy", this.withScore(accuracies));
  }

  // What the plane shows, as a line of text.
  summary({ tests, test_loss: loss, test_accuracy: accuracy }) {
    if (!known(loss)) return "";
    const wrong = Math.round((1 - accuracy) * tests);
    const mistakes = `${wrong ? whole(wrong) : "none"} of ${whole(tests)} new points wrong`;
    const classes = this.withScore("accuracy") === "accuracy";
    return `Test loss ${decimals(loss)}, ${classes ? mistakes : `R² ${percent(accuracy)}`}.`;
  }
}

function summaryLine(header) {
  if (!header) return "";
  const share = wholePercent(header.test_accuracy);
  return `epoch ${whole(header.epoch)} · ${share} of new points right`;
}
