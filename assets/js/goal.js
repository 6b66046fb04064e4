// A goal that somebody set with the link: whether the run has reached it, and the best that this
// browser has done.

import { write } from "./dom.js";
import { decimals, known, percent, whole } from "./words.js";

// The header's name of what a goal counts.
const COUNTS = {
  units: "units_hidden",
  parameters: "parameters",
  steps: "step",
  epochs: "epoch",
};

export class Goal {
  constructor({ root, parts }) {
    Object.assign(this, { root, part: parts.goal });
  }

  // Begins anew, with a goal or without one.
  set(goal) {
    this.goal = goal;
    this.reached = null; // the header of the frame that first met it
    this.part.hidden = !goal;
    this.root.classList.remove("reached");
  }

  write(header) {
    const { goal } = this;
    if (!goal || known(header.at)) return;
    const value = header[goal.metric];
    const within = Object.entries(goal.limits).every(
      ([name, limit]) => header[COUNTS[name]] <= limit,
    );
    if (!this.reached && within && header.step > 0 && meets(goal, value)) {
      this.reached = { ...header };
      this.root.classList.add("reached");
    }
    const progress = this.reached ? this.success() : distance(goal, value, within);
    write(this.part, `Goal: ${goal.text}. ${progress}`);
  }

  success() {
    const { step, units_hidden: units } = this.reached;
    const record = this.record();
    return `Reached after ${whole(step)} steps with ${whole(units)} hidden units. ${record}`;
  }

  // The fewest with which this browser has reached the goal.
  record() {
    const { text, fewest } = this.goal;
    if (!fewest) return "";
    const count = this.reached[COUNTS[fewest]];
    const name = `glassbox:goal:${text}`;
    let best = count;
    try {
      best = Math.min(count, Number(localStorage.getItem(name) ?? Infinity));
      localStorage.setItem(name, best);
    } catch {
      /* a browser that keeps nothing */
    }
    return best < count
      ? `Your fewest ${fewest} so far: ${whole(best)}.`
      : `No fewer ${fewest} so far. Try with less!`;
  }
}

const meets = ({ at_most: atMost, value: wanted }, value) =>
  known(value) && (atMost ? value <= wanted : value >= wanted);

function distance({ metric }, value, within) {
  const number = metric.endsWith("loss") ? decimals(value) : percent(value);
  return `Now ${number}${within ? "" : ", but beyond the limit"}.`;
}
