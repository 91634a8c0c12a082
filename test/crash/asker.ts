import { Agent, request } from 'node:https';
import type { Access } from '#lib/client/kubeconfig';

/** An answer, whatever its code. */
export interface Answer {
  readonly code: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whoever asks knows what comes
  readonly body: any;
}

/** Talks to one API server, and does not wait for ever: a server that is stopped with SIGSTOP never closes its connections. */
export class Asker {
  private readonly agent: Agent;

  constructor(
    readonly access: Access,
    private readonly withinMs = 8_000,
  ) {
    this.agent = new Agent({ keepAlive: true, ca: access.ca, cert: access.certificate, key: access.key });
  }

  /** @throws when there is no answer in time, or only a part of one. */
  ask(method: string, path: string, body?: object, headers: Record<string, string> = {}, withinMs = this.withinMs): Promise<Answer> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const text = body === undefined ? undefined : JSON.stringify(body);
    // Node gives a DELETE no length of its own.
    const about = text === undefined ? {} : { 'content-type': type, 'content-length': String(Buffer.byteLength(text)) };
    return new Promise((resolve, reject) => {
      const sent = request(
        this.access.server + path,
        { method, agent: this.agent, headers: { accept: 'application/json', ...about, ...headers } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('aborted', () => reject(new Error('the answer was cut off')));
          answer.on('end', () => {
            clearTimeout(timer);
            try {
              resolve({ code: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown });
            } catch (error) {
              reject(error as Error);
            }
          });
        },
      );
      const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${withinMs} ms`)), withinMs);
      sent.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      sent.end(text);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
