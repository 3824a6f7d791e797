// Measure, reached, target and whether it was met, as a table and as an object for JSON.

// `most`: the greatest value that is wanted. `isFailed`: missed, whatever the value. `note`: a few
// words beside it; `more`: what else the JSON holds.
export const row = (name, value, unit, { most = null, isFailed = false, note = '', more = {} } = {}) =>
  ({ name, value, unit, most, note, more,
    isMet: most === null && !isFailed ? null : !isFailed && value <= most });

const shown = (value) => {
  if (!Number.isFinite(value)) return 'over all';
  return Number.isInteger(value) || value >= 1000 ? value.toFixed(0) : value.toFixed(2);
};

export function table(rows) {
  const line = (name, reached, target, met, note) =>
    `${name.padEnd(26)}${reached.padStart(14)}${target.padStart(14)}  ${met.padEnd(7)} ${note}`.trimEnd();
  const lines = rows.map(({ name, value, unit, most, isMet, note }) =>
    line(name, `${shown(value)} ${unit}`.trim(), most === null ? '–' : `${shown(most)} ${unit}`.trim(),
      isMet === null ? '' : isMet ? 'met' : 'missed', note));
  return `${[line('measure', 'reached', 'target', '', ''), ...lines].join('\n')}\n`;
}

export const asObject = (rows) => Object.fromEntries(rows.map(({ name, value, unit, most, isMet, more }) =>
  [name, { value, unit, ...(most === null ? {} : { target: most }), met: isMet, ...more }]));
