import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyKind } from '#lib/api/kind';
import type { KubeObject } from '#lib/api/meta';
import {
  addressOf,
  checkCheckpoints,
  checkHead,
  checkKeys,
  checkTree,
  digestFromCheckpoint,
  digestOf,
  rebuildCheckpoints,
  type LiveEntries,
  type Mismatch,
} from '#lib/log/views/fsck';
import type { Kernel } from '../kernel';

/** The relay is at most this far behind when nothing is wrong. */
const BUS_WITHIN_MS = 5_000;

/** So many are told one by one. */
const MAX_TOLD = 100;

/** What a comparison of every view with the log found. */
export interface FsckReport {
  readonly revision: number;
  /** Objects, checkpoints and data keys that were compared. */
  readonly objects: number;
  readonly checkpoints: number;
  /** Of the world: SHA-256 over the names of all objects and the revisions of their last entries. */
  readonly digest: string;
  readonly mismatches: readonly Mismatch[];
  readonly more: number;
}

/**
 * Every view against the fold of the whole log from its first entry on. The cluster goes on meanwhile: what is compared is one revision.
 */
export async function fsck(kernel: Kernel): Promise<FsckReport> {
  const { keeper, log, world } = kernel;
  const revision = world.revision;
  const objects = snapshotOf(kernel); // before the first await: one moment
  const { mismatches, live, checked } = await checkCheckpoints(keeper.views, revision);
  const found = [
    ...(await checkHead(log, keeper.views)),
    ...(await checkWorld(kernel, objects, live)),
    ...mismatches,
    ...(await checkTree(keeper.notary.tree, keeper.trees, revision)),
    ...(await checkBus(kernel, revision)),
    ...(await checkKeys(keeper.views)),
  ];
  const told = found.slice(0, MAX_TOLD);
  return {
    revision,
    objects: objects.size,
    checkpoints: checked,
    digest: digestOf(live),
    mismatches: told,
    more: found.length - told.length,
  };
}

interface Held {
  readonly kind: AnyKind;
  readonly object: KubeObject;
}

function snapshotOf({ world }: Kernel): ReadonlyMap<string, Held> {
  const held = new Map<string, Held>();
  for (const kind of world.kinds()) {
    for (const object of world.list(kind) as readonly KubeObject[]) {
      const { namespace = '', name } = object.metadata;
      held.set(addressOf({ resource: kind.resource, namespace, name }), { kind, object });
    }
  }
  return held;
}

/** The API server's world: the same objects, of the same revisions, with the same content as their entries. */
async function checkWorld({ log, sealer, world }: Kernel, held: ReadonlyMap<string, Held>, live: LiveEntries): Promise<Mismatch[]> {
  const found: Mismatch[] = [];
  const wrong = (detail: string): void => void found.push({ view: 'world', detail });
  for (const [address, { object }] of held) {
    const entry = live.get(address);
    if (entry === undefined) wrong(`${address} is in the world, but no entry says that it lives`);
    else if (String(entry) !== object.metadata.resourceVersion)
      wrong(`${address} is at revision ${object.metadata.resourceVersion} in the world, but its last entry is ${entry}`);
  }
  const served = [...live].filter(([address]) => world.custom.kindOfResource(address.slice(0, address.indexOf('/'))));
  for (const [address, revision] of served) if (!held.has(address)) wrong(`${address} of revision ${revision} is not in the world`);
  for await (const page of log.readRevisions(served.map(([, revision]) => revision).sort((a, b) => a - b))) {
    for (const event of page) {
      const known = held.get(addressOf(event));
      if (!known || known.object.metadata.resourceVersion !== String(event.revision)) continue;
      const text = sealer.seals(known.kind) ? JSON.stringify(await sealer.open(JSON.parse(event.object) as KubeObject)) : event.object;
      if (text !== JSON.stringify(known.object))
        wrong(`${addressOf(event)} of revision ${event.revision} has another content in the world than in the log`);
    }
  }
  return found;
}

/** JetStream has the newest entry, and nothing beyond. An empty one is no mismatch: everything in it may have aged. */
async function checkBus({ bus, log }: Kernel, revision: number): Promise<Mismatch[]> {
  const deadline = Date.now() + BUS_WITHIN_MS;
  for (;;) {
    const newest = await bus.lastRevision();
    const head = await log.head();
    if (newest > head.revision) return [{ view: 'bus', detail: `the bus has revision ${newest}, but the log ends at ${head.revision}` }];
    if (newest === 0 || newest >= revision) return [];
    if (Date.now() > deadline)
      return [
        {
          view: 'bus',
          detail: `the bus ends at revision ${newest}, the log was at ${revision} ${BUS_WITHIN_MS / 1000} s ago: does the relay run?`,
        },
      ];
    await sleep(100);
  }
}

/** What a rebuild made. */
export interface RebuildReport {
  readonly revision: number;
  readonly checkpoints: number;
  readonly droppedKeys: number;
  /** Digest of the world as a start would have found it before, and finds it now. */
  readonly before: string;
  readonly after: string;
}

/** Throws the stored views away and folds them again from the first entry on: checkpoints and the Merkle tree; keys of nobody go. */
export async function rebuild({ keeper, log, world }: Kernel): Promise<RebuildReport> {
  const { revision } = world;
  const before = await digestFromCheckpoint(log, keeper.views, revision);
  const { checkpoints } = await rebuildCheckpoints(keeper.views, revision);
  const orphans = await keeper.views.orphanKeys();
  await keeper.views.dropKeys(orphans);
  await keeper.trees.clear();
  await keeper.notary.tree.grow(revision);
  const after = await digestFromCheckpoint(log, keeper.views, revision);
  return { revision, checkpoints, droppedKeys: orphans.length, before, after };
}
