// The command-line client against a real broker, and against a server that loses its answers.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Broker, admin, treelined } from '../lib/broker.mjs';

const binary = join(dirname(treelined), 'treeline');
const broker = new Broker();
const home = mkdtempSync(join(tmpdir(), 'treeline-cli-'));
const session = join(home, 'treeline', 'session.json');

before(() => broker.start());
after(async () => {
  await broker.remove();
  rmSync(home, { recursive: true, force: true });
});

// What the client printed and how it ended; `server` and `ca` as an operator would export them.
function treeline(args, { env = {}, url = broker.url } = {}) {
  const { TREELINE_TOKEN, ...rest } = process.env;
  const whole = { ...rest, XDG_CONFIG_HOME: home, TREELINE_SERVER: url, TREELINE_CA: broker.ca };
  return new Promise((done) => {
    execFile(binary, args, { env: { ...whole, ...env }, timeout: 20_000 }, (error, out, err) =>
      done({ code: error ? error.code : 0, out, err }),
    );
  });
}

async function json(...args) {
  const { code, out, err } = await treeline([...args, '--json']);
  assert.equal(code, 0, `${args.join(' ')}: ${err}`);
  return JSON.parse(out);
}

test('signs in, works on what exists, and signs out', async () => {
  const wrong = await treeline(['login', admin.email], { env: { TREELINE_PASSWORD: 'not right' } });
  assert.equal(wrong.code, 77);
  assert.match(wrong.err, /address or password is wrong/);
  const env = { TREELINE_PASSWORD: admin.password };
  assert.equal((await treeline(['login', admin.email], { env })).code, 0);
  assert.equal(statSync(session).mode & 0o777, 0o600);
  assert.equal((await json('whoami')).email, admin.email);

  const org = await json('org', 'create', 'Client');
  const made = await treeline(
    ['user', 'create', 'una@example.org', '--name', 'Una', '--role', 'User', '--org', `${org.id}`, '--json'],
    { env: { TREELINE_NEW_PASSWORD: 'a password for una' } },
  );
  assert.equal(made.code, 0, made.err);
  const una = JSON.parse(made.out);
  const device = await json('device', 'create', 'lamp', '--org', `${org.id}`, '--owner', `${una.id}`);
  assert.equal(device.token.length, 32);
  const delivery = (await json('device', 'write', `${device.id}`, 'V5', '-3')).delivery;
  assert.equal(delivery, 'stored');
  assert.match((await treeline(['device', 'pins', `${device.id}`])).out, /^PIN +VALUES +AT\n5 +-3 /);
  assert.match((await treeline(['org', 'tree'])).out, /^root \(\d+, root\)\n {2}Client \(/);
  const why = await json('explain', '--user', `${una.id}`, '--device', `${device.id}`, '--action', 'delete');
  assert.equal(why.allowed, false);
  assert.notEqual((await json('device', 'rotate-token', `${device.id}`)).token, device.token);
  const set = await json('role', 'set', 'User', 'own_devices.view', '--org', `${org.id}`);
  assert.deepEqual(set.permissions, ['own_devices.view']);
  const missing = await treeline(['device', 'show', '9007199254740991']);
  assert.equal(missing.code, 65);
  assert.match(missing.err, /^treeline: Not Found \(404 not_found, request \S+\)\n$/);

  assert.equal((await treeline(['logout'])).code, 0);
  assert.equal((await treeline(['whoami'])).code, 77);
});

test('trades its tokens by itself, also when two do it at once', async () => {
  const env = { TREELINE_PASSWORD: admin.password };
  assert.equal((await treeline(['login', admin.email], { env })).code, 0);
  const stale = JSON.parse(readFileSync(session));
  writeFileSync(session, JSON.stringify({ ...stale, access_token: 'A'.repeat(43) }));
  const both = await Promise.all([treeline(['whoami']), treeline(['org', 'list'])]);
  for (const { code, err } of both) assert.equal(code, 0, err);
  assert.notEqual(JSON.parse(readFileSync(session)).refresh_token, stale.refresh_token);
  assert.equal((await treeline(['whoami'])).code, 0);
});

test('repeats a call whose answer was lost, with the same key', async () => {
  const keys = [];
  const tls = join(broker.data, 'tls');
  const pair = { key: readFileSync(join(tls, 'key.pem')), cert: readFileSync(join(tls, 'cert.pem')) };
  const lossy = createServer(pair, (request, response) => {
    keys.push(request.headers['idempotency-key']);
    if (keys.length === 1) return request.socket.destroy();
    response.writeHead(keys.length === 2 ? 503 : 200, { 'Content-Type': 'application/json' });
    response.end(keys.length === 2 ? '{"code":"overloaded"}' : '{"revision":4}');
  });
  await new Promise((ready) => lossy.listen(0, '127.0.0.1', ready));
  const url = `https://127.0.0.1:${lossy.address().port}`;
  const { code, out, err } = await treeline(['user', 'resume', '3', '--token', 't'], { url });
  lossy.close();
  assert.equal(code, 0, err);
  assert.equal(out, 'done, revision 4\n');
  assert.equal(keys.length, 3);
  assert.match(keys[0], /^[0-9a-f]{32}$/);
  assert.equal(new Set(keys).size, 1);
});

test('trusts nobody without the CA, and says at once when nobody is there', async () => {
  const untrusted = await treeline(['whoami'], { env: { TREELINE_CA: '/etc/ssl/certs/ca-certificates.crt' } });
  assert.equal(untrusted.code, 69);
  assert.match(untrusted.err, /not trusted/);
  const nobody = await treeline(['whoami'], { url: 'https://127.0.0.1:1' });
  assert.equal(nobody.code, 69);
  assert.match(nobody.err, /cannot reach/);
});
