import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '#lib/client/kubeconfig';
import { Asker, type Answer } from './asker';

/** So long one attempt of a probe waits; a client that retries asks again then. */
const ATTEMPT_MS = 2_000;
const PAUSE_MS = 50;

/** How long after a moment each came back, in milliseconds. */
export interface Outage {
  /** A write was acknowledged, by every API server. */
  readonly writes: number;
  /** Every watch has shown that write, or a later one; those of servers that were struck themselves are not waited for. */
  readonly watches: number;
  /** A pod that was asked for then was ready: API, bus, controllers, scheduler and nodes. */
  readonly pods: number;
}

/** Asks as a client that retries, until everything works again: one after the other, each API server. */
export class Service {
  private readonly askers: Asker[];
  private replicas = 0;
  /** Pods that the deployment was to have more, and fewer, over all steps. */
  readonly wanted = { made: 0, removed: 0 };

  constructor(
    servers: readonly Access[],
    private readonly namespace: string,
    private readonly random: () => number,
    /** One server that writes is enough. */
    private readonly isRedundant = false,
    private readonly giveUpMs = 60_000,
  ) {
    this.askers = servers.map((server) => new Asker(server, ATTEMPT_MS));
  }

  /** Once, before everything else. */
  async begin(): Promise<void> {
    await this.persistently((asker) => asker.ask('POST', '/api/v1/namespaces', { metadata: { name: this.namespace } }));
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };
    const spec = { replicas: 0, selector: { matchLabels: { app: 'web' } }, template };
    await this.persistently((asker) => asker.ask('POST', `/apis/apps/v1/namespaces/${this.namespace}/deployments`, { metadata: { name: 'web' }, spec }));
  }

  /** Asks for another number of pods; nobody waits for them here, so that what strikes meets them half made. */
  async scale(): Promise<void> {
    const before = this.replicas;
    while (this.replicas === before) this.replicas = 1 + Math.floor(this.random() * 20);
    this.wanted[this.replicas > before ? 'made' : 'removed'] += Math.abs(this.replicas - before);
    await this.persistently((asker) => asker.ask('PATCH', this.deployment, { spec: { replicas: this.replicas } }));
  }

  /**
   * How long after `since` everything works again. `shown`: resolves when the watches have come to this revision. @throws when it does not
   */
  async again(since: number, shown: (revision: number) => Promise<void> = async () => undefined): Promise<Outage> {
    const [writes, revision] = await this.written(since);
    const watched = shown(revision).then(() => performance.now() - since);
    await this.settled();
    await this.scale();
    await this.settled();
    const pods = performance.now() - since;
    return { writes, watches: await watched, pods };
  }

  /** When every API server, or where there are several of everything any of them, has written; and the last revision of that. */
  private async written(since: number): Promise<[at: number, revision: number]> {
    const put = (asker: Asker, server: number): ReturnType<Asker['ask']> =>
      asker.ask('PUT', `/api/v1/namespaces/${this.namespace}/configmaps/probe-${server}`, this.probe(server));
    const answers = this.isRedundant
      ? [await this.persistently((asker) => put(asker, 0), undefined, 0)]
      : await Promise.all(this.askers.map((asker, i) => this.persistently(() => put(asker, i), asker, i)));
    return [performance.now() - since, Math.max(0, ...answers.map(({ body }) => Number(body.metadata?.resourceVersion ?? 0)))];
  }

  close(): void {
    for (const asker of this.askers) asker.close();
  }

  private get deployment(): string {
    return `/apis/apps/v1/namespaces/${this.namespace}/deployments/web`;
  }

  private probe(server: number): object {
    return { metadata: { name: `probe-${server}` }, data: { at: String(performance.now()) } };
  }

  private async settled(): Promise<void> {
    await this.persistently(async (asker) => {
      const answer = await asker.ask('GET', this.deployment);
      const { metadata = {}, status = {} } = answer.body;
      const { replicas = 0, readyReplicas = 0, observedGeneration = 0 } = status;
      const isSo = replicas === this.replicas && readyReplicas === this.replicas && observedGeneration === metadata.generation;
      return isSo ? answer : { code: 503, body: { message: `${readyReplicas} of ${replicas} pods are ready, ${this.replicas} are wanted` } };
    });
  }

  /**
   * Until an answer is good; each attempt asks the next server, or only the one given. What exists already is good: the answer to an
   * earlier attempt was lost.
   */
  private async persistently(ask: (asker: Asker) => ReturnType<Asker['ask']>, only?: Asker, server?: number): Promise<Answer> {
    const deadline = performance.now() + this.giveUpMs;
    for (let turn = 0; ; turn++) {
      const asker = only ?? (this.askers[turn % this.askers.length] as Asker);
      const answer: Answer = await ask(asker).catch((error: Error) => ({ code: 0, body: { message: error.message } }));
      if (answer.code === 404 && server !== undefined)
        await asker.ask('POST', `/api/v1/namespaces/${this.namespace}/configmaps`, this.probe(server)).catch(() => undefined);
      else if (answer.code !== 0 && (answer.code < 300 || answer.code === 409)) return answer;
      if (performance.now() > deadline) throw new Error(`not again within ${this.giveUpMs / 1000} s: ${answer.code} ${answer.body.message}`);
      await sleep(PAUSE_MS);
    }
  }
}
