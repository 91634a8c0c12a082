import { ApiError } from '#lib/api/errors';
import type { AnyKind } from '#lib/api/kind';
import { kindOfObject } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import { randomUUID } from 'node:crypto';
import { logClock } from '#lib/log/log-clock';
import { attemptCreate, prepareCreate } from '../write/create';
import type { WriteRequest } from '../write/request';
import { attemptUpdate } from '../write/update';
import type { Origin, Writer } from '../write/writer';
import type { LiveWorld } from '../world/live-world';
import { completed } from './completed';
import { bootstrapObjects, namespaceObjects } from './objects';
import { extensionAuthentication, type TrustedCas } from './extension-authentication';
import { kubernetesService } from './kubernetes-service';
import { localServices } from './local-services';

/**
 * Makes what a fresh cluster must have. Objects that exist are left as they are, but for what roles and bindings lack, what says which
 * groups and CAs there are, and the address of the API server.
 */
export async function bootstrap(
  world: LiveWorld,
  writer: Writer,
  endpoint: { ip: string | undefined; port: number },
  cas: TrustedCas = {},
): Promise<void> {
  const origin = originOfServer();
  const objects = [...(bootstrapObjects() as unknown as KubeObject[]), ...localServices()];
  const inNamespaces = extensionAuthentication(cas);
  await ensure(world, writer, origin, objects);
  await ensure(world, writer, origin, inNamespaces);
  await complete(world, writer, origin, [...objects, ...inNamespaces]);
  const service = kubernetesService(endpoint);
  await ensure(world, writer, origin, service);
  await Promise.all(service.slice(1).map((endpoints) => refresh(writer, origin, endpoints)));
}

/**
 * Makes again what must always be there and somebody took away: the namespaces of the system, and the Service `kubernetes`, which
 * `kubectl delete all --all` takes along. Mirrors systemnamespaces and kubernetesservice of pkg/controlplane/controller.
 */
export async function restore(world: LiveWorld, writer: Writer, endpoint: { ip: string | undefined; port: number }): Promise<void> {
  const origin = originOfServer();
  await ensure(world, writer, origin, namespaceObjects() as unknown as KubeObject[]);
  await ensure(world, writer, origin, kubernetesService(endpoint));
}

const originOfServer = (): Origin => ({
  actor: { user: 'system:apiserver', groups: ['system:masters'], userAgent: 'decklog/api' },
  request: { id: randomUUID(), verb: 'create', fieldManager: 'decklog' },
});

/** Another server may be making the same at the same time. */
async function ensure(world: LiveWorld, writer: Writer, origin: Origin, drafts: readonly KubeObject[]): Promise<void> {
  const missing = drafts.filter((draft) => !world.get(kindOf(draft), draft.metadata.namespace ?? '', draft.metadata.name));
  await Promise.all(
    missing.map((draft) => {
      const request = requestFor(origin, draft, '');
      return writer
        .submit(origin, attemptCreate(request, prepareCreate(request, structuredClone(draft), world)))
        .catch((error: unknown) => {
          if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
        });
    }),
  );
}

/** The server may have moved since the last start. */
async function refresh(writer: Writer, origin: Origin, wanted: KubeObject): Promise<void> {
  const request = requestFor(origin, wanted, wanted.metadata.name);
  await writer.submit(
    origin,
    attemptUpdate(request, (current) => ({ ...structuredClone(wanted), metadata: { ...current.metadata } })),
  );
}

/** What is there of an older version gets what it lacks. */
async function complete(world: LiveWorld, writer: Writer, origin: Origin, objects: readonly KubeObject[]): Promise<void> {
  for (const wanted of objects) {
    const current = world.get(kindOf(wanted), wanted.metadata.namespace ?? '', wanted.metadata.name);
    if (!current || !completed(current, wanted)) continue;
    const request = requestFor(origin, wanted, wanted.metadata.name);
    await writer.submit(
      origin,
      attemptUpdate(request, (now) => structuredClone(completed(now, wanted) ?? now)),
    );
  }
}

function requestFor(origin: Origin, object: KubeObject, name: string): WriteRequest {
  return {
    kind: kindOf(object),
    namespace: object.metadata.namespace ?? '',
    name,
    origin,
    now: logClock.date(),
    dryRun: false,
    warnings: [],
  };
}

function kindOf(object: KubeObject): AnyKind {
  const kind = kindOfObject(object);
  if (!kind) throw new Error(`${object.apiVersion} ${object.kind} is no kind of this server`);
  return kind;
}
