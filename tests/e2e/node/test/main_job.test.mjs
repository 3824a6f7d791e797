// The main job with clients nobody here wrote: a device and two apps talk through the broker, and
// what they said survives a SIGKILL.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { App, text } from '../lib/app.mjs';
import { Broker } from '../lib/broker.mjs';
import { Device } from '../lib/device.mjs';
import { makeTree } from '../lib/tree.mjs';

const broker = new Broker();
let tree;
let device;
let proto;
let json;

before(async () => {
  await broker.start();
  tree = await makeTree(broker);
});

after(async () => {
  device?.disconnect();
  proto?.socket.terminate();
  json?.socket.terminate();
  await broker.remove();
});

test('an unmodified device logs in and its info frame is acknowledged', async () => {
  device = await Device.connect(broker, tree.device.token);
  assert.deepEqual(await device.infoAcknowledged(), { command: 0, id: 2, status: 200 });
  const shown = await tree.una.call('GET', `/devices/${tree.device.id}`);
  assert.equal(shown.online, true);
});

test('apps in both encodings sign in and watch', async () => {
  proto = await App.connect(broker, tree.una.token, 'proto');
  json = await App.connect(broker, tree.una.token, 'json', { header: false });
  assert.equal(json.account.user, String(tree.una.user.id));
  for (const app of [proto, json]) {
    const reply = await app.ask({ watch: { device: tree.device.id } });
    assert.equal(reply.status, 'OK');
    await app.presence(tree.device.id, true);
  }
});

test('what the device writes reaches every app that watches', async () => {
  device.blynk.virtualWrite(5, '21.5');
  for (const app of [proto, json]) {
    const value = await app.value(tree.device.id, 5, '21.5');
    assert.equal(value.origin, 'DEVICE');
    assert.ok(Math.abs(Number(value.atMs) - Date.now()) < 60_000);
  }
});

test('several values of one pin arrive as several', async () => {
  device.blynk.virtualWrite(7, ['1', '2', 'three']);
  for (const app of [proto, json]) await app.value(tree.device.id, 7, '1\x002\x00three');
});

test('what an app writes reaches the device and the other app, not the writer', async () => {
  device.listen(6);
  const write = { device: tree.device.id, pin: 6, values: [{ text: 'on' }] };
  const reply = await proto.ask({ write });
  assert.equal(reply.status, 'OK');
  assert.equal(reply.delivery, 'DELIVERED');
  await device.heard(6, 'on');
  const echoed = await json.value(tree.device.id, 6, 'on');
  assert.equal(echoed.origin, 'APP');
  const back = await json.ask({ write: { ...write, values: [{ text: 'off' }] } });
  assert.equal(back.delivery, 'DELIVERED');
  await device.heard(6, 'off');
  await proto.value(tree.device.id, 6, 'off');
  const own = proto.inbox.messages.filter((m) => m.value && text(m.value) === 'on');
  assert.deepEqual(own, []);
});

test('REST reads and writes the same pins', async () => {
  device.listen(8);
  const path = `/devices/${tree.device.id}/pins`;
  const written = await tree.una.call('PUT', `${path}/8`, { values: ['from rest'] });
  assert.equal(written.delivery, 'delivered');
  await device.heard(8, 'from rest');
  assert.equal((await json.value(tree.device.id, 8, 'from rest')).origin, 'API');
  const { items } = await tree.una.call('GET', path);
  assert.deepEqual(items.find((item) => item.pin === 5).values, ['21.5']);
});

test('stored values come back on syncAll after SIGKILL 200 ms after the write', async () => {
  device.blynk.virtualWrite(5, '22.75');
  await wait(200);
  const killed = broker.kill9();
  device.disconnect();
  await killed;
  await Promise.all([proto.closed, json.closed]);

  await broker.start();
  device = await Device.connect(broker, tree.device.token);
  for (const pin of [5, 6, 7]) device.listen(pin);
  device.blynk.syncAll();
  await device.heard(5, '22.75');
  await device.heard(6, 'off');
  await device.heard(7, '1\x002\x00three');
});

test('the access token and the tree survived it too', async () => {
  json = await App.connect(broker, tree.una.token, 'json');
  const reply = await json.ask({ watch: { org: tree.org.id, snapshot: true } });
  assert.equal(reply.status, 'OK');
  await json.value(tree.device.id, 5, '22.75');
});

test('SIGTERM drains: apps are told to come back and the exit code is 0', async () => {
  const stopped = broker.stop();
  assert.equal(await json.closed, 1001);
  device.disconnect();
  assert.equal(await stopped, 0);
});
