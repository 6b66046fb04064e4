// How each layer is: histograms of its weights, answers and gradients, the share that has stopped learning, and how
// large a step is beside the weights. It is painted only while it is open and in sight.

const BINS = 31;

class Health {
  constructor(board) {
    Object.assign(this, { board, rows: [] });
  }

  forget() { this.shape = ""; }

  paint() {
    const { board: { parts, frame, theme } } = this;
    const layers = frame?.header.health;
    if (!layers || !theme) return;
    const shape = JSON.stringify(layers.map(({ layer, name }) => [layer, name]));
    if (shape !== this.shape) this.lay(layers, shape);
    layers.forEach(({ spreads, flat, flat_kind: kind, update }, n) => {
      const { canvases, reaches, flatCell, updateCell } = this.rows[n];
      canvases.forEach((canvas, i) => {
        this.bars(canvas, frame.histograms.subarray((3 * n + i) * BINS, (3 * n + i + 1) * BINS), theme, i);
        write(reaches[i], `± ${small3(spreads[i])}`);
      });
      write(flatCell, kind ? `${percent(flat).replace(/\.\d/, "")} ${kind}` : "–");
      flatCell.classList.toggle("bad", flat > 0.5);
      write(updateCell, update === null ? "–" : `1 : ${whole(Math.min(999999, 1 / Math.max(update, 1e-6)))}`);
    });
    parts.healthHint.hidden = true;
  }

  lay(layers, shape) {
    this.shape = shape;
    this.rows = layers.map(({ layer, name }, n) => {
      const last = n === layers.length - 1;
      const spread = () => [element("canvas"), element("small")];
      const drawn = [spread(), spread(), spread()];
      const flatCell = element("td"), updateCell = element("td");
      const heading = element("th", { scope: "row" }, last ? "output" : `${layer} ${name}`);
      const cells = drawn.map((pair) => element("td", { className: "spread" }, ...pair));
      const row = element("tr", {}, heading, ...cells, flatCell, updateCell);
      return { row, canvases: drawn.map(([canvas]) => canvas), reaches: drawn.map(([, text]) => text), flatCell, updateCell };
    });
    this.board.parts.healthRows.replaceChildren(...this.rows.map(({ row }) => row));
  }

  bars(canvas, heights, theme, kind) {
    const pen = new Surface(canvas).begin();
    if (!pen) return;
    const { clientWidth: width, clientHeight: height } = canvas, wide = width / BINS;
    pen.fillStyle = theme.faint;
    pen.fillRect(width / 2 - 0.5, 0, 1, height); // where 0 is
    pen.fillStyle = [theme.accent, theme.signs[1], theme.quiet][kind];
    for (let i = 0; i < BINS; i++) {
      const tall = (heights[i] / 255) * (height - 1);
      pen.fillRect(i * wide, height - tall, Math.max(1, wide - 0.5), tall);
    }
  }
}

const small3 = (number) => (number === 0 ? "0" : number < 0.001 || number >= 1000 ? number.toExponential(0) : Number(number.toPrecision(2)).toString());
