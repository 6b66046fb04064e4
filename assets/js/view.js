// What the server is asked to show in the next frames: only what is in sight is painted, the
// answers of the unit that is meant, and a moment of the past while one looks back.

const LATE_MS = 1000; // for which frames on their way do not know that one looks back

export class View {
  constructor(board) {
    this.board = board;
    this.wanted = { diagram: false, health: false, few: false, pictures: false };
    Object.assign(this.wanted, { unit: null, at: null });
    this.inSight = new Set();
    this.sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        this.inSight[isIntersecting ? "add" : "delete"](target);
      }
      this.update();
    });
    const { network, health, few } = board.parts;
    for (const part of [network, health, few]) this.sight.observe(part);
  }

  // The snapshot that one looks back to, or null.
  get at() {
    return this.wanted.at;
  }

  // Forgets what belongs to one run.
  reset() {
    this.wanted = { ...this.wanted, unit: null, at: null };
    this.update();
  }

  // Tells the server, if something has changed.
  update() {
    const { board, inSight, wanted: past } = this;
    const { parts, shown, diagram, data: { layout } } = board;
    const network = Boolean(shown.network);
    const few = layout === "images" && inSight.has(parts.few);
    this.wanted = {
      ...past,
      diagram: layout === "points" && network && inSight.has(parts.network),
      health: layout !== "mini" && parts.health.open && inSight.has(parts.health),
      few,
      pictures: few && !board.few.loaded,
      unit: network ? diagram.unit : null,
    };
    if (JSON.stringify(past) !== JSON.stringify(this.wanted)) this.send();
  }

  send() {
    this.board.send({ view: this.wanted });
  }

  // Looks back to a snapshot of the run, or at what is now.
  goTo(snapshot) {
    const last = (this.board.frame?.header.snapshots ?? 1) - 1;
    this.wanted = { ...this.wanted, at: snapshot >= last ? null : Math.max(0, snapshot) };
    this.wentBack = performance.now();
    this.board.diagram.editor.close();
    this.send();
  }

  goBack() {
    this.goTo((this.at ?? this.board.frame?.header.snapshots - 1) - 1);
  }

  // Whoever trains, or steps, looks at what is now again: a frame says so.
  follow({ at }) {
    if (at !== null || this.at === null || performance.now() - this.wentBack <= LATE_MS) return;
    this.wanted = { ...this.wanted, at: null };
  }

  close() {
    this.sight.disconnect();
  }
}
