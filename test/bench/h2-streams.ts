import { connect, type TLSSocket } from 'node:tls';
import type { Identity } from './connection';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const PING = 6;
const WINDOW_UPDATE = 8;
const ACK = 1;
const END_STREAM = 1;
const END_HEADERS = 4;
const LARGEST_WINDOW = 2 ** 31 - 1;

/** What comes over one connection. */
export interface StreamListener {
  /** The answer of a stream has begun. */
  begun(stream: number, isOk: boolean): void;
  data(stream: number, bytes: Buffer): void;
}

/**
 * One HTTP/2 connection over TLS with many GETs whose answers never end. It knows as much of the protocol as that takes: node's own client
 * costs more for each piece of data than the server that is measured.
 */
export class H2Streams {
  private rest: Buffer = Buffer.alloc(0);
  private next = 1;

  private constructor(
    private readonly socket: TLSSocket,
    private readonly authority: string,
    private readonly listener: StreamListener,
  ) {
    socket.on('data', (chunk: Buffer) => this.onData(chunk));
    socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0, setting(4, LARGEST_WINDOW)), frame(WINDOW_UPDATE, 0, 0, uint32(LARGEST_WINDOW - 65_535))]));
  }

  static open(identity: Identity, listener: StreamListener): Promise<H2Streams> {
    const { host, port, ca, certificate, key } = identity;
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, ca, cert: certificate, key, ALPNProtocols: ['h2'] });
      socket.setNoDelay(true);
      socket.once('secureConnect', () => resolve(new H2Streams(socket, `${host}:${port}`, listener)));
      socket.once('error', reject);
    });
  }

  /** @returns the number of the stream. */
  get(path: string, accept: string): number {
    const stream = this.next;
    this.next += 2;
    // :method GET and :scheme https are entries of the static table; the others have their name there
    const block = Buffer.concat([Buffer.from([0x82, 0x87]), literal(4, path), literal(1, this.authority), literal(19, accept)]);
    this.socket.write(frame(HEADERS, END_STREAM | END_HEADERS, stream, block));
    return stream;
  }

  close(): void {
    this.socket.destroy();
  }

  private onData(chunk: Buffer): void {
    let bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    while (bytes.length >= 9) {
      const end = 9 + bytes.readUIntBE(0, 3);
      if (bytes.length < end) break;
      this.onFrame(bytes[3] as number, bytes[4] as number, bytes.readUInt32BE(5) & LARGEST_WINDOW, bytes.subarray(9, end));
      bytes = bytes.subarray(end);
    }
    this.rest = bytes;
  }

  private onFrame(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === DATA) return this.listener.data(stream, payload);
    if (type === HEADERS) return this.listener.begun(stream, statusIsOk(payload));
    if (flags & ACK) return;
    if (type === SETTINGS) this.socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
    if (type === PING) this.socket.write(frame(PING, ACK, 0, payload));
  }
}

/** Whether the first header is the static table's `:status: 200`; before it the size of the dynamic table may be named. */
function statusIsOk(block: Buffer): boolean {
  let at = 0;
  while (((block[at] as number) & 0xe0) === 0x20) {
    const isLong = ((block[at++] as number) & 0x1f) === 0x1f;
    if (isLong) while ((block[at++] as number) & 0x80);
  }
  return block[at] === 0x88;
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header that is not to be indexed, with a name of the static table and a value as plain text of up to 2,000 characters. */
function literal(name: number, value: string): Buffer {
  const index = name < 15 ? [name] : [0x0f, name - 15];
  const length = value.length < 127 ? [value.length] : [0x7f, ((value.length - 127) & 0x7f) | 0x80, (value.length - 127) >> 7];
  return Buffer.concat([Buffer.from([...index, ...length]), Buffer.from(value)]);
}

function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt32BE(value, 2);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}
