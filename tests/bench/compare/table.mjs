// Medians, ratios and whether they are within what is wanted, as a table.

export function median(numbers) {
  if (numbers.length === 0) return null;
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const ratio = (a, b) => (a === null || b === null || b === 0 ? null : a / b);

export function ratiosOf(measures, results) {
  return measures.filter(({ name }) => results.has(name)).map((measure) => {
    const runs = results.get(measure.name);
    const medians = Object.fromEntries(
      Object.entries(runs).map(([server, numbers]) => [server, median(numbers)]));
    const ratios = { mosquitto: ratio(medians.treelined, medians.mosquitto),
      limit: ratio(medians.treelined, medians.limit) };
    return { ...measure, medians, ratios, verdict: verdictOf(measure, medians, ratios) };
  });
}

function verdictOf({ against = {}, most }, medians, ratios) {
  const misses = Object.entries(against)
    .filter(([server, limit]) => ratios[server] !== null && ratios[server] > limit)
    .map(([server, limit]) => `over ${limit} × ${server}`);
  if (most !== undefined && medians.treelined > most) misses.push(`over ${most}`);
  if (misses.length > 0) return misses.join(', ');
  return Object.keys(against).length > 0 || most !== undefined ? 'ok' : '';
}

const cell = (value, digits = 2) => (value === null ? '–' : value.toFixed(digits)).padStart(10);

export function table(rows, misrouted) {
  const head = 'measure         ' + ['treelined', 'mosquitto', 'limit', '× mosq.', '× limit']
    .map((word) => word.padStart(10)).join('') + '  unit  wanted';
  const lines = rows.map(({ name, medians, ratios, unit, verdict }) =>
    name.padEnd(16) + cell(medians.treelined) + cell(medians.mosquitto) + cell(medians.limit)
    + cell(ratios.mosquitto) + cell(ratios.limit) + `  ${unit.padEnd(5)} ${verdict}`);
  const counts = ['treelined', 'mosquitto', 'limit'].map((name) => cell(misrouted[name], 0)).join('');
  return `${[head, ...lines, `misrouted       ${counts}`].join('\n')}\n`;
}
