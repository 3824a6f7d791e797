// The SMTP server of smtp_server.py as a child process, and waiting for the mail that it takes.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Inbox } from './inbox.mjs';

const script = fileURLToPath(new URL('./smtp_server.py', import.meta.url));
// Debian's own: another one in the path would not see Debian's packages.
const python = '/usr/bin/python3';

// A certificate for 127.0.0.1 that is its own authority; the caller removes its directory.
export function makeCertificate() {
  const directory = mkdtempSync(join(tmpdir(), 'treeline-smtp-'));
  const certificate = join(directory, 'cert.pem');
  const key = join(directory, 'key.pem');
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=smtp test', '-addext', names, '-keyout', key, '-out', certificate,
  ], { stdio: 'ignore' });
  return { directory, certificate, key, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export class SmtpServer {
  // `port` 0: any free one.
  constructor({ port = 0, starttls = false, certificate, key, user, password } = {}) {
    this.settings = { port, starttls, certificate, key, user, password };
    this.mail = new Inbox('mail');
    this.refused = new Inbox('refused');
    this.told = new Inbox('told');
  }

  async start() {
    this.process = spawn(python, [script, JSON.stringify(this.settings)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.ended = once(this.process, 'exit');
    const listening = new Inbox('listening');
    createInterface({ input: this.process.stdout }).on('line', (line) => {
      const said = JSON.parse(line);
      if (said.listening) listening.push(said.listening);
      else if (said.refused) this.refused.push(said.refused);
      else if (said.told) this.told.push(said.told);
      else this.mail.push(said);
    });
    this.port = await listening.take(() => true, 'its port');
    return this;
  }

  // How it answers from now on; resolves when it does.
  async tell(rule) {
    this.process.stdin.write(`${JSON.stringify(rule)}\n`);
    await this.told.take(() => true, 'a yes');
  }

  async stop() {
    if (this.process?.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL');
      await this.ended;
    }
  }
}

// The value of a header that stands on one line.
export function header(mail, name) {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(mail.data)?.[1].trim();
}

// The token of the link in a letter.
export function tokenOf(mail) {
  return /#token=([\w-]{43})\r?$/m.exec(mail.data)?.[1];
}
