import { askExtension, type ExtensionAnswer } from '#lib/client/extension';
import { discoveryOf, type LegacyResource, type RemoteVersion } from '#lib/schema/discovery/remote';
import { partOf, type V2Part } from '#lib/schema/openapi/merge';
import type { V2Document } from '#lib/schema/openapi/v2';
import type { Remote } from './remote';

/** As upstream: what an extension server serves may change without anybody's being told. */
const REFRESH_EVERY_MS = 60_000;
/** One that cannot be asked is asked again soon. */
const RETRY_MS = 5_000;
const TIMEOUT_MS = 5_000;

const AGGREGATED =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';

const STALE: RemoteVersion = { resources: [], freshness: 'Stale' };

interface DiscoveryList {
  readonly kind?: string;
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly { readonly version: string; readonly resources?: readonly object[] }[];
  }[];
}

interface Entry {
  remote: Remote;
  known: RemoteVersion;
  timer: NodeJS.Timeout | undefined;
  /** Moves with every reason to ask: an answer to an older one is of no use. */
  turn: number;
}

/**
 * What extension servers say of themselves: discovery and OpenAPI, asked in the background, so that whoever wants to know waits for nobody.
 * Mirrors kube-aggregator/pkg/apiserver/handler_discovery.go and pkg/controllers/{openapi,openapiv3}.
 */
export class RemoteDocuments {
  private readonly entries = new Map<string, Entry>();
  private closed = false;

  constructor(private readonly changed: () => void) {}

  of(remote: Remote): RemoteVersion {
    return this.entries.get(remote.service.metadata.name)?.known ?? STALE;
  }

  /** Asks it now: it is new, was changed, or came back. */
  refresh(remote: Remote): void {
    const entry = this.entryOf(remote);
    entry.turn++;
    void this.ask(entry);
  }

  /** Goes on with another version of the same APIService. */
  follow(remote: Remote): void {
    this.entryOf(remote);
  }

  forget({ service }: Remote): void {
    const entry = this.entries.get(service.metadata.name);
    if (!entry) return;
    entry.turn++;
    clearTimeout(entry.timer);
    this.entries.delete(service.metadata.name);
  }

  close(): void {
    this.closed = true;
    for (const { remote } of [...this.entries.values()]) this.forget(remote);
  }

  private entryOf(remote: Remote): Entry {
    const { name } = remote.service.metadata;
    let entry = this.entries.get(name);
    if (!entry) this.entries.set(name, (entry = { remote, known: STALE, timer: undefined, turn: 0 }));
    entry.remote = remote;
    return entry;
  }

  private async ask(entry: Entry): Promise<void> {
    const { turn } = entry;
    clearTimeout(entry.timer);
    const found = entry.remote.isAvailable ? await learn(entry.remote).catch(() => STALE) : STALE;
    if (entry.turn !== turn || this.closed) return;
    if (JSON.stringify(found) !== JSON.stringify(entry.known)) {
      entry.known = found;
      this.changed();
    }
    const again = found === STALE ? RETRY_MS : REFRESH_EVERY_MS;
    if (entry.remote.isAvailable) entry.timer = setTimeout(() => void this.ask(entry), again).unref();
  }
}

/** Rejects when it cannot be asked for its resources; OpenAPI it may lack. */
async function learn(remote: Remote): Promise<RemoteVersion> {
  const [resources, v3Hash, v2] = await Promise.all([
    resourcesOf(remote),
    v3HashOf(remote).catch(() => undefined),
    v2Of(remote).catch(() => undefined),
  ]);
  return { resources, freshness: 'Current', ...(v3Hash !== undefined && { v3Hash }), ...(v2 && { v2 }) };
}

async function resourcesOf(remote: Remote): Promise<readonly object[]> {
  const { group, version } = remote;
  const all = await get(remote, '/apis', AGGREGATED);
  const list = all.code === 200 ? (JSON.parse(all.body.toString()) as DiscoveryList) : {};
  if (list.kind === 'APIGroupDiscoveryList') {
    const found = list.items?.find(({ metadata }) => metadata?.name === group)?.versions?.find((one) => one.version === version);
    if (found) return found.resources ?? [];
  }
  const legacy = await get(remote, `/apis/${group}/${version}`, 'application/json');
  if (legacy.code !== 200) throw new Error(`${group}/${version}: ${legacy.code}`);
  return discoveryOf(JSON.parse(legacy.body.toString()) as { resources?: LegacyResource[] }, group, version);
}

async function v3HashOf(remote: Remote): Promise<string | undefined> {
  const { code, body } = await get(remote, '/openapi/v3', 'application/json');
  if (code !== 200) return undefined;
  const { paths = {} } = JSON.parse(body.toString()) as { paths?: Record<string, { serverRelativeURL?: string }> };
  const url = paths[`apis/${remote.group}/${remote.version}`]?.serverRelativeURL;
  return url === undefined ? undefined : (new URL(url, 'https://extension').searchParams.get('hash') ?? '');
}

async function v2Of(remote: Remote): Promise<V2Part | undefined> {
  const { code, body } = await get(remote, '/openapi/v2', 'application/json');
  return code === 200 ? partOf(JSON.parse(body.toString()) as Partial<V2Document>, remote.group, remote.version) : undefined;
}

/** Discovery is everybody's, but a server may want to know who asks. */
const ASKER = { name: 'system:kube-aggregator', groups: ['system:masters'] };

function get(remote: Remote, path: string, accept: string): Promise<ExtensionAnswer> {
  const { host, port } = remote.endpoint();
  return askExtension(
    remote.service,
    remote.certificate,
    { host, port, path, user: ASKER, headers: { accept }, timeoutMs: TIMEOUT_MS },
    { agent: remote.agent },
  );
}
