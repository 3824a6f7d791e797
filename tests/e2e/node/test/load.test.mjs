// The load generator against a real broker: nothing lost, nothing in the wrong hands, and a wrong
// hand would be seen.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Broker, admin, treelined } from '../lib/broker.mjs';

const sim = join(dirname(treelined), 'treeline-sim');
const home = mkdtempSync(join(tmpdir(), 'treeline-load-'));
const at = (name) => join(home, name);
writeFileSync(at('treelined.toml'), '[limits]\nunauthenticated_per_ip = 0\nhandshakes_per_ip = 0\n');
const broker = new Broker({ args: ['--config', at('treelined.toml')] });
const env = {
  ...process.env,
  TREELINE_ADMIN_EMAIL: admin.email,
  TREELINE_ADMIN_PASSWORD: admin.password,
};

before(() => broker.start());
after(async () => {
  await broker.remove();
  rmSync(home, { recursive: true, force: true });
});

const common = () => ['--port', broker.port, '--ca', broker.ca, '--tenants', '5', '--quiet'];
const load = (scenario, ...more) => loadOn(common(), scenario, ...more);
const bounded = ['--devices', '50', '--rate', '1000', '--warmup', '0', '--duration', '20'];

function loadOn(server, scenario, ...more) {
  const file = at(`${scenario}.json`);
  const args = ['load', scenario, ...server, ...bounded, '--json', file, ...more].map(String);
  return new Promise((done) => {
    execFile(sim, args, { env, timeout: 60_000 }, (error, out, err) => {
      done({ code: error ? error.code : 0, out, err, result: error ? null : JSON.parse(readFileSync(file)) });
    });
  });
}

test('2,000 values of 50 devices reach their apps, each once, in order, and nobody else', async () => {
  const kept = ['--credentials', at('credentials')];
  const { code, err, result } = await load('pairs', '--messages', '2000', '--server-pid', broker.process.pid,
    '--svg', at('pairs.svg'), ...kept);
  assert.equal(code, 0, err);
  assert.equal(result.sent, 2000);
  assert.equal(result.delivered, 2000);
  assert.deepEqual([result.lost, result.reordered, result.duplicated, result.misrouted], [0, 0, 0, 0]);
  assert.ok(result.server_cpu_per_message_us > 0);
  assert.ok(result.latency_p50_us > 0 && result.latency_p50_us <= result.latency_max_us);
  assert.match(readFileSync(at('pairs.svg'), 'utf8'), /^<svg[^]*<\/svg>\n$/);
  assert.equal(statSync(at('credentials')).mode & 0o077, 0, 'tokens are for their owner alone');
});

test('a fan-out, commands, bursts and devices that come and go lose nothing either', async () => {
  for (const [scenario, ...more] of [['fanout', '--fan', '4', '--messages', '200'],
    ['commands', '--messages', '500'], ['burst', '--burst', '5', '--messages', '500'],
    ['churn', '--messages', '1000', '--resume'], ['fanin', '--fan', '5', '--messages', '500']]) {
    const { code, err, result } = await load(scenario, ...more, '--credentials', at('credentials'));
    assert.equal(code, 0, `${scenario}: ${err}`);
    assert.equal(result.lost, 0, scenario);
    assert.equal(result.sent, Number(more[more.indexOf('--messages') + 1]), scenario);
  }
});

test('in a tree of orgs each app sees its own org and those below, and no other', async () => {
  const { code, err, result } = await load('mixed', '--branching', '2', '--messages', '500');
  assert.equal(code, 0, err);
  assert.ok(result.delivered > result.sent, 'apps above see it too');
  assert.equal(result.misrouted, 0);
});

test('a value that comes from a device of another tenant is found out', async () => {
  // Two devices of two tenants with their tokens swapped: to the apps, the broker misroutes.
  const lines = readFileSync(at('credentials'), 'utf8').trimEnd().split('\n');
  const first = lines.findIndex((line) => line.startsWith('device 0 '));
  const second = lines.findIndex((line) => line.startsWith('device 1 '));
  const token = (line) => line.split(' ').at(-1);
  const [one, other] = [token(lines[first]), token(lines[second])];
  lines[first] = lines[first].replace(one, other);
  lines[second] = lines[second].replace(other, one);
  writeFileSync(at('swapped'), `${lines.join('\n')}\n`);
  const { code, out } = await load('pairs', '--messages', '200', '--grace', '0.5', '--credentials', at('swapped'));
  assert.equal(code, 1);
  assert.match(out, /misrouted +8 /);
});

test('the same generator drives Mosquitto and the bare forwarder', async () => {
  process.env.TREELINE_BUILD = dirname(treelined);
  const { Limit, Mosquitto, makeCertificate } = await import('../../../bench/compare/servers.mjs');
  const tls = makeCertificate(home);
  const mosquitto = new Mosquitto(at('mosquitto'), tls);
  const limit = new Limit(at('limit'), tls);
  try {
    await mosquitto.start();
    await limit.start();
    const webSocket = ['--mqtt-websocket', '--app-port', mosquitto.webSocketPort];
    for (const [server, scenario, ...more] of [[mosquitto, 'pairs'], [mosquitto, 'commands', '--qos', '1'],
      [mosquitto, 'fanout', '--fan', '2', ...webSocket], [limit, 'pairs'], [limit, 'burst', '--burst', '5']]) {
      const options = [...server.options(), '--ca', tls.ca, '--tenants', '5', '--quiet'];
      const { code, err, result } = await loadOn(options, scenario, '--messages', '500', ...more);
      assert.equal(code, 0, `${scenario} on ${server.name}: ${err}`);
      assert.deepEqual([result.sent, result.lost, result.misrouted], [500, 0, 0], scenario);
    }
  } finally {
    await Promise.all([mosquitto.stop(), limit.stop()]);
  }
});

test('Ctrl-C ends a load at once, with its report', async () => {
  const args = ['load', 'pairs', ...common(), '--devices', '10', '--rate', '100', '--duration', '60',
    '--credentials', at('credentials')];
  const child = spawn(sim, args.filter((word) => word !== '--quiet').map(String), { env });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += text));
  const measuring = new Promise((done) => {
    child.stderr.on('data', (text) => (err += text).includes('measuring') && done());
  });
  const ended = once(child, 'exit');
  await Promise.race([measuring, ended]);
  child.kill('SIGINT');
  const [code, signal] = await ended;
  assert.equal(signal, null, err);
  assert.match(out, /delivered +[1-9]/);
  assert.equal(code, 0, err);
});

test('says what is wrong with the call or the server, and ends with its code', async () => {
  const run = (...args) =>
    new Promise((done) => {
      execFile(sim, ['load', ...args.map(String)], { timeout: 20_000 }, (error, out, err) =>
        done({ code: error ? error.code : 0, out, err }));
    });
  assert.equal((await run('nonsense')).code, 64);
  assert.match((await run('--help')).out, /Exit codes: 0 /);
  const nobody = await run('pairs', '--port', '1', '--ca', broker.ca, '--admin', 'a@b.c', '--password', 'x');
  assert.equal(nobody.code, 69);
  assert.match(nobody.err, /setup: /);
  const refused = await run('pairs', '--port', broker.port, '--ca', broker.ca, '--admin', admin.email,
    '--password', 'not his');
  assert.equal(refused.code, 69);
  assert.match(refused.err, /sessions answered 401/);
});
