import type { Wanted } from '#lib/api/apiextensions/conversion';
import { NotConverted } from '#lib/api/apiextensions/conversion';
import { ApiError } from '#lib/api/errors';
import type { KubeObject } from '#lib/api/meta';
import type { World } from '#lib/reconcile/world';
import { randomUUID } from 'node:crypto';
import { addressOf, Unreachable } from '../admission/webhooks/address';
import { callWebhook } from '../admission/webhooks/call';

const TIMEOUT_SECONDS = 30;

/** More turns than versions that an object may have to pass through: a webhook whose answers never settle anything is given up. */
const MAX_TURNS = 10;

/** The answer to something that is done already, which waits for a conversion: it is made again, what was done is not. */
export class Unanswered extends NotConverted {
  constructor(
    wanted: readonly Wanted[],
    readonly answer: () => void,
  ) {
    super(wanted);
  }
}

/** Has webhooks convert custom resources from one version to another. Mirrors webhook_converter.go of apiextensions-apiserver. */
export class Converter {
  constructor(private readonly world: World) {}

  /**
   * Does `work` again whenever what it lacked was converted; `again` before each further time. @throws ApiError 500 in upstream's words.
   */
  async during(work: () => unknown, again: () => void = () => undefined): Promise<void> {
    let next = work;
    for (let turn = 1; ; turn++) {
      try {
        await next();
        return;
      } catch (error) {
        if (!(error instanceof NotConverted) || turn === MAX_TURNS) throw error;
        if (error instanceof Unanswered) next = error.answer;
        else again();
        await this.settle(error);
      }
    }
  }

  /** Asks the webhooks, one review for all objects of a version. */
  async settle({ wanted }: NotConverted): Promise<void> {
    const groups = new Map<string, Wanted[]>();
    for (const one of wanted) {
      const key = `${one.definition.metadata.name} ${one.object.apiVersion} ${one.desired}`;
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    await Promise.all([...groups.values()].map((group) => this.ask(group)));
  }

  private async ask(group: readonly Wanted[]): Promise<void> {
    const [{ definition, desired, object: first }] = group as [Wanted];
    const name = `conversion webhook for ${first.apiVersion}, Kind=${first.kind}`;
    const converted = await this.review(
      definition,
      desired,
      group.map(({ object }) => object),
    ).catch((error: Error) => {
      throw failure(`${name} failed: ${error.message}`);
    });
    if (converted.length !== group.length) throw failure(`${name} returned ${converted.length} objects, expected ${group.length}`);
    group.forEach(({ object }, i) => {
      const fault = faultOf(object, converted[i], desired);
      if (fault) throw failure(`${name} returned invalid ${fault}`);
    });
    group.forEach(({ settle }, i) => settle(converted[i] as KubeObject));
  }

  private async review({ spec }: Wanted['definition'], desired: string, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
    const { clientConfig = {}, conversionReviewVersions = [] } = spec.conversion?.webhook ?? {};
    const version = conversionReviewVersions.find((one) => one === 'v1' || one === 'v1beta1');
    if (!version) throw new Error('no supported conversion review versions');
    const uid = randomUUID();
    const review = {
      kind: 'ConversionReview',
      apiVersion: `apiextensions.k8s.io/${version}`,
      request: { uid, desiredAPIVersion: desired, objects },
    };
    const ca = clientConfig.caBundle ? Buffer.from(clientConfig.caBundle, 'base64').toString() : undefined;
    return convertedOf(await this.post(clientConfig, ca, review), version, uid);
  }

  private async post(client: Parameters<typeof addressOf>[0], ca: string | undefined, review: object): Promise<unknown> {
    try {
      return await callWebhook(addressOf(client, this.world, Math.random), ca, review, TIMEOUT_SECONDS);
    } catch (error) {
      throw error instanceof Unreachable
        ? new Error(`Post ${JSON.stringify(`${error.url}?timeout=${TIMEOUT_SECONDS}s`)}: ${error.message}`)
        : error;
    }
  }
}

interface Review {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly response?: {
    readonly uid?: string;
    readonly result?: { readonly status?: string; readonly message?: string };
    readonly convertedObjects?: readonly KubeObject[];
  };
}

/** v1beta1 promised neither its type nor the uid. */
function convertedOf(answer: unknown, version: string, uid: string): readonly KubeObject[] {
  const { apiVersion = '', kind = '', response } = (answer ?? {}) as Review;
  const expected = `apiextensions.k8s.io/${version}`;
  if (version === 'v1' && (apiVersion !== expected || kind !== 'ConversionReview')) {
    throw new Error(
      `expected webhook response of ${expected}, Kind=ConversionReview, got ${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`,
    );
  }
  if (!response) throw new Error('no response provided');
  if (version === 'v1' && response.uid !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  const { status = '', message = '' } = response.result ?? {};
  if (status !== 'Success') throw new Error(message || `response.result.status was '${status}', not 'Success'`);
  return response.convertedObjects ?? [];
}

/** What a webhook must not do to an object. Mirrors validateConvertedObject. */
function faultOf(before: KubeObject, after: KubeObject | undefined, desired: string): string | undefined {
  const at = 'object at index 0: ';
  if (after?.apiVersion !== desired) return `${at}invalid groupVersion (expected ${desired}, received ${after?.apiVersion ?? ''})`;
  if (after.kind !== before.kind) return `${at}invalid kind (expected ${before.kind}, received ${after.kind})`;
  for (const [field, word] of [
    ['name', 'name'],
    ['namespace', 'namespace'],
    ['uid', 'UID'],
  ] as const) {
    const [was, is] = [before.metadata?.[field] ?? '', after.metadata?.[field] ?? ''];
    if (was !== is) return `object: must have the same ${word}: ${was} != ${is}`;
  }
  return undefined;
}

/** Upstream's error has no reason either. */
const failure = (message: string): ApiError =>
  new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 });
