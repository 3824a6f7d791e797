// The platform API through curl: one child process per request, verified against the broker's CA.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

// "HTTP/1.1 200 OK\r\nname: value\r\n…\r\n\r\nbody" as curl -i prints it.
function parse(text) {
  const end = text.indexOf('\r\n\r\n');
  const [first, ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const raw = text.slice(end + 4);
  return { status: Number(first.split(' ')[1]), headers, raw };
}

export async function curl(broker, method, path, { token, body } = {}) {
  const args = ['--silent', '--show-error', '--include', '--http1.1', '--max-time', '20'];
  args.push('--cacert', broker.ca, '--request', method, broker.url + path);
  if (token) args.push('--header', `Authorization: Bearer ${token}`);
  if (body !== undefined) {
    args.push('--header', 'Content-Type: application/json', '--data', JSON.stringify(body));
  }
  return parse((await run('curl', args)).stdout);
}

// One caller of the API.
export class Rest {
  constructor(broker, token) {
    this.broker = broker;
    this.token = token;
  }

  static async signIn(broker, { email, password }) {
    const session = await new Rest(broker).call('POST', '/sessions', { email, password });
    const caller = new Rest(broker, session.access_token);
    caller.user = session.user;
    caller.homeOrg = session.home_org;
    return caller;
  }

  // The answer's JSON; fails on anything but a 2xx.
  async call(method, path, body) {
    const answer = await curl(this.broker, method, `/api/v1${path}`, { token: this.token, body });
    if (answer.status < 200 || answer.status > 299) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.raw}`);
    }
    return JSON.parse(answer.raw);
  }

  // Status, headers and text as they came.
  raw(method, path, body) {
    return curl(this.broker, method, `/api/v1${path}`, { token: this.token, body });
  }
}
