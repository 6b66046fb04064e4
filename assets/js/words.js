// Numbers as people read them: counts, losses, shares, rates and times. What is not a number is a
// dash, and nothing is rounded to more than it is.

export const known = (number) => typeof number === "number" && isFinite(number);

export const whole = (number) =>
  known(number) ? Math.round(number).toLocaleString("en-GB") : "–";

export function decimals(loss) {
  if (!known(loss) || loss >= 999.5) return loss >= 1e6 ? "> 1,000,000" : whole(loss);
  return loss > 0 && loss < 1e-4 ? "< 0.0001" : loss.toPrecision(3);
}

export function percent(share) {
  if (!known(share)) return "–";
  const rounded = (share * 100).toFixed(1);
  return `${rounded === "100.0" && share < 1 ? "99.9" : rounded} %`; // only all is called all
}

export const wholePercent = (share) => percent(share).replace(/\.\d/, "");

export function rate(number) {
  if (!known(number)) return "–";
  return number > 0 && number < 10 ? number.toFixed(1) : whole(Number(number.toPrecision(3)));
}

export function duration(seconds) {
  if (!known(seconds)) return "–";
  const left = Math.ceil(seconds);
  const minutes = Math.floor(left / 60);
  if (minutes >= 60) return `${whole(Math.floor(minutes / 60))} h ${minutes % 60} min`;
  return minutes ? `${minutes} min ${left % 60} s` : `${left} s`;
}

export const signed = (number) =>
  known(number) ? Number(number.toPrecision(3)).toString().replace("-", "−") : "–";

// Two digits, for numbers of any size.
export function brief(number) {
  if (number === 0) return "0";
  if (number < 0.001 || number >= 1000) return number.toExponential(0);
  return Number(number.toPrecision(2)).toString();
}

// A value of an axis whose lines are `step` apart.
export function tickLabel(value, step) {
  if (value >= 1e5) return value.toExponential(0).replace("e+", "e");
  return step >= 1 ? whole(value) : value.toFixed(Math.ceil(-Math.log10(step) - 1e-9));
}

// A power of ten on a logarithmic axis; nothing between two of them.
export const powerLabel = (exponent) =>
  Number.isInteger(exponent)
    ? Number((10 ** exponent).toPrecision(1)).toString().replace("e-", "e−")
    : "";
