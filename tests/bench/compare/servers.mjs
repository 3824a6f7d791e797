// The three servers, each a child process on 127.0.0.1, pinned to the server's core unless told.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const build = process.env.TREELINE_BUILD;
export const tenants = 100;
export const admin = { email: 'admin@example.org', password: 'a password of the bench' };
export const sim = join(build, 'treeline-sim');

const cores = availableParallelism();  // as it was before stayOn()
export const everyCore = `0-${cores - 1}`;
export const allButTheFirst = `1-${cores - 1}`;

// A machine with one core has nothing to pin.
export const onCore = (core, command) =>
  cores > 1 ? ['taskset', '-c', String(core), ...command] : command;

// This process and what it starts, on these cores from here on.
export function stayOn(those) {
  if (cores > 1) execFileSync('taskset', ['-a', '-c', '-p', those, String(process.pid)]);
}

// One ECDSA P-256 certificate for all three.
export function makeCertificate(directory) {
  const at = (name) => join(directory, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  const key = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout'];
  openssl('req', '-x509', '-newkey', ...key, at('ca.key'), '-out', at('ca.pem'), '-days', '2',
    '-subj', '/CN=bench authority');
  openssl('req', '-newkey', ...key, at('server.key'), '-out', at('server.csr'), '-subj',
    '/CN=localhost');
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl('x509', '-req', '-in', at('server.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'),
    '-CAcreateserial', '-days', '2', '-extfile', at('names'), '-out', at('server.pem'));
  return { ca: at('ca.pem'), certificate: at('server.pem'), key: at('server.key') };
}

export async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function listens(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

class Server {
  constructor(name, directory, tls) {
    Object.assign(this, { name, directory, tls, isPinned: true });
    mkdirSync(directory, { recursive: true });
  }

  spawn(command, environment = {}) {
    const [program, ...args] = this.isPinned ? onCore(0, command) : command;
    this.child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      // Debian keeps servers where only root looks.
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, ...environment },
    });
    this.ended = once(this.child, 'exit');
    this.pid = this.child.pid;  // taskset becomes the server
  }

  // The port of the line `listening on 127.0.0.1:PORT`.
  async told() {
    for await (const line of createInterface({ input: this.child.stdout })) {
      const found = /^listening on 127\.0\.0\.1:(\d+)$/.exec(line);
      if (found) return Number(found[1]);
    }
    throw new Error(`${this.name} ended before it listened`);
  }

  async stop() {
    if (!this.child) return;
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    await this.ended;
    this.child = null;
  }
}

export class Treeline extends Server {
  constructor(directory, tls, shards) {
    super('treelined', directory, tls);
    this.shards = shards;
    this.credentials = 'credentials';  // the file of whom a load makes and uses
  }

  async start() {
    const at = (name) => join(this.directory, name);
    writeFileSync(at('treelined.toml'), `
[device]
flood_per_second = 0
logins_per_minute = 0
[limits]
unauthenticated_per_ip = 0
handshakes_per_ip = 0
rest_per_org_minute = 0
rest_per_user_minute = 0
[tls]
certificate = "${this.tls.certificate}"
key = "${this.tls.key}"
[log]
level = "error"
`);
    this.spawn([...this.program(), '--data', at('data'), '--config', at('treelined.toml'),
      '--listen', '127.0.0.1:0', '--shards', String(this.shards)],
    { TREELINE_ADMIN_EMAIL: admin.email, TREELINE_ADMIN_PASSWORD: admin.password });
    this.port = await this.told();
  }

  program() {
    return [join(build, 'treelined')];
  }

  options() {
    return ['--server', 'treeline', '--port', this.port,
      '--credentials', join(this.directory, this.credentials)];
  }
}

// Debian's package: passwords for each tenant, an ACL that confines him, no delay, no store.
export class Mosquitto extends Server {
  constructor(directory, tls) {
    super('mosquitto', directory, tls);
    execFileSync(sim, ['load', '--write-accounts', directory, '--tenants', String(tenants)]);
    execFileSync('mosquitto_passwd', ['-U', join(directory, 'passwords')]);
  }

  async start() {
    this.port = await freePort();
    this.webSocketPort = await freePort();
    const tls = `cafile ${this.tls.ca}\ncertfile ${this.tls.certificate}\nkeyfile ${this.tls.key}\n`;
    const asUser = process.getuid() === 0 ? 'user root\n' : '';
    const file = join(this.directory, 'mosquitto.conf');
    writeFileSync(file, `${asUser}listener ${this.port} 127.0.0.1\n${tls}`
      + `listener ${this.webSocketPort} 127.0.0.1\nprotocol websockets\n${tls}`
      + `allow_anonymous false\npassword_file ${join(this.directory, 'passwords')}\n`
      + `acl_file ${join(this.directory, 'acl')}\nset_tcp_nodelay true\nmax_inflight_messages 0\n`
      + 'max_queued_messages 100000\npersistence false\nlog_type error\n');
    this.spawn(['mosquitto', '-c', file]);
    const until = Date.now() + 10_000;
    while (!await listens(this.port)) {
      if (Date.now() > until || this.child.exitCode !== null) throw new Error('mosquitto does not start');
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  options() {
    return ['--server', 'mqtt', '--port', this.port];
  }
}

export class Limit extends Server {
  constructor(directory, tls) {
    super('limit', directory, tls);
  }

  async start() {
    this.spawn([join(build, 'tests/bench/limit/bench_limit'), '0', this.tls.certificate, this.tls.key]);
    this.port = await this.told();
  }

  options() {
    return ['--server', 'limit', '--port', this.port];
  }
}
