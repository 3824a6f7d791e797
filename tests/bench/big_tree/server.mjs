// The data directory that bench_scale writes, and a treelined that also shows its metrics.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Treeline, admin, everyCore, freePort, onCore } from '../compare/servers.mjs';

const ready_ms_max = 120_000;
const stop_ms_max = 30_000;

// Of the small directory and of the big one alike. Pinned to core 0, or free to use every core.
export class MeasuredTreeline extends Treeline {
  constructor(directory, tls, { shards, isPinned, admin: own = admin }) {
    super(directory, tls, shards);
    Object.assign(this, { isPinned, admin: own });
  }

  async start() {
    this.adminPort = await freePort();
    const began = performance.now();
    const stuck = setTimeout(() => this.child?.kill('SIGKILL'), ready_ms_max);
    try {
      await super.start();
      while (!await this.isReady()) await sleep(5);
    } finally {
      clearTimeout(stuck);
    }
    this.startSeconds = (performance.now() - began) / 1000;
  }

  // Not once it was told to stop, even if that was a moment before it began.
  spawn(...how) {
    if (this.isStopped) throw new Error('told to stop');
    super.spawn(...how);
  }

  program() {
    const command = [...super.program(), '--admin-listen', `127.0.0.1:${this.adminPort}`];
    return this.isPinned ? command : onCore(everyCore, command);
  }

  async isReady() {
    if (!this.isRunning()) throw new Error('treelined ended before it was ready');
    try {
      return (await this.adminGet('/readyz')).status === 200;
    } catch {
      return false;
    }
  }

  isRunning() {
    return Boolean(this.child) && this.child.exitCode === null && this.child.signalCode === null;
  }

  adminGet(path) {
    return fetch(`http://127.0.0.1:${this.adminPort}${path}`, { signal: AbortSignal.timeout(10_000) });
  }

  async metrics() {
    return (await this.adminGet('/metrics')).text();
  }

  residentMib() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) / 1024;
  }

  // The orgs that the generator has made.
  tenantOrgs() {
    const credentials = readFileSync(join(this.directory, 'credentials'), 'utf8');
    return [...credentials.matchAll(/^tenant (\d+) /gm)].map(([, org]) => Number(org));
  }

  async stop() {
    this.isStopped = true;
    const stuck = setTimeout(() => this.child?.kill('SIGKILL'), stop_ms_max);
    await super.stop();
    clearTimeout(stuck);
  }
}

// Writes `directory`/data unless a whole one is there. Returns who can sign in to it.
export async function bigDirectory(directory, size, { isFresh, children }) {
  const mark = join(directory, 'made.json');
  if (existsSync(mark) && !isFresh) return JSON.parse(readFileSync(mark));
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const program = join(process.env.TREELINE_BUILD, 'tests/bench_scale');
  const child = spawn(program, [...size.map(String), join(directory, 'data')],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  children.delete(child);
  process.stderr.write(said);
  const told = /^admin (\S+) password (.+)$/m.exec(said);
  if (code !== 0) throw new Error(`bench_scale ended with ${code ?? signal}`);
  if (!told) throw new Error('bench_scale has named no admin: is it an old one?');
  const made = { email: told[1], password: told[2] };
  writeFileSync(mark, `${JSON.stringify(made)}\n`);
  return made;
}
