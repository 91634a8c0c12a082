import { Logger } from '@nestjs/common';
import { ApiError } from '#lib/api/errors';
import { BOOTSTRAP_TOKEN, bootstrapTokenOf, endOf, isOver } from '#lib/api/core/bootstrap-token';
import { ConfigMap } from '#lib/api/core/configmap';
import { Secret } from '#lib/api/core/secret';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import type { Change } from '#lib/reconcile/world';
import { systemClock, type Clock } from '#lib/runtime/clock';
import { MAX_CAUSES } from '#lib/runtime/work-queue';
import { randomUUID } from 'node:crypto';
import type { Kernel } from '../kernel';
import { copyOf } from '../write/patch/copy';
import type { WriteRequest } from '../write/request';
import { signed } from './signatures';

const CLUSTER_INFO = { namespace: 'kube-public', name: 'cluster-info' };
const TOKENS = 'kube-system';

/** After a write that failed: a webhook that does not answer, a log that cannot be written. */
const RETRY_MS = 5_000;

/**
 * Signs `kube-public/cluster-info` for every bootstrap token, and deletes tokens whose time is up. In the API server, because nobody else
 * sees what Secrets say. Where two API servers do this at once, each decides at the head of the log, and the second finds nothing left to
 * do. Mirrors pkg/controller/bootstrap. cluster-info itself is made by whoever sets a cluster up (upstream: kubeadm).
 */
export class TokenKeeper {
  private readonly logger = new Logger('bootstrap-tokens');
  private stopListening: () => void = () => undefined;
  private cancelTimer: () => void = () => undefined;
  private causes: number[] = [];
  private working: Promise<void> | undefined;
  private again = false;
  private stopped = false;

  constructor(
    private readonly kernel: Pick<Kernel, 'world' | 'consult'>,
    private readonly clock: Clock = systemClock,
  ) {}

  start(): void {
    this.stopListening = this.kernel.world.onChange((change) => concerns(change) && this.wake(change.revision));
    this.wake();
  }

  /** Resolves when what is being written is written. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.stopListening();
    this.cancelTimer();
    await this.settled();
  }

  /** Resolves when there is nothing to do for now. Never rejects. */
  async settled(): Promise<void> {
    await this.working;
  }

  private wake(cause?: number): void {
    if (this.stopped) return;
    if (cause !== undefined) this.causes.push(cause);
    this.again = true;
    this.working ??= this.work();
  }

  private async work(): Promise<void> {
    await null; // all changes of one batch, and never within the commit that brought them
    while (this.again && !this.stopped) {
      this.again = false;
      this.cancelTimer();
      const causes = this.causes.splice(0).slice(-MAX_CAUSES);
      try {
        await this.clean();
        await this.sign(causes);
        this.sleepUntilNextEnd();
      } catch (error) {
        this.causes.unshift(...causes);
        this.logger.warn(`${(error as Error).message}; again in ${RETRY_MS} ms`);
        this.sleep(RETRY_MS);
      }
    }
    this.working = undefined;
  }

  private async clean(): Promise<void> {
    const over = this.tokens().filter((secret) => !secret.metadata.deletionTimestamp && isOver(bootstrapTokenOf(secret), this.clock.now()));
    for (const secret of over) {
      const { uid, resourceVersion } = secret.metadata;
      const request = this.requestTo('delete', 'token-cleaner', Secret, secret.metadata, [Number(resourceVersion)]);
      await orGone(this.kernel.consult.run(request, () => this.kernel.consult.remove(request, { preconditions: { uid } })));
    }
  }

  private async sign(causes: readonly number[]): Promise<void> {
    const current = this.kernel.world.get(ConfigMap, CLUSTER_INFO.namespace, CLUSTER_INFO.name);
    if (!current || !signed(current, this.tokens(), this.clock.now())) return;
    const cause = causes.length > 0 ? causes : [Number(current.metadata.resourceVersion)];
    const request = this.requestTo('update', 'bootstrap-signer', ConfigMap, CLUSTER_INFO, cause);
    const next = (head: KubeObject): KubeObject => copyOf(signed(head as ConfigMap, this.tokens(), this.clock.now()) ?? head) as KubeObject;
    await orGone(this.kernel.consult.run(request, () => this.kernel.consult.update(request, next)));
  }

  private tokens(): readonly Secret[] {
    return this.kernel.world.list(Secret, TOKENS).filter(({ type }) => type === BOOTSTRAP_TOKEN);
  }

  private sleepUntilNextEnd(): void {
    const now = this.clock.now().getTime();
    const ends = this.tokens().flatMap((secret) => (secret.metadata.deletionTimestamp ? [] : (endOf(bootstrapTokenOf(secret)) ?? [])));
    if (ends.length > 0) this.sleep(Math.min(...ends.map((end) => end.getTime())) - now);
  }

  /** Woken too early, as by a timer that cannot wait longer, it sleeps on. */
  private sleep(ms: number): void {
    this.cancelTimer();
    if (!this.stopped) this.cancelTimer = this.clock.setTimeout(() => this.wake(), ms);
  }

  private requestTo(
    verb: string,
    component: string,
    kind: AnyKind,
    object: { namespace?: string; name: string },
    cause: readonly number[],
  ): WriteRequest {
    const user = `system:serviceaccount:kube-system:${component}`;
    const groups = ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'];
    return {
      kind,
      namespace: object.namespace ?? '',
      name: object.name,
      origin: { actor: { user, groups, userAgent: 'decklog/api' }, request: { id: randomUUID(), verb, fieldManager: component }, cause },
      now: this.clock.now(),
      dryRun: false,
      warnings: [],
    };
  }
}

/** Tokens, expired or new, and cluster-info. */
function concerns({ kind, object: { metadata, ...object } }: Change): boolean {
  if (kind === (Secret as AnyKind)) return metadata.namespace === TOKENS && (object as Partial<Secret>).type === BOOTSTRAP_TOKEN;
  return kind === (ConfigMap as AnyKind) && metadata.namespace === CLUSTER_INFO.namespace && metadata.name === CLUSTER_INFO.name;
}

/** Somebody else was faster. */
async function orGone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 409)) throw error;
  }
}
