// An app session over WebSocket with npm's `ws`, in either encoding; protobuf by `protobufjs`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import WebSocket from 'ws';
import { root } from './broker.mjs';
import { Inbox } from './inbox.mjs';

const schema = protobuf.loadSync(join(root, 'proto/app/v1/app.proto'));
const ClientMessage = schema.lookupType('treeline.app.v1.ClientMessage');
const ServerMessage = schema.lookupType('treeline.app.v1.ServerMessage');

// Both encodings meet in one shape: lowerCamelCase, 64-bit numbers and enum names as strings.
const codecs = {
  json: { encode: JSON.stringify, decode: (data) => JSON.parse(data.toString()) },
  proto: {
    encode: (message) => ClientMessage.encode(ClientMessage.fromObject(message)).finish(),
    decode: (data) =>
      ServerMessage.toObject(ServerMessage.decode(data), {
        longs: String,
        enums: String,
        defaults: true,
        arrays: true,
      }),
  },
};

export const text = (value) => (value.values ?? []).map((item) => item.text).join('\0');

export class App {
  #request = 0;

  constructor(socket, encoding) {
    this.socket = socket;
    this.codec = codecs[encoding];
    this.inbox = new Inbox(`app (${encoding})`);
    this.closed = new Promise((done) => socket.on('close', (code) => done(code)));
    socket.on('message', (data) => this.inbox.push(this.codec.decode(data)));
    socket.on('error', () => {});
  }

  // With `header` the token travels in the upgrade, else in a first message sign_in.
  static async connect(broker, token, encoding, { header = true } = {}) {
    const headers = header ? { Authorization: `Bearer ${token}` } : {};
    const socket = new WebSocket(`wss://127.0.0.1:${broker.port}/app`, `treeline.v1.${encoding}`, {
      ca: readFileSync(broker.ca),
      headers,
    });
    const app = new App(socket, encoding);
    await new Promise((opened, failed) => {
      socket.on('open', opened);
      socket.on('error', failed);
    });
    if (!header) app.account = (await app.ask({ signIn: { token } })).account;
    return app;
  }

  // The one reply to `body`.
  async ask(body) {
    const request = ++this.#request;
    this.socket.send(this.codec.encode({ request, ...body }));
    const { reply } = await this.inbox.take((m) => m.reply?.request === request, 'a reply');
    return reply;
  }

  value(device, pin, wanted) {
    return this.inbox
      .take(
        ({ value: v }) =>
          v && v.device === String(device) && (v.pin ?? 0) === pin && text(v) === wanted,
        `value ${wanted} of V${pin}`,
      )
      .then((message) => message.value);
  }

  presence(device, online) {
    return this.inbox.take(
      ({ presence: p }) => p && p.device === String(device) && Boolean(p.online) === online,
      `presence ${online}`,
    );
  }

  close() {
    this.socket.close();
    return this.closed;
  }
}
