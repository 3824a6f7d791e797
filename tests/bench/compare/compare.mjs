// Drives the servers in turn (A B C A B C …), so that what disturbs the machine disturbs each alike.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Generator } from './generator.mjs';
import { flows, idles } from './measures.mjs';
import { Limit, Mosquitto, Treeline, makeCertificate, tenants } from './servers.mjs';
import { ratiosOf, table } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    json: { type: 'string' },
    shards: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const rounds = Number(options.rounds ?? (options.quick ? 1 : 5));
const deadline = Date.now() + (options.quick ? 110_000 : 11.5 * 60_000);
const only = options.only?.split(',');
const wanted = (measures) => measures.filter(({ name }) => !only || only.includes(name));

const directory = mkdtempSync(join(tmpdir(), 'treeline-compare-'));
const servers = [];
const generator = new Generator(directory);
const results = new Map();  // measure → server → figures, one a round
const misrouted = generator.misrouted;
Object.assign(misrouted, { treelined: 0, mosquitto: 0, limit: 0 });

const say = (line) => process.stderr.write(`${line}\n`);

async function stopAll() {
  generator.stop();
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(directory, { recursive: true, force: true });
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await stopAll();
    process.exit(130);
  });
}

function run(server, measure) {
  const isPeer = server.name === 'mosquitto';
  const webSocket = isPeer && measure.isWebSocket
    ? ['--mqtt-websocket', '--app-port', server.webSocketPort] : [];
  return generator.run(server, [...measure.load, ...webSocket, ...(isPeer ? measure.mqtt ?? [] : []),
    '--tenants', tenants, '--outstanding', 256, '--payload', 20,
    '--connect-max', Math.max(10, Math.round((deadline - Date.now()) / 1000)),
    '--warmup', options.quick ? 0.3 : 0.5, '--duration', options.quick ? 1 : 2]);
}

function keep(measure, server, result) {
  if (result[measure.figure] === undefined) return say(`${measure.name}: can't be measured here`);
  if (!results.has(measure.name)) results.set(measure.name, { treelined: [], mosquitto: [], limit: [] });
  results.get(measure.name)[server.name].push(result[measure.figure]);
  say(`${measure.name.padEnd(16)} ${server.name.padEnd(10)} ${result[measure.figure].toFixed(2)} `
    + `${measure.unit}, server ${result.server_busy_percent.toFixed(0)} % of its core`);
}

const takesPart = (measure, server) =>
  (!measure.only || measure.only === server.name) && measure.without !== server.name;

async function measureFlows() {
  for (const server of servers) await server.start();
  for (let round = 1; round <= rounds; ++round) {
    for (const measure of wanted(flows(options.quick)).filter(({ isOnce }) => round === 1 || !isOnce)) {
      for (const server of servers) {
        if (Date.now() > deadline) return say(`no time for more: ${round - 1} whole rounds`);
        if (takesPart(measure, server)) keep(measure, server, await run(server, measure));
      }
    }
  }
}

// Each from its start, since memory that a server once had is there for the next connections.
async function measureIdle() {
  for (const measure of wanted(idles(options.quick))) {
    for (const server of servers) {
      if (Date.now() > deadline) return say('no time for all idle connections');
      // Roster first, so that what REST needs is not counted as a connection's.
      if (server.name === 'treelined') {
        await server.stop();
        await server.start();
        await run(server, { ...measure, load: ['idle', ...measure.load.slice(1, -1), '1'] });
      }
      await server.stop();
      await server.start();
      keep(measure, server, await run(server, measure));
    }
  }
}

function write(file, rows) {
  const object = Object.fromEntries(rows.map(({ name, unit, medians }) => [name, { ...medians, unit }]));
  object.misrouted = { ...misrouted, unit: 'messages' };
  writeFileSync(resolve(process.env.TREELINE_CALLER ?? '.', file), `${JSON.stringify(object, null, 2)}\n`);
}

async function main() {
  const load = loadavg()[0];
  say(`${cpus()[0].model}, ${cpus().length} cores, load ${load.toFixed(1)}`
    + (load > 0.7 ? ': NOT IDLE, absolute figures will be too high' : ''));
  const tls = makeCertificate(directory);
  servers.push(new Treeline(join(directory, 'treelined'), tls, options.shards),
    new Mosquitto(join(directory, 'mosquitto'), tls), new Limit(join(directory, 'limit'), tls));
  let code = 0;
  try {
    await measureFlows();
    await measureIdle();
  } catch (error) {
    say(`compare: ${error.message}; what was measured before:`);
    code = 70;
  }
  const rows = ratiosOf([...flows(options.quick), ...idles(options.quick)], results);
  process.stdout.write(table(rows, misrouted));
  if (options.json) write(options.json, rows);
  return Object.values(misrouted).some((number) => number > 0) ? 1 : code;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(`compare: ${error.message}`);
  process.exitCode = 70;
} finally {
  await stopAll();
}
