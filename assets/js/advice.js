// What to do about the worst trouble, and its button; one that was pressed offers to take back what
// it has changed.

import { write } from "./dom.js";
import { undo } from "./keys.js";

const OFFERED_MS = 30_000; // for which it can be taken back here; Back goes on doing it

const changes = () => window.history.state?.changes ?? 0;

export class Advice {
  constructor(board) {
    this.board = board;
  }

  write(advice) {
    const { parts } = this.board;
    this.now = advice;
    const { followed } = this;
    // the change itself is a step on the way back, a further one is something else
    if (followed && (performance.now() > followed.until || changes() > followed.changes + 1)) {
      this.followed = null;
    }
    const back = !advice && this.followed;
    write(parts.advice, advice?.sentence ?? (back ? `Done: ${back.label.toLowerCase()}.` : ""));
    parts.adviceButton.hidden = !advice && !back;
    if (advice || back) write(parts.adviceButton, advice?.label ?? "Take it back");
  }

  press() {
    const { now, board } = this;
    if (now) {
      const until = performance.now() + OFFERED_MS;
      this.followed = { label: now.label, changes: changes(), until };
      board.setTriggerValue("advice", now.trouble);
      return;
    }
    this.followed = null;
    undo();
    this.write(null);
  }
}
