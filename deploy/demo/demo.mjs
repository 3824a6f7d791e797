// The demo: a broker, a tree of orgs, users in each role, a fleet of devices and an app per user.
// Shows who receives what, then takes a right away and shows that the values stop.
//   --once   ends by itself: 0 when nothing crossed a border and what had to stop stopped
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker } from '../../tests/e2e/node/lib/broker.mjs';
import { howTo } from './howto.mjs';
import { Table } from './table.mjs';
import { Tree } from './tree.mjs';
import { Watcher } from './watcher.mjs';

const isOnce = process.argv.includes('--once');
const sim = process.env.TREELINE_SIM ?? 'build/dev/treeline-sim';
const patienceMs = 60_000;
const say = (line) => console.log(`\n${line}`);

const state = { children: [] };

async function isFree(port) {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  const [outcome] = await Promise.race([
    once(server, 'listening').then(() => ['free']),
    once(server, 'error').then(() => ['taken']),
  ]).catch(() => ['taken']);
  await new Promise((done) => server.close(done));
  return outcome === 'free';
}

async function startBroker() {
  state.directory = mkdtempSync(join(tmpdir(), 'treeline-demo-'));
  const port = !isOnce && (await isFree(8443)) ? 8443 : 0;
  state.broker = new Broker({ data: join(state.directory, 'data'), listen: `127.0.0.1:${port}` });
  await state.broker.start();
  say(`broker on 127.0.0.1:${state.broker.port}`);
}

// The tokens travel through a pipe: they are in no file and no argument list.
function startFleet(tree) {
  const args = ['--port', String(state.broker.port), '--ca', state.broker.ca, '--tokens', '-'];
  args.push('--interval', '0.5', '--quiet', '--period', '20');
  const fleet = spawn(sim, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  fleet.stdin.end(tree.devices.map((device) => device.token).join('\n') + '\n');
  state.children.push(fleet);
  say(`${tree.devices.length} simulated devices write V5 twice a second`);
}

// Resolves when `isSo` is true after some value came; rejects when that takes too long.
function until(watchers, isSo, what) {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error(`${what} did not happen`)), patienceMs);
    const look = () => {
      if (!isSo()) return;
      clearTimeout(timer);
      for (const watcher of watchers) watcher.onValue = null;
      done();
    };
    for (const watcher of watchers) watcher.onValue = look;
    look();
  });
}

async function showTheFlow(watchers) {
  const isComplete = () => watchers.every((watcher) => watcher.missing(6).length === 0);
  await until(watchers, isComplete, 'every value to everyone who may see it');
}

// One write from an app, answered by the device on the next pin.
async function showAWrite(tree) {
  const una = state.watchers.find((watcher) => watcher.user.name === 'una');
  const device = tree.devices.find(({ owner }) => owner === 'una');
  const isEcho = (value) => value.device === device.id && value.pin === 7;
  let isAnswered = false;
  const answered = until(state.watchers, () => isAnswered, 'the answer to the write');
  const look = una.onValue;
  una.onValue = (value) => {
    isAnswered ||= isEcho(value);
    look(value);
  };
  const write = { device: device.id, pin: 6, values: [{ text: 'warm' }] };
  const { delivery } = await una.app.ask({ write });
  await answered;
  return `una wrote V6 of "${device.name}": ${delivery}, and it answered on V7`;
}

// Staff of the bakery lose org_devices.view; the others' values go on meanwhile.
async function takeARightAway(tree, watchers) {
  const ben = watchers.find((watcher) => watcher.user.name === 'ben');
  const mia = watchers.find((watcher) => watcher.user.name === 'mia');
  const path = `/orgs/${tree.orgs.get('bruno').id}/roles/2/permissions`;
  const { permissions } = await tree.maker.call('GET', path);
  const rest = permissions.filter((permission) => permission !== 'org_devices.view');
  await tree.maker.call('PUT', path, { permissions: rest });
  ben.lostAt = Date.now();
  ben.mayNow = (device) => device.owner === ben.user.name;
  const before = mia.received.get('bruno');
  const goesOn = () => mia.received.get('bruno') >= before + 20;
  await until(watchers, goesOn, 'the flow to those who kept their right');
  return ben.ended.size;
}

async function cleanUp() {
  clearInterval(state.drawing);
  for (const watcher of state.watchers ?? []) watcher.app?.socket.terminate();
  for (const child of state.children) child.kill('SIGTERM');
  if (state.broker?.process) await state.broker.stop();
  if (state.directory) rmSync(state.directory, { recursive: true, force: true });
}

async function main() {
  await startBroker();
  const tree = await Tree.make(state.broker);
  say('Maker > (Hotel Aurora > Coolfix), Bakery Bruno; a user of each kind, an app session each');
  startFleet(tree);
  const watchers = (state.watchers = [...tree.users.values()].map((user) => new Watcher(tree, user)));
  for (const watcher of watchers) await watcher.start(state.broker);

  const table = new Table(watchers);
  say('who receives what:');
  if (table.isLive) state.drawing = setInterval(() => table.draw(), 500);
  await showTheFlow(watchers);
  const written = await showAWrite(tree);
  table.leave();
  say(written);
  say('now the maker takes org_devices.view from the bakery\'s Staff (ben):');
  const ended = await takeARightAway(tree, watchers);
  clearInterval(state.drawing);
  table.leave();
  const crossed = table.crossed();
  for (const line of crossed) console.log(`  ${line}`);
  const hasStopped = ended === 3;
  say(hasStopped ? 'ben got nothing more; mia still gets it all' : `only ${ended} of 3 watches ended`);
  const isFine = crossed.length === 0 && hasStopped;
  if (!isOnce && isFine) await stay(tree);
  return isFine ? 0 : 1;
}

async function stay(tree) {
  const spare = await tree.makeDevice('your own', 'aurora', null);
  console.log(howTo({ broker: state.broker, tree, spare, sim }));
  await Promise.race([state.broker.ended, state.interrupted]);
}

state.interrupted = new Promise((done) => {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, done);
});
const interrupted = state.interrupted.then(() => 130);
let code = 1;
try {
  code = await Promise.race([main(), interrupted]);
} catch (error) {
  console.error(`demo: ${error.message}`);
} finally {
  await cleanUp();
}
process.exit(code);
