import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '#lib/client/kubeconfig';
import type { Answer } from './asker';
import { Asker } from './asker';
import type { Observed, Operation, Outcome, Verb } from './history';

/** Few objects, so that clients meet. */
const OBJECTS = 10;
const PAUSE_MS = 40;

/** How often each is drawn. */
const WEIGHTS: Readonly<Record<Verb, number>> = { create: 22, update: 28, patch: 14, delete: 14, get: 16, list: 6 };

interface Item {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly data?: { readonly value?: string };
}

/**
 * Several clients that create, change, delete and read the same few ConfigMaps, each with one request at a time, and write down what they
 * are told.
 */
export class Load {
  readonly operations: Operation[] = [];
  /** Answers that nobody should get, whatever dies. */
  readonly wrong: string[] = [];
  private readonly loops: Promise<void>[];
  private readonly newest = new Map<string, number>();
  private stopped = false;
  private next = 0;

  constructor(
    private readonly servers: readonly Access[],
    readonly namespace: string,
    private readonly random: () => number,
    clients = 6,
  ) {
    this.loops = Array.from({ length: clients }, (_, i) => this.client(i));
  }

  /** Ends when every request has its answer, or none. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops);
  }

  /** Requests that were carried out so far. */
  get done(): number {
    return this.operations.filter(({ outcome }) => outcome === 'ok').length;
  }

  /** A client keeps to one server as long as that answers. */
  private async client(number: number): Promise<void> {
    let server = number;
    let asker = this.asker(server);
    while (!this.stopped) {
      const operation = this.draw(number, server % this.servers.length);
      await this.perform(asker, operation);
      if (operation.outcome === 'unknown') {
        asker.close();
        asker = this.asker(++server);
      }
      await sleep(this.random() * PAUSE_MS * 2);
    }
    asker.close();
  }

  private asker(server: number): Asker {
    return new Asker(this.servers[server % this.servers.length] as Access);
  }

  private draw(client: number, server: number): Operation {
    const sum = Object.values(WEIGHTS).reduce((a, b) => a + b);
    let point = this.random() * sum;
    const [verb] = (Object.entries(WEIGHTS) as [Verb, number][]).find(([, weight]) => (point -= weight) < 0) ?? ['get'];
    const name = verb === 'list' ? '' : `object-${Math.floor(this.random() * OBJECTS)}`;
    const known = this.newest.get(name);
    const isConditional = known !== undefined && (verb === 'update' || verb === 'delete') && this.random() < 0.7;
    const operation: Operation = {
      id: `crash-${client}-${this.next++}`,
      verb,
      server,
      name,
      invoked: performance.now(),
      returned: Infinity,
      outcome: 'unknown',
      ...(isConditional && { expected: known }),
    };
    this.operations.push(operation);
    return operation;
  }

  private async perform(asker: Asker, operation: Operation): Promise<void> {
    try {
      const { method, path, body } = this.requestOf(operation);
      const answer = await asker.ask(method, path, body, { 'audit-id': operation.id });
      const returned = performance.now();
      this.judge(operation, answer);
      if (operation.outcome !== 'unknown') operation.returned = returned;
    } catch (error) {
      operation.why = (error as Error).message; // the outcome stays unknown
    }
  }

  private requestOf({ verb, name, id, expected }: Operation): { method: string; path: string; body?: object } {
    const list = `/api/v1/namespaces/${this.namespace}/configmaps`;
    const one = `${list}/${name}`;
    const metadata = { name, labels: { load: 'yes' }, ...(expected !== undefined && { resourceVersion: String(expected) }) };
    const whole = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value: id } };
    switch (verb) {
      case 'create':
        return { method: 'POST', path: list, body: whole };
      case 'update':
        return { method: 'PUT', path: one, body: whole };
      case 'patch':
        return { method: 'PATCH', path: one, body: { data: { value: id } } };
      case 'delete':
        return { method: 'DELETE', path: one, ...(expected !== undefined && { body: { preconditions: { resourceVersion: String(expected) } } }) };
      case 'get':
        return { method: 'GET', path: one };
      case 'list':
        return { method: 'GET', path: `${list}?labelSelector=load%3Dyes` };
    }
  }

  private judge(operation: Operation, { code, body }: Answer): void {
    operation.outcome = this.outcomeOf(operation, code, body);
    if (operation.outcome !== 'ok') {
      operation.why = `${code} ${body.message}`;
      return;
    }
    const { verb } = operation;
    if (verb === 'list') {
      operation.revision = Number(body.metadata.resourceVersion);
      operation.found = (body.items as Item[]).map(observed);
    } else if (verb === 'get') {
      operation.found = [observed(body)];
    } else {
      operation.revision = verb === 'delete' ? 0 : Number(body.metadata.resourceVersion);
      operation.uid = verb === 'delete' ? (body.details?.uid ?? body.metadata?.uid) : body.metadata.uid;
    }
    if (verb !== 'list' && verb !== 'delete') this.newest.set(operation.name, Number(body.metadata.resourceVersion));
  }

  private outcomeOf(operation: Operation, code: number, body: { reason?: string; message?: string; details?: { retryAfterSeconds?: number } }): Outcome {
    if (code < 300) return 'ok';
    if (code === 404) return 'absent';
    if (code === 409 && body.reason === 'AlreadyExists') return 'present';
    if (code === 409 && operation.expected !== undefined) return 'moved';
    if (code === 503 || code === 504) return body.details?.retryAfterSeconds === undefined ? 'unknown' : 'undone';
    this.wrong.push(`${operation.verb} ${operation.name} (${operation.id}): ${code} ${body.message}`);
    return 'unknown';
  }
}

const observed = ({ metadata, data }: Item): Observed => ({
  name: metadata.name,
  uid: metadata.uid,
  revision: Number(metadata.resourceVersion),
  value: data?.value ?? '',
});
