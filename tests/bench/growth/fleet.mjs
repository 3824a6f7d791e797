// The servers of the growth runs: one roster is made, and the others begin with a copy of it.
import { once } from 'node:events';
import { cpSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { Limit, Treeline, admin, tenants } from '../compare/servers.mjs';

const files = { usual: 'credentials', of: (count) => `credentials-${count}` };

// `one`: a shard on a core of its own. `crowded`: the same, among many silent orgs. `free1`, `free2`:
// one and two shards on whichever core is free. `idle`: for memory, started anew for each load.
export class Fleet {
  constructor(directory, tls, generator) {
    Object.assign(this, { directory, tls, generator });
    this.servers = new Map();
  }

  make(name) {
    const at = join(this.directory, name);
    const server = name === 'limit' ? new Limit(at, this.tls)
      : new Treeline(at, this.tls, name === 'free2' ? 2 : 1);
    server.isPinned = !name.startsWith('free');
    this.servers.set(name, server);
    return server;
  }

  // Starts all that the points need, with those whom they need.
  async start(points) {
    const names = new Set(points.map(({ on }) => on));
    const one = this.make('one');
    const needs = points.filter(({ on }) => on !== 'limit');
    if (needs.length > 0) {
      await one.start();
      await this.fill(one, needs);
      await one.stop();
    }
    for (const name of names) {
      if (name === 'one') continue;
      const server = this.make(name);
      if (name !== 'limit') cpSync(one.directory, server.directory, { recursive: true });
      if (name !== 'idle') await server.start();
    }
    if (names.has('one')) await one.start();
    if (names.has('crowded')) {
      const { orgs } = points.find(({ on }) => on === 'crowded');
      await addOrgs(this.servers.get('crowded'), orgs - tenants);
    }
  }

  async fill(one, points) {
    const usual = points.filter((point) => point.tenants === tenants);
    const devices = Math.max(...usual.map((point) => point.devices), 1);
    await this.roster(one, tenants, devices);
    for (const point of points.filter((any) => any.tenants !== tenants)) {
      await this.roster(one, point.tenants, point.devices);
    }
  }

  async roster(server, count, devices) {
    this.choose(server, count);
    await this.generator.makeRoster(server, ['pairs', '--devices', devices, '--tenants', count]);
  }

  choose(server, count) {
    server.credentials = count === tenants ? files.usual : files.of(count);
  }

  // The server of a point, ready for its load.
  async ready(point, isFresh) {
    const server = this.servers.get(point.on);
    this.choose(server, point.tenants);
    if (isFresh) {
      await server.stop();
      await server.start();
    }
    return server;
  }

  stop() {
    return Promise.all([...this.servers.values()].map((server) => server.stop()));
  }
}

async function post(port, agent, path, body, token) {
  const text = JSON.stringify(body);
  const call = request({ agent, host: '127.0.0.1', port, path: `/api/v1${path}`, method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text),
      ...(token ? { Authorization: `Bearer ${token}` } : {}) } });
  call.end(text);
  const [answer] = await once(call, 'response');
  const found = JSON.parse(Buffer.concat(await answer.toArray()));
  if (answer.statusCode >= 300) throw new Error(`POST ${path}: ${answer.statusCode} ${found.error}`);
  return found;
}

// Orgs with nobody in them, below the admin's.
async function addOrgs(server, count) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16,
    ca: readFileSync(server.tls.ca), servername: 'localhost' });
  try {
    const { access_token: token, home_org: parent } = await post(server.port, agent, '/sessions', admin);
    let next = 0;
    const add = async () => {
      while (next < count) {
        await post(server.port, agent, '/orgs', { parent, name: `silent ${next++}` }, token);
      }
    };
    await Promise.all(Array.from({ length: 16 }, add));
  } finally {
    agent.destroy();
  }
}
