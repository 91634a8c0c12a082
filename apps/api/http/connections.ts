import type { Server as PlainServer } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outgoing } from './exchange';

/** An append takes milliseconds; who is still waited for after that is slow to read. */
const FINISH_WITHIN_MS = 2_000;
const FLUSH_WITHIN_MS = 250;

/**
 * Every connection of a server and every answer that is not at its end, so that it can stop in order: watches, which would go on for ever,
 * are ended as at their timeout, so that their clients come back; what is being written is answered; then connections are closed.
 */
export class Connections {
  private readonly sockets = new Set<Socket>();
  private readonly answers = new Set<Outgoing>();

  constructor(server: Pick<PlainServer, 'on'>) {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.on('request', (_request, response: Outgoing) => {
      this.answers.add(response);
      response.once('close', () => this.answers.delete(response));
    });
  }

  /** Resolves when all are closed, after at most about two seconds. New requests must be refused by then. */
  async end(finishWithinMs = FINISH_WITHIN_MS): Promise<void> {
    const deadline = performance.now() + finishWithinMs;
    do {
      for (const answer of this.answers) if (answer.headersSent && !answer.writableEnded) answer.end();
      await sleep(10);
    } while (this.answers.size > 0 && performance.now() < deadline);
    for (const socket of this.sockets) socket.end();
    for (const flushed = performance.now() + FLUSH_WITHIN_MS; this.sockets.size > 0 && performance.now() < flushed;) await sleep(10);
    for (const socket of this.sockets) socket.destroy();
  }
}
