import { APIService } from '#lib/api/apiregistration/apiservice';
import { sameValue } from '#lib/api/equality';
import type { ProxyCertificate } from '#lib/client/extension';
import { withRemotes, type RemoteGroupVersion } from '#lib/schema/discovery/remote';
import type { DiscoveredGroup } from '#lib/schema/discovery/resources';
import type { Change } from '#lib/reconcile/world';
import type { LiveWorld } from '../world/live-world';
import { RemoteDocuments } from './documents';
import { Remote } from './remote';

/** The core group and what the aggregation itself is made of are always served here; upstream has no APIService for the latter either. */
const OURS = new Set(['', 'apiregistration.k8s.io', 'decklog.dev']);

const PATH = /^(?:\/openapi\/v3)?\/apis\/([^/]+)\/([^/]+)/;

/**
 * Which versions of groups extension servers serve: those whose APIService names a service. Nothing here costs anything while there is
 * none. Mirrors kube-aggregator/pkg/apiserver/apiserver.go.
 */
export class Aggregation {
  /** By `group/version`. */
  private readonly remotes = new Map<string, Remote>();
  private readonly documents = new RemoteDocuments(() => void (this.known = undefined));
  private known: { readonly of: readonly DiscoveredGroup[]; readonly served: readonly DiscoveredGroup[] } | undefined;

  constructor(
    private readonly world: LiveWorld,
    private readonly certificate: ProxyCertificate | undefined,
  ) {
    world.onChange((change) => change.kind === APIService && this.apply(change));
  }

  /** Who serves that path, when it is somebody else: a resource, the list of resources of a version, or its OpenAPI v3 document. */
  remoteOf(path: string): Remote | undefined {
    if (this.remotes.size === 0) return undefined;
    const match = PATH.exec(path);
    return match ? this.remotes.get(`${match[1]}/${match[2]}`) : undefined;
  }

  /** What is served here, with what others serve. The same list as long as nothing changes. */
  served(here: readonly DiscoveredGroup[]): readonly DiscoveredGroup[] {
    if (this.remotes.size === 0) return here;
    if (this.known?.of !== here)
      this.known = {
        of: here,
        served: withRemotes(
          here,
          [...this.remotes.values()].map((remote) => this.discovered(remote)),
        ),
      };
    return this.known.served;
  }

  /** Ends what goes on in the background. */
  close(): void {
    this.documents.close();
    for (const remote of this.remotes.values()) remote.retire();
  }

  private discovered(remote: Remote): RemoteGroupVersion {
    const { group, version, service } = remote;
    const priority = { group: service.spec.groupPriorityMinimum, version: service.spec.versionPriority };
    return { group, version, priority, remote: this.documents.of(remote) };
  }

  private apply({ type, object }: Change): void {
    const service = object as APIService;
    const { spec } = service;
    const key = `${spec.group ?? ''}/${spec.version ?? ''}`;
    const before = this.remotes.get(key);
    const isRemote = type !== 'DELETED' && spec.service !== undefined && this.certificate !== undefined && !OURS.has(spec.group ?? '');
    if (!isRemote) {
      if (before) this.forget(key, before);
      return;
    }
    const remote = new Remote(service, this.world, this.certificate as ProxyCertificate);
    const isSame = before !== undefined && sameValue(before.service.spec, spec);
    if (isSame) remote.adopt(before);
    else before?.retire();
    this.remotes.set(key, remote);
    this.known = undefined;
    if (!isSame || before.isAvailable !== remote.isAvailable) this.documents.refresh(remote);
    else this.documents.follow(remote);
  }

  private forget(key: string, remote: Remote): void {
    this.remotes.delete(key);
    this.documents.forget(remote);
    remote.retire();
    this.known = undefined;
  }
}
