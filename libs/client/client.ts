import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import type { Status } from '#lib/api/errors';
import type { Access } from './kubeconfig';
import { warningsIn } from './warning';

/** The server said no; `status` is its answer. */
export class Refused extends Error {
  constructor(
    readonly code: number,
    readonly status: Partial<Status>,
  ) {
    super(status.message ?? `the server answered ${code}`);
    this.name = 'Refused';
  }
}

/** Talks to an API server over HTTPS. Connections are kept; end them with `close`. */
export class Client {
  private readonly agent: Agent;

  constructor(
    private readonly access: Access,
    /** Called with every `Warning` of an answer. Default: they are passed over. */
    private readonly warned: (text: string) => void = () => undefined,
  ) {
    this.agent = new Agent({ keepAlive: true, ca: access.ca, cert: access.certificate, key: access.key });
  }

  /** One JSON document. @throws Refused */
  async get<T>(path: string): Promise<T> {
    return JSON.parse(await textOf(await this.answer('GET', path))) as T;
  }

  /** Sends a JSON document, or a patch of the given type, and reads the answer. @throws Refused */
  async send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object, type = 'application/json'): Promise<T> {
    return JSON.parse(await textOf(await this.answer(method, path, body, type))) as T;
  }

  /** One JSON document per line, as they come: watches and the log. @throws Refused */
  async *lines<T>(path: string): AsyncIterable<T> {
    const answer = await this.answer('GET', path);
    try {
      for await (const line of createInterface({ input: answer })) if (line !== '') yield JSON.parse(line) as T;
    } finally {
      answer.destroy();
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async answer(method: string, path: string, body?: object, type?: string): Promise<IncomingMessage> {
    const answer = await this.exchange(method, path, body === undefined ? undefined : JSON.stringify(body), type);
    for (const text of warningsIn(answer.headers['warning'])) this.warned(text);
    const code = answer.statusCode ?? 0;
    if (code < 400) return answer;
    throw new Refused(code, statusFrom(await textOf(answer)));
  }

  private exchange(method: string, path: string, body: string | undefined, type: string | undefined): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'decklog-cli' };
      if (this.access.token) headers['authorization'] = `Bearer ${this.access.token}`;
      if (body !== undefined) headers['content-type'] = type ?? 'application/json';
      const sent = request(this.access.server.replace(/\/$/, '') + path, { method, agent: this.agent, headers }, resolve);
      sent.once('error', (error) => reject(new Error(`${this.access.server} cannot be reached: ${error.message}`)));
      sent.end(body);
    });
  }
}

function statusFrom(text: string): Partial<Status> {
  try {
    return JSON.parse(text) as Status;
  } catch {
    return { message: text.trim() };
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
