// Device frames by hand, for what blynk-library does not show: u8 command, u16 id, u16 length.
export const RESPONSE = 0;
export const LOGIN = 29;
export const INTERNAL = 17;
export const HARDWARE = 20;

export function frame(command, id, ...items) {
  const body = Buffer.from(items.join('\0'), 'latin1');
  const head = Buffer.alloc(5);
  head.writeUInt8(command, 0);
  head.writeUInt16BE(id, 1);
  head.writeUInt16BE(body.length, 3);
  return Buffer.concat([head, body]);
}

// Splits a stream of bytes; feed() returns the whole frames so far.
export class FrameReader {
  #bytes = Buffer.alloc(0);

  feed(bytes) {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    const frames = [];
    while (this.#bytes.length >= 5) {
      const command = this.#bytes.readUInt8(0);
      const length = this.#bytes.readUInt16BE(3);
      const size = command === RESPONSE ? 5 : 5 + length;
      if (this.#bytes.length < size) break;
      const id = this.#bytes.readUInt16BE(1);
      const items = this.#bytes.subarray(5, size).toString('latin1').split('\0');
      frames.push(command === RESPONSE ? { command, id, status: length } : { command, id, items });
      this.#bytes = this.#bytes.subarray(size);
    }
    return frames;
  }
}
