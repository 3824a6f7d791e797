// Plots as SVG text, in the look of treeline-sim's --svg: the same figures give the same bytes.
// A picture is { title, panels }. A panel is { y: { label, isLog, least, most }, x: { label, isLog,
// ticks }, series: [{ name, points: [[x, y], …] }] }, and draws lines; with `bars`, x counts names.

const left = 80;
const width = 720;
const height = 220;
const pitch = 300;  // from one panel to the next
const firstTop = 60;
const characterWidth = 6.2;  // about, of a font of 12
const styles = ['first', 'second', 'third'];

const number = (value) => value.toFixed(1);
export const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const textAt = (x, y, anchor, text) =>
  `<text x="${number(x)}" y="${number(y)}" text-anchor="${anchor}">${escaped(text)}</text>\n`;

const gridLine = (x1, y1, x2, y2) =>
  `<path class="grid" d="M${number(x1)},${number(y1)}L${number(x2)},${number(y2)}"/>\n`;

// 19,000 and 0.25, in any locale of the machine.
export function label(value) {
  const [whole, part] = String(Number(value.toPrecision(6))).split('.');
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (part ? `.${part}` : '');
}

// Steps of 1, 2 or 5 times a power of ten, from 0 to the greatest or above, four to eight of them.
function linearTicks(greatest) {
  const rough = (greatest || 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const count = Math.ceil((greatest || 1) / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

function decades(least, greatest) {
  const low = Math.floor(Math.log10(least));
  const high = Math.max(low + 1, Math.ceil(Math.log10(greatest)));
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}

// Where a value stands between the first and the last tick: 0 to 1.
function share(value, ticks, isLog) {
  const of = isLog ? Math.log10 : (any) => any;
  const [low, high] = [of(ticks[0]), of(ticks.at(-1))];
  return high === low ? 0.5 : (of(value) - low) / (high - low);
}

function ticksOfY({ isLog, least, most }, values) {
  const greatest = Math.max(...values, most ?? 0);
  return isLog ? decades(Math.min(...values, least ?? Infinity), greatest) : linearTicks(greatest);
}

// Names and colours above the panel, from the right.
function legend(series, top) {
  let x = left + width;
  let text = '';
  for (const { name, style } of [...series].reverse()) {
    x -= name.length * characterWidth;
    text += textAt(x, top - 10, 'start', name);
    x -= 22;
    text += `<path class="${style}" d="M${number(x)},${number(top - 14)}h16"/>\n`;
    x -= 16;
  }
  return text;
}

// With dots where it was measured: `dots` alone, where nothing is between them; `bare` without.
function line({ points, style, only }, toX, toY) {
  const at = ([x, y]) => `${number(toX(x))},${number(toY(y))}`;
  const path = `<path class="${style}" d="M${points.map(at).join('L')}"/>\n`;
  const dots = points.map(([x, y]) =>
    `<circle class="${style}" cx="${number(toX(x))}" cy="${number(toY(y))}" r="3"/>\n`).join('');
  return (only === 'dots' ? '' : path) + (only === 'bare' ? '' : dots);
}

function lines({ x, y, series }, top, yTicks) {
  const xTicks = x.ticks;
  const toX = (value) => left + width * share(value, xTicks, x.isLog);
  const toY = (value) => top + height * (1 - share(value, yTicks, y.isLog));
  const ticks = xTicks.map((tick) => gridLine(toX(tick), top, toX(tick), top + height)
    + textAt(toX(tick), top + height + 18, 'middle', label(tick))).join('');
  return ticks + series.map((one) => line(one, toX, toY)).join('');
}

// A bar for each name, its value above it.
function bars({ bars: names, y, series }, top, yTicks) {
  const each = width / names.length;
  return series[0].points.map(([index, value]) => {
    const middle = left + each * (index + 0.5);
    const tall = height * share(value, yTicks, y.isLog);
    return `<rect class="${series[0].style}" x="${number(middle - 40)}" y="${number(top + height - tall)}"`
      + ` width="80" height="${number(tall)}"/>\n`
      + textAt(middle, top + height - tall - 5, 'middle', label(Number(value.toPrecision(3))))
      + textAt(middle, top + height + 18, 'middle', names[index]);
  }).join('');
}

function drawPanel(panel, top) {
  const series = panel.series.filter(({ points }) => points.length > 0)
    .map((one, index) => ({ style: styles[index], ...one }));
  if (series.length === 0) return textAt(left, top + 20, 'start', `${panel.y.label}: not measured`);
  const yTicks = ticksOfY(panel.y, series.flatMap(({ points }) => points.map(([, y]) => y)));
  const grid = yTicks.map((tick) => {
    const y = top + height * (1 - share(tick, yTicks, panel.y.isLog));
    return gridLine(left, y, left + width, y) + textAt(left - 8, y + 4, 'end', label(tick));
  }).join('');
  const inside = panel.bars ? bars({ ...panel, series }, top, yTicks)
    : lines({ ...panel, series }, top, yTicks);
  return grid + inside + textAt(left, top - 10, 'start', panel.y.label)
    + textAt(left + width / 2, top + height + 38, 'middle', panel.x.label)
    + (series.length > 1 ? legend(series, top) : '');
}

export function picture({ title, panels }) {
  const full = firstTop + panels.length * pitch;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 ${full}" font-family="sans-serif" `
    + `font-size="12">
<style>path{fill:none}.grid{stroke:#ddd}path.first{stroke:#1f77b4;stroke-width:2}`
    + `path.second{stroke:#ff7f0e;stroke-width:2}path.third{stroke:#999;stroke-width:1.5}`
    + `circle.first,rect.first{fill:#1f77b4}circle.second{fill:#ff7f0e}circle.third{fill:#999}</style>
<rect width="840" height="${full}" fill="white"/>
${textAt(left, 24, 'start', title)}`
    + `${panels.map((panel, i) => drawPanel(panel, firstTop + i * pitch)).join('')}</svg>\n`;
}
