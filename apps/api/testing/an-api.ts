import { MemoryKeyStore } from '#lib/log/secret/key-store';
import { MemoryLog } from '#lib/log/memory-log';
import { MasterKey } from '#lib/log/secret/master-key';
import { Sealer } from '#lib/log/secret/seal';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Namespace } from '#lib/api/core/namespace';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import { decodeBody } from '#lib/schema/decode/body';
import { bootstrap } from '../bootstrap/bootstrap';
import { kernelOf, type Kernel } from '../kernel';
import { attemptCreate, prepareCreate } from '../write/create';
import { attemptRemove, type Removal, type RemoveOptions } from '../write/remove';
import type { WriteRequest } from '../write/request';
import { freeze } from './frozen';
import { attemptFinalize } from '../write/subresources';
import { attemptUpdate, type NextVersion } from '../write/update';
import type { Origin } from '../write/writer';

const ORIGIN: Origin = { actor: { user: 'alice', groups: ['system:masters'] }, request: { id: 'r-1', verb: 'create' } };

/** An API server without its network: the kernel on a log in memory, and the verbs as functions. */
export interface AnApi {
  readonly kernel: Kernel;
  readonly log: MemoryLog;
  create<T extends KubeObject>(kind: AnyKind, object: object): Promise<T>;
  /** From the bytes of a body, in the namespace `default` when it names none. */
  createFrom<T extends KubeObject>(kind: AnyKind, body: Buffer): Promise<T>;
  update<T extends KubeObject>(kind: AnyKind, object: KubeObject, subresource?: 'status'): Promise<T>;
  change<T extends KubeObject>(kind: AnyKind, namespace: string, name: string, next: NextVersion): Promise<T>;
  remove(kind: AnyKind, namespace: string, name: string, options?: RemoveOptions): Promise<Removal>;
  /** Lets a namespace go that was asked to. */
  finalize(namespace: string): Promise<KubeObject>;
}

/** `log` is shared when two API servers write the same log. */
export async function anApi(log = new MemoryLog(), keys = new MemoryKeyStore(), master = new MasterKey(randomBytes(32))): Promise<AnApi> {
  const kernel = kernelOf({
    log,
    bus: undefined as never,
    sealer: new Sealer(master, keys),
    serviceAccountKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    tokens: '',
    health: { checks: {}, shuttingDown: () => false },
  });
  await kernel.world.load();
  if (!process.env.DECKLOG_UNFROZEN) freeze(kernel.world); // measured without
  await bootstrap(kernel.world, kernel.writer, { ip: '10.0.0.1', port: 6443 });
  return { kernel, log, ...verbsOf(kernel) };
}

function verbsOf({ writer, world }: Kernel): Omit<AnApi, 'kernel' | 'log'> {
  const request = (kind: AnyKind, namespace = '', name = '', subresource?: 'status'): WriteRequest => ({
    kind,
    namespace,
    name,
    subresource,
    origin: ORIGIN,
    now: new Date(),
    dryRun: false,
    warnings: [],
  });
  const createFrom = async <T extends KubeObject>(kind: AnyKind, body: Buffer): Promise<T> => {
    const draft = decodeBody(body, 'application/json', kind, 'Strict').object as unknown as KubeObject;
    const asked = request(kind, kind.namespaced ? (draft.metadata?.namespace ?? 'default') : '');
    return (await writer.submit(ORIGIN, attemptCreate(asked, prepareCreate(asked, draft, world)))) as T;
  };
  return {
    create: <T extends KubeObject>(kind: AnyKind, object: object) => createFrom<T>(kind, Buffer.from(JSON.stringify(object))),
    createFrom,
    async update<T extends KubeObject>(kind: AnyKind, object: KubeObject, subresource?: 'status') {
      const asked = request(kind, object.metadata.namespace, object.metadata.name, subresource);
      return (await writer.submit(
        ORIGIN,
        attemptUpdate(asked, () => structuredClone(object)),
      )) as T;
    },
    async change<T extends KubeObject>(kind: AnyKind, namespace: string, name: string, next: NextVersion) {
      return (await writer.submit(
        ORIGIN,
        attemptUpdate(request(kind, namespace, name), (current) => next(structuredClone(current))),
      )) as T;
    },
    remove: (kind, namespace, name, options = {}) => writer.submit(ORIGIN, attemptRemove(request(kind, namespace, name), options)),
    finalize: (name) => writer.submit(ORIGIN, attemptFinalize(request(Namespace, '', name), { metadata: {}, spec: {} } as never)),
  };
}
