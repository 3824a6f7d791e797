// treeline-sim as a child process, one at a time, pinned to the generator's core.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { admin, onCore, sim } from './servers.mjs';

export class Generator {
  constructor(directory) {
    this.file = join(directory, 'result.json');
    this.child = null;
    this.misrouted = {};  // by the server's name, over all loads
  }

  // What the load has measured. Throws when it could not be carried out; who received what he may
  // not see is counted, and the load's figures stand.
  async run(server, words) {
    const { code, signal } = await this.spawn(server, ['--json', this.file, ...words], 'inherit');
    if (code !== 0 && code !== 1) {
      throw new Error(`${words[0]} on ${server.name}: the generator ended with ${code ?? signal}`);
    }
    const result = JSON.parse(readFileSync(this.file));
    this.misrouted[server.name] ??= 0;
    this.misrouted[server.name] += result.misrouted + result.unreadable;
    return result;
  }

  // Only the tenants and devices that a load would need: nobody is given the time to log in.
  async makeRoster(server, words) {
    const { code, signal, errors } = await this.spawn(server, ['--connect-max', 0, ...words], 'pipe');
    const notConnected = 3;
    if (code !== notConnected) {
      throw new Error(`no roster: the generator ended with ${code ?? signal}: ${errors}`);
    }
  }

  async spawn(server, words, errorsTo) {
    const command = [sim, 'load', '--quiet', ...words, ...server.options(), '--ca', server.tls.ca,
      '--server-pid', server.pid].map(String);
    const [program, ...args] = server.isPinned ? onCore(1, command) : command;
    this.child = spawn(program, args, {
      stdio: ['ignore', 'ignore', errorsTo],
      env: { ...process.env, TREELINE_ADMIN_EMAIL: admin.email, TREELINE_ADMIN_PASSWORD: admin.password },
    });
    let errors = '';
    this.child.stderr?.on('data', (text) => { errors += text; });
    const [code, signal] = await once(this.child, 'close');
    this.child = null;
    return { code, signal, errors: errors.trim() };
  }

  stop() {
    this.child?.kill('SIGTERM');
  }
}
