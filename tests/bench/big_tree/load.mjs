// The generator as a child process: it says when it measures, and can be ended before its time.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onCore, sim } from '../compare/servers.mjs';

const patience_ms = 180_000;
let loads = 0;

export class Load {
  // Pinned to core 1 where the server is pinned.
  constructor(server, directory, children, words) {
    this.words = words;
    this.file = join(directory, `result-${++loads}.json`);
    const command = [sim, 'load', ...words, ...server.options(), '--ca', server.tls.ca,
      '--server-pid', server.pid, '--json', this.file].map(String);
    const [program, ...args] = server.isPinned ? onCore(1, command) : command;
    const { email, password } = server.admin;
    this.child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TREELINE_ADMIN_EMAIL: email, TREELINE_ADMIN_PASSWORD: password },
    });
    children.add(this.child);
    this.ended = once(this.child, 'exit').finally(() => children.delete(this.child));
    this.lines = createInterface({ input: this.child.stderr });
    this.measures = this.#measures();
    this.measures.catch(() => {});  // told by result(), too
  }

  // Progress lines come once a second; what else it says is for people.
  async #measures() {
    let found = () => {};
    const told = new Promise((done) => { found = done; });
    this.lines.on('line', (line) => {
      if (line.startsWith('measuring ')) found(true);
      else if (!line.startsWith('preparing ')) process.stderr.write(`${line}\n`);
    });
    if (!await Promise.race([told, this.ended.then(() => false)])) {
      throw new Error(`${this.words[0]}: the generator ended before it measured`);
    }
  }

  end() {
    this.child.kill('SIGINT');
  }

  // Lost or late messages are in the result (exit codes 2 and 3); without one it fails.
  async result() {
    const stuck = setTimeout(() => this.child.kill('SIGKILL'), patience_ms);
    const [code, signal] = await this.ended;
    clearTimeout(stuck);
    if (!existsSync(this.file)) {
      throw new Error(`${this.words[0]}: the generator ended with ${code ?? signal}`);
    }
    return JSON.parse(readFileSync(this.file));
  }
}
