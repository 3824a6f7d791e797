// The other doors of the one port: device frames over WebSocket, curl, and what each refuses.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { App } from '../lib/app.mjs';
import { Broker } from '../lib/broker.mjs';
import { FrameReader, HARDWARE, INTERNAL, LOGIN, RESPONSE, frame } from '../lib/frame.mjs';
import { Inbox } from '../lib/inbox.mjs';
import { curl } from '../lib/rest.mjs';
import { makeTree } from '../lib/tree.mjs';

const broker = new Broker();
let tree;

before(async () => {
  await broker.start();
  tree = await makeTree(broker);
});

after(() => broker.remove());

async function openDeviceSocket() {
  const socket = new WebSocket(`wss://127.0.0.1:${broker.port}/websockets`, {
    ca: readFileSync(broker.ca),
  });
  const frames = new Inbox('device frames over WebSocket');
  const reader = new FrameReader();
  socket.on('message', (data) => reader.feed(data).forEach((f) => frames.push(f)));
  await new Promise((opened, failed) => socket.on('open', opened).on('error', failed));
  return { socket, frames };
}

test('device frames travel over WebSocket, cut and gathered at will', async () => {
  const app = await App.connect(broker, tree.una.token, 'json');
  await app.ask({ watch: { device: tree.device.id } });
  const { socket, frames } = await openDeviceSocket();
  socket.send(frame(LOGIN, 1, tree.device.token));
  await frames.take((f) => f.command === RESPONSE && f.id === 1 && f.status === 200, 'the login');
  const both = Buffer.concat([
    frame(INTERNAL, 2, 'ver', '1.3.2', 'h-beat', '45', 'buff-in', '1024'),
    frame(HARDWARE, 3, 'vw', '9', '77'),
  ]);
  socket.send(both.subarray(0, 9));
  socket.send(both.subarray(9));
  await frames.take((f) => f.command === RESPONSE && f.id === 2 && f.status === 200, 'the info');
  await app.value(tree.device.id, 9, '77');
  const write = { device: tree.device.id, pin: 10, values: [{ text: 'x' }] };
  assert.equal((await app.ask({ write })).delivery, 'DELIVERED');
  const down = await frames.take((f) => f.command === HARDWARE, 'a downlink');
  assert.deepEqual(down.items, ['vw', '10', 'x']);
  assert.notEqual(down.id, 0);
  socket.close();
  await app.presence(tree.device.id, false);
  await app.close();
});

test('a wrong token is answered 9 and the connection ends', async () => {
  const { socket, frames } = await openDeviceSocket();
  const closed = new Promise((done) => socket.on('close', done));
  socket.send(frame(LOGIN, 1, 'A'.repeat(32)));
  await frames.take((f) => f.command === RESPONSE && f.id === 1 && f.status === 9, 'the refusal');
  await closed;
});

test('an invisible and a missing thing get the same answer, byte for byte', async () => {
  const other = await tree.root.call('POST', '/orgs', {
    parent: tree.root.homeOrg,
    name: 'Neighbour',
  });
  const hidden = await tree.root.call('POST', `/orgs/${other.id}/devices`, { name: 'secret' });
  const essence = ({ status, headers, raw }) => {
    const { 'x-request-id': id, date, ...rest } = headers;
    assert.ok(id);
    return { status, raw, names: Object.keys(headers), rest };
  };
  for (const [method, invisible, missing, body] of [
    ['GET', `/devices/${hidden.id}`, '/devices/9007199254740991'],
    ['DELETE', `/devices/${hidden.id}`, '/devices/9007199254740991'],
    ['GET', `/devices/${hidden.id}/pins`, '/devices/9007199254740991/pins'],
    ['PUT', `/devices/${hidden.id}/pins/1`, '/devices/4/pins/1', { values: ['1'] }],
    ['GET', `/orgs/${other.id}`, '/orgs/9007199254740991'],
    ['GET', `/orgs/${tree.root.homeOrg}`, '/orgs/9007199254740990'],
    ['GET', `/users/${tree.root.user.id}`, '/users/9007199254740991'],
  ]) {
    const first = essence(await tree.una.raw(method, invisible, body));
    const second = essence(await tree.una.raw(method, missing, body));
    assert.equal(first.status, 404, `${method} ${invisible}`);
    assert.deepEqual(first, second);
    const constant = '{"type":"about:blank","title":"Not Found","status":404,"code":"not_found"}';
    assert.equal(first.raw, constant);
  }
});

test('an invisible and a missing device get the same reply over WebSocket', async () => {
  const hidden = await tree.root.call('POST', `/orgs/${tree.root.homeOrg}/devices`, { name: 'h' });
  const app = await App.connect(broker, tree.una.token, 'proto');
  for (const ask of [
    (device) => ({ watch: { device } }),
    (device) => ({ read: { device } }),
    (device) => ({ write: { device, pin: 1, values: [{ text: '1' }] } }),
    (device) => ({ explain: { device, action: 'view' } }),
  ]) {
    const { request: first, ...invisible } = await app.ask(ask(hidden.id));
    const { request: second, ...missing } = await app.ask(ask(9007199254740991));
    assert.equal(second, first + 1);
    assert.equal(invisible.status, 'NOT_FOUND');
    assert.deepEqual(invisible, missing);
  }
  await app.close();
});

test('health and the description of the API are public, the rest is not', async () => {
  assert.equal((await curl(broker, 'GET', '/healthz')).status, 200);
  assert.equal((await curl(broker, 'GET', '/readyz')).status, 200);
  const openapi = await curl(broker, 'GET', '/api/v1/openapi.json');
  assert.match(JSON.parse(openapi.raw).openapi, /^3\.1/);
  assert.equal((await curl(broker, 'GET', '/api/v1/devices')).status, 401);
});

test('an app without a subprotocol or with a bad token is refused on the upgrade', async () => {
  const refusal = (protocols, headers) =>
    new Promise((done) => {
      const socket = new WebSocket(`wss://127.0.0.1:${broker.port}/app`, protocols, {
        ca: readFileSync(broker.ca),
        headers,
      });
      socket.on('unexpected-response', (request, response) => {
        done(response.statusCode);
        request.destroy();
      });
      socket.on('open', () => done('opened'));
      socket.on('error', () => {});
    });
  assert.equal(await refusal([], { Authorization: `Bearer ${tree.una.token}` }), 400);
  assert.equal(await refusal(['treeline.v1.json'], { Authorization: 'Bearer wrong' }), 401);
});
