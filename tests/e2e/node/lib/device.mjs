// A device that is npm's blynk-library, unmodified, over TLS with our CA.
import { createRequire } from 'node:module';
import { FrameReader } from './frame.mjs';
import { Inbox } from './inbox.mjs';

const library = createRequire(import.meta.url)('blynk-library');

export class Device {
  // Resolves once the library says that it is connected.
  static async connect(broker, token) {
    const device = new Device();
    const connector = new library.SslClient({
      addr: '127.0.0.1',
      port: broker.port,
      servername: 'localhost',
      ca: [broker.ca],
    });
    device.blynk = new library.Blynk(token, { connector, skip_connect: true });
    device.frames = new Inbox('device frames');
    device.writes = new Inbox('device pins');
    const reader = new FrameReader();
    const connected = new Promise((done, failed) => {
      device.blynk.on('connect', () => {
        connector.on('data', (data) => {
          for (const frame of reader.feed(Buffer.from(data, 'latin1'))) device.frames.push(frame);
        });
        done();
      });
      device.blynk.on('error', (error) => failed(new Error(`device: ${error}`)));
    });
    device.blynk.connect();
    await connected;
    return device;
  }

  // From now on what the library hears on the pin lands in `writes`.
  listen(pin) {
    const virtual = new this.blynk.VirtualPin(pin);
    virtual.on('write', (values) => this.writes.push({ pin, value: values.join('\0') }));
  }

  heard(pin, value) {
    return this.writes.take((w) => w.pin === pin && w.value === value, `V${pin} = ${value}`);
  }

  // The library numbers its login 1 and its info frame 2.
  infoAcknowledged() {
    return this.frames.take((f) => f.command === 0 && f.id === 2, 'the answer to the info frame');
  }

  // For good: the library may have armed its next connect already, when the broker closed.
  disconnect() {
    this.blynk.connect = () => {};
    clearInterval(this.blynk.timerConn);
    this.blynk.disconnect(false);
  }
}
