import { dialWords } from '#lib/client/dial-words';
import type { ServiceEndpoint } from '#lib/reconcile/service-endpoints';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Exchange } from '../http/exchange';
import { plainly, questionFor, relay } from './relay';
import type { Remote } from './remote';
import type { Upgrade } from './upgrade';

/** Joins the client's connection to one of the extension server's, once that agrees to speak the other protocol. Resolves when it does. */
export function connect(exchange: Exchange, remote: Remote, endpoint: ServiceEndpoint, { socket, head }: Upgrade): Promise<void> {
  const question = questionFor(exchange, remote, endpoint);
  const headers = { ...question.headers, connection: 'Upgrade', upgrade: exchange.request.headers.upgrade };
  return new Promise((resolve) => {
    const sent = request({ ...question, headers, agent: false });
    socket.once('close', () => {
      sent.destroy();
      resolve();
    });
    sent.on('upgrade', (answer, other, first) => {
      (exchange.response as ServerResponse).detachSocket(socket);
      socket.once('close', () => exchange.response.emit('close'));
      socket.write(headOf(answer));
      if (first.length > 0) socket.write(first);
      if (head.length > 0) other.write(head);
      join(socket, other);
      resolve();
    });
    sent.on('response', (answer) => relay(exchange, answer)); // it does not agree
    sent.on('error', (error) => {
      if (!exchange.response.headersSent)
        plainly(exchange, `error trying to reach service: ${dialWords(error, { ...endpoint, serverName: remote.serverName })}`);
      else socket.destroy();
    });
    sent.end();
  });
}

/** The head of the answer as it came: it is the other side's agreement, word by word. */
function headOf({ statusCode = 101, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function join(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.once('close', () => to.end());
  }
}
