// A real treelined as a child process on 127.0.0.1, and waiting for what it says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = resolve(fileURLToPath(new URL('../../../..', import.meta.url)));
export const treelined = resolve(root, process.env.TREELINED ?? 'build/dev/treelined');
export const admin = { email: 'admin@example.org', password: 'correct horse battery' };

// Owns the process and, unless one was given, the data directory.
export class Broker {
  constructor({ data, listen = '127.0.0.1:0', args = [] } = {}) {
    this.temporary = data ? null : mkdtempSync(join(tmpdir(), 'treeline-e2e-'));
    this.data = data ?? join(this.temporary, 'data');
    this.listen = listen;
    this.args = args;
  }

  get ca() {
    return join(this.data, 'tls', 'ca.pem');
  }

  get url() {
    return `https://127.0.0.1:${this.port}`;
  }

  // Resolves with the broker once it has said that it listens; rejects when it ends before.
  async start() {
    const args = ['--data', this.data, '--listen', this.listen, ...this.args];
    const env = {
      ...process.env,
      TREELINE_ADMIN_EMAIL: admin.email,
      TREELINE_ADMIN_PASSWORD: admin.password,
    };
    this.process = spawn(treelined, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = once(this.process, 'exit').catch((error) => [error.message]);
    this.said = '';
    this.process.stderr.on('data', (text) => (this.said = (this.said + text).slice(-4000)));
    this.port = await this.#listening();
    return this;
  }

  #listening() {
    return new Promise((found, failed) => {
      createInterface({ input: this.process.stdout }).on('line', (line) => {
        const match = /^listening on \S+:(\d+)$/.exec(line);
        if (match) found(Number(match[1]));
      });
      this.ended.then(([code]) => {
        failed(new Error(`treelined ended (${code}) before it listened: ${this.said}`));
      });
    });
  }

  async kill9() {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  // The exit code.
  async stop() {
    this.process.kill('SIGTERM');
    const [code] = await this.ended;
    return code;
  }

  // Whatever state it is in: no process and no directory of ours are left.
  async remove() {
    if (this.process && this.process.exitCode === null && this.process.signalCode === null) {
      await this.kill9();
    }
    if (this.temporary) rmSync(this.temporary, { recursive: true, force: true });
  }
}
