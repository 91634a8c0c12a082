import { connect } from 'node:tls';
import type { Identity } from './connection';
import { H2Streams } from './h2-streams';

/** What a process of watchers is told first. */
export interface WatchersOrder {
  readonly identity: Identity;
  readonly protocol: 'h1' | 'h2';
  readonly watchers: number;
  /** Streams on one connection of HTTP/2. */
  readonly streams: number;
  readonly paths: readonly string[];
  readonly accept: string;
  /** So many changes are made. */
  readonly changes: number;
}

/** What it tells: all watches stand; all of them have seen a change, and when; its CPU time. */
export type WatchersReport =
  | { readonly what: 'watching' }
  | { readonly what: 'seen'; readonly change: number; readonly at: readonly number[] }
  | { readonly what: 'cpu'; readonly micros: number };

/** Every change carries this text with its number in six digits. */
export const MARK = 'change-';
const MARK_BYTES = Buffer.from(MARK);

/** Handshakes under way at a time. */
const AT_ONCE = 16;

/** Milliseconds on the clock that all processes of a machine share. */
export const sharedNow = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Opens watches and tells when each of them saw each change. */
class Watchers {
  private begun = 0;
  private readonly seen: number[][];

  constructor(private readonly order: WatchersOrder) {
    this.seen = Array.from({ length: order.changes }, () => []);
  }

  async open(): Promise<void> {
    const { protocol, watchers, streams } = this.order;
    if (protocol === 'h1')
      for (let i = 0; i < watchers; i += AT_ONCE) await Promise.all(Array.from({ length: Math.min(AT_ONCE, watchers - i) }, (_, j) => this.openSocket(i + j)));
    else for (let i = 0; i < watchers; i += streams) await this.openSession(i, Math.min(streams, watchers - i));
  }

  private pathOf = (i: number): string => this.order.paths[i % this.order.paths.length] as string;

  private async openSession(first: number, count: number): Promise<void> {
    const session = await H2Streams.open(this.order.identity, {
      begun: (_stream, isOk) => this.isBegun(isOk),
      data: (_stream, bytes) => this.onBytes(bytes),
    });
    for (let i = first; i < first + count; i++) session.get(this.pathOf(i), this.order.accept);
  }

  private openSocket(i: number): Promise<void> {
    const { host, port, ca, certificate, key } = this.order.identity;
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, ca, cert: certificate, key, ALPNProtocols: ['http/1.1'] });
      socket.once('error', reject);
      socket.once('secureConnect', () => {
        socket.write(`GET ${this.pathOf(i)} HTTP/1.1\r\nhost: ${host}:${port}\r\naccept: ${this.order.accept}\r\n\r\n`);
      });
      socket.once('data', (head: Buffer) => {
        this.isBegun(head.toString('latin1', 9, 12) === '200');
        socket.on('data', (bytes: Buffer) => this.onBytes(bytes));
        resolve();
      });
    });
  }

  private isBegun(isOk: boolean): void {
    if (!isOk) throw new Error('a watch was refused');
    if (++this.begun === this.order.watchers) tell({ what: 'watching' });
  }

  private onBytes(bytes: Buffer): void {
    for (let at = bytes.indexOf(MARK_BYTES); at >= 0; at = bytes.indexOf(MARK_BYTES, at + MARK.length)) {
      const change = Number(bytes.toString('latin1', at + MARK.length, at + MARK.length + 6));
      const seen = this.seen[change];
      if (!seen) continue;
      seen.push(sharedNow());
      if (seen.length === this.order.watchers) tell({ what: 'seen', change, at: seen });
    }
  }
}

const tell = (report: WatchersReport): void => void process.send?.(report);

process.once('message', (order: WatchersOrder) => {
  void new Watchers(order).open();
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    tell({ what: 'cpu', micros: user + system });
  });
  process.once('disconnect', () => process.exit());
});
