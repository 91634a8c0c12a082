import type { CustomKinds } from '#lib/api/apiextensions/custom-kinds';
import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import type { Bus } from '#lib/bus/bus';
import { storedKind } from '#lib/api/kinds';
import type { BundleHeader } from '#lib/log/bundle/bundle';
import { ruleCheckOf } from '#lib/cel/rules/rule-check';
import { keeperOf, type Keeper } from '#lib/log/keeper';
import type { EventLog } from '#lib/log/log';
import type { Sealer } from '#lib/log/secret/seal';
import type { FrontProxy } from '#lib/pki/front-proxy';
import { newLogKey } from '#lib/pki/log-key';
import { discoveredGroups, type DiscoveredGroup } from '#lib/schema/discovery/resources';
import { Aggregation } from './aggregation/aggregation';
import type { EventLimit } from './admission/event-rate/configuration';
import { limitEvents } from './admission/event-rate/event-rate-limit';
import { Webhooks } from './admission/webhooks/webhooks';
import { fillTokenSecrets } from './admission/token-secret';
import { Auditor } from './audit/auditor';
import { DEFAULT_POLICY, type AuditPolicy } from './audit/policy';
import { AuditTrail } from './audit/trail';
import type { JwtAuthenticator } from './auth/oidc/jwt-authenticator';
import { Authorizer } from './auth/authorizer';
import { ServiceAccountTokens } from './auth/tokens';
import { FlowControl } from './flow/flow-control';
import { forgetWhatIsErased } from './keep/erasures';
import { Horizons } from './keep/horizons';
import { NoWriter } from './keep/no-writer';
import type { Health } from './http/health';
import { Continuations } from './read/continuations';
import type { ListRequest } from './read/list';
import { Past } from './read/past';
import { WatchHub } from './read/watch-hub';
import { Consult } from './write/consult';
import { Writer } from './write/writer';
import { LiveWorld } from './world/live-world';
import { Converter } from './conversion/converter';
import type { OtherWriters } from './world/other-writers';

/** What the routes work with; put together once by kernelOf. */
export class Kernel {
  constructor(
    readonly log: EventLog,
    readonly sealer: Sealer,
    /** The API server asks agents over it; what it writes goes to the log alone. */
    readonly bus: Bus,
    readonly world: LiveWorld,
    readonly past: Past,
    readonly hub: WatchHub,
    readonly writer: Writer,
    /** How requests are written: those outside that want a say are asked first. */
    readonly consult: Consult,
    readonly authorizer: Authorizer,
    readonly tokens: ServiceAccountTokens,
    readonly continuations: Continuations,
    /** Pages through the past never expire. */
    readonly pastContinuations: Continuations,
    /** What is kept beside the log: proofs, erasures, the record of requests. */
    readonly keeper: Keeper,
    readonly horizons: Horizons,
    readonly auditor: Auditor,
    readonly flow: FlowControl,
    /** Makes other versions of custom resources, where webhooks do that. */
    readonly converter: Converter,
    /** What extension servers serve. */
    readonly aggregation: Aggregation,
  ) {}

  /** Set before the server listens, when other API servers may write the same log. */
  others: OtherWriters | undefined;

  /** What is served, now by extension servers, too, or at a moment of the past. */
  servedAt(revision: number | undefined): readonly DiscoveredGroup[] | Promise<readonly DiscoveredGroup[]> {
    const kinds = this.kindsAt(revision);
    return kinds instanceof Promise ? kinds.then(discoveredGroups) : this.aggregation.served(discoveredGroups(kinds));
  }

  /** The kinds there are, now or at a moment of the past. */
  kindsAt(revision: number | undefined): CustomKinds | Promise<CustomKinds> {
    if (revision === undefined) return this.world.custom;
    return this.past.worldAt(CustomResourceDefinition, revision).then(({ custom }) => custom);
  }
}

/** What an API server is made from. */
export interface ApiParts {
  readonly log: EventLog;
  readonly bus: Bus;
  readonly sealer: Sealer;
  /** PKCS #8 PEM of the key that signs service-account tokens. */
  readonly serviceAccountKey: string;
  /** Requests that are carried out at once. Default 600. */
  readonly seats?: number;
  /** PEM of the cluster's CA; default: none. */
  readonly ca?: string;
  /** PKCS #8 PEM of the Ed25519 key that signs the log's heads. Default: a new one, which nobody knows. */
  readonly logKey?: string;
  /** Lines of a static token file; '' for none. */
  readonly tokens: string;
  readonly health: Health;
  /** How extension servers are asked. Default: they are not. */
  readonly frontProxy?: FrontProxy;
  /** Which requests are recorded. Default: writes, and what was denied. */
  readonly auditPolicy?: AuditPolicy;
  /** How many Events clients may write. Default: any number. */
  readonly eventLimits?: readonly EventLimit[];
  /** Whose tokens are believed besides our own. Default: nobody's. */
  readonly issuers?: readonly JwtAuthenticator[];
  /** When the log is a bundle, which can only be read: from which revision on. */
  readonly bundle?: Pick<BundleHeader, 'from' | 'horizons'>;
}

/** Puts the kernel together; nothing is read or written before `world.load()`. */
export function kernelOf(parts: ApiParts): Kernel {
  const { log, bus, sealer } = parts;
  const world = new LiveWorld(log, sealer, ruleCheckOf);
  const horizons = new Horizons(() => world, parts.bundle);
  const past = new Past(log, sealer, (resource, revision) => horizons.require(resource, revision));
  const authorizer = new Authorizer(world);
  world.onChange((change) => {
    if (change.kind.group === 'rbac.authorization.k8s.io') authorizer.forget();
  });
  const keeper = keeperOf(log, parts.logKey ?? newLogKey());
  world.onChange(({ revision }) => keeper.headIs(revision));
  const writer = parts.bundle ? new NoWriter(log, world, sealer) : new Writer(log, world, sealer);
  const worldAt = (revision: number, { kind }: ListRequest) => past.worldAt(storedKind(kind), revision);
  const tokens = new ServiceAccountTokens(parts.serviceAccountKey, world);
  fillTokenSecrets(world, { tokenFor: (account, secret) => tokens.issueLegacy(account, secret), ca: parts.ca ?? '' });
  if (parts.eventLimits) limitEvents(world, parts.eventLimits);
  const flow = new FlowControl(world, { seats: parts.seats });
  world.onChange((change) => {
    if (change.kind.group === 'flowcontrol.apiserver.k8s.io') flow.forget();
  });
  const kernel = new Kernel(
    log,
    sealer,
    bus,
    world,
    past,
    new WatchHub(world),
    writer,
    new Consult(writer, world, new Webhooks(world)),
    authorizer,
    tokens,
    new Continuations(() => world, worldAt),
    new Continuations(
      () => world,
      worldAt,
      () => 0,
    ),
    keeper,
    horizons,
    new Auditor(new AuditTrail(keeper.requests), parts.auditPolicy ?? DEFAULT_POLICY, () => world.revision),
    flow,
    new Converter(world),
    new Aggregation(world, parts.frontProxy),
  );
  forgetWhatIsErased(kernel);
  return kernel;
}
