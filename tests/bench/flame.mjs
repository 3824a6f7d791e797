// Where a shard's time goes at saturation: perf's samples of one load as a flame graph (SVG).
//   TREELINE_BUILD=build/release node tests/bench/flame.mjs OUT.svg [SCENARIO WORDS…]
// Needs perf and the right to use it. Widths are shares of the samples; kernel frames are violet.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Generator } from './compare/generator.mjs';
import { Treeline, makeCertificate, tenants } from './compare/servers.mjs';
import { escaped } from './growth/plot.mjs';

const [out, ...words] = process.argv.slice(2);
if (!out || !process.env.TREELINE_BUILD) {
  process.stderr.write('usage: TREELINE_BUILD=build/release node tests/bench/flame.mjs OUT.svg '
    + '[SCENARIO WORDS…]\n');
  process.exit(64);
}
const load = words.length > 0 ? words : ['pairs'];
const directory = mkdtempSync(join(tmpdir(), 'treeline-flame-'));

const pass = (ms) => new Promise((done) => setTimeout(done, ms));

// Of all the server's threads the one that runs most now: the shard's.
async function busiestThread(pid) {
  const ran = (thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  const threads = readdirSync(`/proc/${pid}/task`);
  const before = new Map(threads.map((thread) => [thread, ran(thread)]));
  await pass(300);
  const since = (thread) => ran(thread) - before.get(thread);
  return threads.sort((a, b) => since(b) - since(a))[0];
}

async function samplesOf(server, generator) {
  const common = [...load, '--tenants', tenants, '--outstanding', 256, '--payload', 20];
  await generator.makeRoster(server, common);
  const loaded = generator.run(server, [...common, '--warmup', 3, '--duration', 5]);
  const data = join(directory, 'perf.data');
  await pass(3_500);  // all are connected and warm
  const perf = spawn('perf', ['record', '-q', '-F', '499', '--call-graph', 'dwarf,16384', '-t',
    await busiestThread(server.pid), '-o', data, '--', 'sleep', '2'], { stdio: 'ignore' });
  await once(perf, 'exit');
  await loaded;
  return execFileSync('perf', ['script', '--no-inline', '-F', 'ip,sym,dso', '-i', data],
    { encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'ignore'] });
}

// A name without its arguments, templates and the words that every name has.
function shortened(name) {
  let depth = 0;
  let plain = '';
  for (const c of name.replace(/\(anonymous namespace\)::/g, '').replace(/operator(<|>|\(\))/g, 'operator')) {
    if (c === '<' || c === '(') depth += 1;
    if (depth === 0) plain += c;
    if (c === '>' || c === ')') depth -= 1;
  }
  return plain.replace(/^.* (?=\S+$)/, '').replace(/treeline::/g, '').replace(/\.llvm\.\d+|\.part\.\d+/g, '');
}

// perf prints a sample as its frames, innermost first, and an empty line.
function treeOf(text) {
  const root = { name: load.join(' '), count: 0, isKernel: false, children: new Map() };
  for (const sample of text.split('\n\n')) {
    const frames = sample.split('\n')
      .map((line) => /^\s*[0-9a-f]+ (.+?)(?:\+0x[0-9a-f]+)? \((.*)\)$/.exec(line)).filter(Boolean)
      .map(([, name, object]) => ({
        name: name === '[unknown]' ? `[${object.replace(/^.*\//, '')}]` : shortened(name),
        isKernel: /kernel|^\[/.test(object),
      }));
    if (frames.length === 0) continue;
    let at = root;
    at.count += 1;
    for (const { name, isKernel } of frames.reverse()) {
      if (!at.children.has(name)) at.children.set(name, { name, count: 0, isKernel, children: new Map() });
      at = at.children.get(name);
      at.count += 1;
    }
  }
  return root;
}

function draw(root) {
  const width = 1200;
  const row = 17;
  const least = 1.5;  // pixels
  const boxes = [];
  let deepest = 0;
  const place = (node, x, depth) => {
    const w = node.count / root.count * width;
    if (w < least) return;
    deepest = Math.max(deepest, depth);
    boxes.push({ node, x, w, depth });
    let at = x;
    for (const child of [...node.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      place(child, at, depth + 1);
      at += child.count / root.count * width;
    }
  };
  place(root, 0, 0);
  const height = (deepest + 1) * row + 8;
  const body = boxes.map(({ node, x, w, depth }) => {
    const y = height - (depth + 1) * row - 4;
    const share = `${(100 * node.count / root.count).toFixed(1)} %`;
    const fits = Math.floor((w - 6) / 6.3);
    const label = fits < 3 ? '' : node.name.length <= fits ? node.name : `${node.name.slice(0, fits - 1)}…`;
    return `<g><title>${escaped(node.name)} ${share}</title>`
      + `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.5, w - 0.5).toFixed(1)}" height="${row - 1}" `
      + `rx="2" fill="${node.isKernel ? '#c3b1e1' : '#f6c177'}"/>`
      + (label ? `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escaped(label)}</text>` : '') + '</g>';
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" `
    + `height="${height}" font-family="monospace" font-size="10.5">`
    + `<rect width="100%" height="100%" fill="#fff"/>\n${body.join('\n')}\n</svg>\n`;
}

const server = new Treeline(join(directory, 'treelined'), makeCertificate(directory), 1);
try {
  await server.start();
  const root = treeOf(await samplesOf(server, new Generator(directory)));
  writeFileSync(out, draw(root));
  process.stdout.write(`${root.count} samples in ${out}\n`);
} finally {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}
