import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Incoming, Outgoing } from '../http/exchange';

/** What is left of a connection whose client wants to speak another protocol on it. */
export interface Upgrade {
  readonly socket: Socket;
  /** What the client has said already. */
  readonly head: Buffer;
}

const upgrades = new WeakMap<Incoming, Upgrade>();

/** The connection of a request that asks for another protocol (WebSocket, SPDY). */
export const upgradeOf = (request: Incoming): Upgrade | undefined => upgrades.get(request);

/**
 * Lets a request with `Connection: Upgrade` go the way of all others. Node parses nothing after it: where nobody takes the connection over,
 * it is answered as if no other protocol had been asked for, and closed.
 */
export function serveUpgrade(
  request: Incoming,
  socket: Socket,
  head: Buffer,
  handle: (request: Incoming, response: Outgoing) => void,
): void {
  const response = new ServerResponse(request as never);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.end());
  socket.on('error', () => socket.destroy());
  upgrades.set(request, { socket, head });
  handle(request, response);
}
