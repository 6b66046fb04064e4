// A canvas with its size on the page and a pen that counts in the page's pixels, whatever the
// screen's.

export class Surface {
  constructor(canvas, width = canvas.clientWidth, height = canvas.clientHeight) {
    Object.assign(this, { canvas, width, height, pen: canvas.getContext("2d") });
  }

  // The pen on an empty surface, or null while the surface is not to be seen.
  begin() {
    const { canvas, pen, width, height } = this;
    if (!width || !height) return null;
    const columns = Math.round(width * devicePixelRatio);
    const rows = Math.round(height * devicePixelRatio);
    if (canvas.width !== columns || canvas.height !== rows) {
      Object.assign(canvas, { width: columns, height: rows });
    }
    pen.setTransform(columns / width, 0, 0, rows / height, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.lineWidth = 1;
    return pen;
  }

  // What is left inside margins.
  box(top, right, bottom, left) {
    return { x: left, y: top, w: this.width - left - right, h: this.height - top - bottom };
  }
}

export function drawText(pen, text, x, y, align) {
  pen.textAlign = align;
  pen.fillText(text, x, y);
}

export function drawLevel(pen, box, y) {
  pen.beginPath();
  pen.moveTo(box.x, y);
  pen.lineTo(box.x + box.w, y);
  pen.stroke();
}
