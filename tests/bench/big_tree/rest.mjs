// One caller of REST over one connection that is kept, so that an answer's time holds no handshake.
import { Agent, request } from 'node:https';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const patience_ms = 60_000;

export class Caller {
  constructor(server) {
    this.agent = new Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(server.tls.ca) });
    this.port = server.port;
  }

  static async signIn(server) {
    const caller = new Caller(server);
    const session = await caller.ask('POST', '/sessions', server.admin);
    caller.token = session.access_token;
    caller.homeOrg = session.home_org;
    return caller;
  }

  // Whatever the status; `seconds` until the whole answer was there.
  async timed(method, path, body) {
    const sent = body === undefined ? '' : JSON.stringify(body);
    const headers = { 'Content-Length': Buffer.byteLength(sent) };
    if (sent) headers['Content-Type'] = 'application/json';
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    const began = performance.now();
    const asked = request({ host: '127.0.0.1', port: this.port, agent: this.agent, method, headers,
      path: `/api/v1${path}`, signal: AbortSignal.timeout(patience_ms) });
    asked.end(sent);
    const [answer] = await once(asked, 'response');
    const raw = await text(answer);
    return { status: answer.statusCode, raw, seconds: (performance.now() - began) / 1000 };
  }

  // The answer's JSON; fails on anything but a 2xx.
  async ask(method, path, body) {
    const { status, raw } = await this.timed(method, path, body);
    if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${raw}`);
    return JSON.parse(raw);
  }

  close() {
    this.agent.destroy();
  }
}
