// Measures how cost grows: each experiment's loads in turn, round by round, so that what disturbs
// the machine disturbs each alike; then tables, JSON and pictures.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Generator } from '../compare/generator.mjs';
import { makeCertificate } from '../compare/servers.mjs';
import { median } from '../compare/table.mjs';
import { Fleet } from './fleet.mjs';
import { experiments, table } from './measures.mjs';
import { picture } from './plot.mjs';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'string' },
    svg: { type: 'string' },
    from: { type: 'string' },
  },
});
const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
const began = Date.now();
const deadline = began + (options.quick ? 85_000 : 7.7 * 60_000);
const directory = mkdtempSync(join(tmpdir(), 'treeline-growth-'));
const generator = new Generator(directory);
let fleet = null;
let isEnding = false;

const say = (line) =>
  process.stderr.write(`${((Date.now() - began) / 1_000).toFixed(0).padStart(4)} s  ${line}\n`);
const named = (file) => resolve(process.env.TREELINE_CALLER ?? '.', file);

async function stopAll() {
  isEnding = true;
  generator.stop();
  await fleet?.stop();
  rmSync(directory, { recursive: true, force: true });
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await stopAll();
    process.exit(130);
  });
}

function chosen() {
  const all = experiments(options.quick);
  const only = options.only?.split(',') ?? all.map(({ name }) => name);
  const unknown = only.filter((name) => !all.some((experiment) => experiment.name === name));
  if (unknown.length > 0 || !(rounds >= 1)) {
    throw new Error(`what is ${unknown.join(', ') || '--rounds'} to be?`);
  }
  return all.filter(({ name }) => only.includes(name));
}

// The figures of one load; nothing is kept of one that could not be carried out.
async function measure(experiment, point) {
  const { figures, isFresh = false, seconds = options.quick ? 0.6 : 1.5 } = experiment;
  const server = await fleet.ready(point, isFresh);
  const result = await generator.run(server, [...point.words, '--devices', point.devices,
    '--tenants', point.tenants, '--payload', 20, '--connect-max', 60,
    '--warmup', isFresh ? 0 : 0.4, '--duration', seconds]);
  const run = Object.fromEntries(figures.map(({ key }) => [key, result[key] ?? null]));
  say(`${experiment.name} ${point.series} ${point.x}: `
    + figures.map(({ key, name, digits }) => `${run[key]?.toFixed(digits) ?? '–'} ${name}`).join(', '));
  return run;
}

// [{ series, x, runs, and the median of each figure }].
async function carryOut(experiment) {
  const rows = experiment.points.map(({ series, x }) => ({ series, x, runs: [] }));
  let failure = null;
  try {
    for (let round = 0; round < (experiment.rounds ?? rounds); ++round) {
      for (const [index, point] of experiment.points.entries()) {
        if (Date.now() > deadline) throw new Error(`no time for more after ${round} rounds`);
        rows[index].runs.push(await measure(experiment, point));
      }
    }
  } catch (error) {
    if (isEnding) throw error;
    failure = `${experiment.name}: ${error.message}`;
    say(failure);
  }
  for (const row of rows) {
    for (const { key } of experiment.figures) {
      row[key] = median(row.runs.map((run) => run[key]).filter((value) => value !== null));
    }
  }
  return { rows, failure };
}

async function measureAll() {
  const load = loadavg()[0];
  const found = { machine: { cpu: cpus()[0].model, cores: cpus().length, kernel: release(), load },
    rounds, is_quick: options.quick, experiments: {}, summaries: {}, failures: [] };
  say(`${found.machine.cpu}, ${found.machine.cores} cores, load ${load.toFixed(1)}`
    + (load > 0.7 ? ': NOT IDLE, absolute figures will be too high' : ''));
  const wanted = chosen();
  fleet = new Fleet(directory, makeCertificate(directory), generator);
  await fleet.start(wanted.flatMap(({ points }) => points));
  say('all are there');
  for (const experiment of wanted) {
    const { rows, failure } = await carryOut(experiment);
    found.experiments[experiment.name] = rows;
    if (experiment.summary) found.summaries[experiment.name] = experiment.summary(rows);
    if (failure) found.failures.push(failure);
  }
  found.misrouted = generator.misrouted;
  return found;
}

// In the order of measuring, whatever a file's order is.
const done = (found) => experiments(found.is_quick).filter(({ name }) => found.experiments[name]);

function tell(found) {
  for (const experiment of done(found)) {
    console.log(`${table(experiment, found.experiments[experiment.name])}`);
    if (experiment.tell) console.log(experiment.tell(found.summaries[experiment.name]));
    console.log('');
  }
  console.log(`misrouted: ${Object.entries(found.misrouted).map((pair) => pair.join(' ')).join(', ')}`);
  for (const failure of found.failures) console.log(`not whole: ${failure}`);
}

function draw(found, folder) {
  mkdirSync(folder, { recursive: true });
  for (const experiment of done(found)) {
    const { name } = experiment;
    const svg = picture(experiment.draw(found.experiments[name], found.summaries[name]));
    writeFileSync(join(folder, `growth-${name}.svg`), svg);
  }
}

async function main() {
  const found = options.from ? JSON.parse(readFileSync(named(options.from))) : await measureAll();
  tell(found);
  if (options.json) writeFileSync(named(options.json), `${JSON.stringify(found, null, 2)}\n`);
  if (options.svg) draw(found, named(options.svg));
  if (Object.values(found.misrouted).some((count) => count > 0)) return 1;
  return found.failures.length > 0 ? 70 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(`growth: ${error.message}`);
  process.exitCode = 70;
} finally {
  await stopAll();
}
