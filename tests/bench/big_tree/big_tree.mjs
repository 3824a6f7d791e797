// Starts the servers, takes the steps in their order, and prints what was reached beside its target.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { allButTheFirst, everyCore, makeCertificate, stayOn, tenants } from '../compare/servers.mjs';
import { MeasuredTreeline, bigDirectory } from './server.mjs';
import { pushes, saturation, settledIdle, settledUnderLoad, started, storm } from './steps.mjs';
import { asObject, row, table } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    json: { type: 'string' },
    shards: { type: 'string', default: '1' },
    only: { type: 'string' },
    tree: { type: 'string', default: '100000,1000000,1000000' },
    work: { type: 'string', default: join(tmpdir(), 'treeline-big-tree') },
    fresh: { type: 'boolean', default: false },
  },
});
const caller = process.env.TREELINE_CALLER ?? '.';
const steps = options.only?.split(',') ?? ['start', 'settle', 'saturation', 'loaded', 'push', 'storm'];
const wants = (...names) => names.some((name) => steps.includes(name));

const say = (line) => process.stderr.write(`${line}\n`);
const directory = mkdtempSync(join(tmpdir(), 'treeline-big-tree-run-'));
const servers = [];
const run = {
  options,
  directory,
  say,
  tenants: options.quick ? 16 : tenants,
  rounds: Number(options.rounds ?? (options.quick ? 1 : 5)),
  children: new Set(),  // generators, and who writes the directory
  rate: null,           // of the big one at saturation, messages a second
  misrouted: 0,
  isOver: false,        // nothing more is to be started
};
const rows = [];
let code = 0;

async function stopAll() {
  run.isOver = true;
  for (const child of run.children) child.kill('SIGKILL');
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(directory, { recursive: true, force: true });
}

// Once; returns the exit code.
function finish() {
  if (run.isOver) return code;
  run.isOver = true;
  rows.push(row('misrouted', run.misrouted, '', { most: 0, note: 'or unreadable, in all' }));
  process.stdout.write(table(rows));
  if (options.json) {
    writeFileSync(resolve(caller, options.json), `${JSON.stringify(asObject(rows), null, 2)}\n`);
  }
  if (run.misrouted > 0) code = 1;
  return code;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await stopAll();
    process.exit(130);
  });
}
setTimeout(async () => {
  say('big_tree: no time for more; what was measured before:');
  code = 70;
  const ended = finish();
  await stopAll();
  process.exit(ended);
}, (options.quick ? 8 : 15) * 60_000).unref();

// A step that fails leaves the others theirs.
async function step(name, act) {
  if (!wants(name) || run.isOver) return;
  say(`${name} …`);
  try {
    rows.push(...await act());
  } catch (error) {
    say(`${name}: ${error.message}`);
    code = 70;
  }
}

async function within(several, act) {
  servers.push(...several);
  try {
    for (const server of several) {
      if (run.isOver) return;
      await server.start();
    }
    await act(...several);
  } finally {
    for (const server of several) await server.stop();
    servers.length = 0;
  }
}

async function main() {
  const load = loadavg()[0];
  say(`${cpus()[0].model}, ${cpus().length} cores, load ${load.toFixed(1)}`
    + (load > 0.7 ? ': NOT IDLE, absolute figures will be too high' : ''));
  const tls = makeCertificate(directory);
  const small = (name, how) => new MeasuredTreeline(join(directory, name), tls, how);
  const free = { shards: 2, isPinned: false };
  const pinned = { shards: options.shards, isPinned: true };

  if (wants('start', 'settle', 'saturation', 'loaded', 'push')) {
    const home = join(resolve(caller, options.work), options.tree.replaceAll(',', '-'));
    const admin = await bigDirectory(home, options.tree.split(','),
      { isFresh: options.fresh, children: run.children });
    rmSync(join(home, 'credentials'), { force: true });  // its access tokens last an hour
    const big = (how) => new MeasuredTreeline(home, tls, { ...how, admin });
    if (wants('start', 'settle')) {
      await within([big(free), small('empty', free)], async (one, empty) => {
        await step('start', () => started(one, empty));
        await step('settle', () => settledIdle(run, one));
      });
    }
    if (wants('saturation', 'loaded', 'push')) {
      stayOn(allButTheFirst);  // that is the server's alone
      await within([big(pinned), small('small', pinned)], async (one, other) => {
        run.big = one;
        await step('saturation', () => saturation(run, one, other));
        await step('loaded', () => settledUnderLoad(run));
        await step('push', () => pushes(run));
      });
      stayOn(everyCore);
    }
  }
  if (wants('storm')) {
    await within([small('storm', free)], (server) => step('storm', () => storm(run, server)));
  }
}

try {
  await main();
} catch (error) {
  say(`big_tree: ${error.message}; what was measured before:`);
  code = 70;
} finally {
  process.exitCode = finish();
  await stopAll();
}
