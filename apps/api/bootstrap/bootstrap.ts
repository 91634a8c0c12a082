import { kindOfObject } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import { randomUUID } from 'node:crypto';
import { attemptCreate, prepareCreate } from '../write/create';
import type { Origin, Writer } from '../write/writer';
import type { LiveWorld } from '../world/live-world';
import { bootstrapObjects } from './objects';
import { kubernetesService } from './kubernetes-service';

/** Makes what a fresh cluster must have. Objects that exist are left as they are. */
export async function bootstrap(world: LiveWorld, writer: Writer, endpoint: { ip: string; port: number }): Promise<void> {
  const origin: Origin = {
    actor: { user: 'system:apiserver', groups: ['system:masters'], userAgent: 'decklog/api' },
    request: { id: randomUUID(), verb: 'create', fieldManager: 'decklog' },
  };
  await ensure(world, writer, origin, bootstrapObjects() as unknown as KubeObject[]);
  await ensure(world, writer, origin, kubernetesService(endpoint));
}

async function ensure(world: LiveWorld, writer: Writer, origin: Origin, drafts: readonly KubeObject[]): Promise<void> {
  const missing = drafts.filter((draft) => {
    const kind = kindOfObject(draft);
    return kind && !world.get(kind, draft.metadata.namespace ?? '', draft.metadata.name);
  });
  await Promise.all(
    missing.map((draft) => {
      const kind = kindOfObject(draft)!;
      const request = {
        kind,
        namespace: draft.metadata.namespace ?? '',
        name: '',
        origin,
        now: new Date(),
        dryRun: false,
        warnings: [],
      };
      return writer.submit(origin, attemptCreate(request, prepareCreate(request, draft, world)));
    }),
  );
}
