import type { KubeObject } from '#lib/api/meta';
import type { Kernel } from '../kernel';
import { configurationOf, isOvertaken, newApplied, nextApplied, type Configuration } from '../write/apply';
import type { Prepared } from '../write/consult';
import { readyToCreate } from '../write/create';
import { requireSameObject, type WriteRequest } from '../write/request';
import { bodyOf, type Exchange } from './exchange';
import { sendObject } from './represent';
import type { ResourceRequest } from './resource';
import { optionsOf, writeRequest } from './write-request';

/** How often an object may come or go while a configuration for it waits for its turn. */
const MAX_TURNS = 5;

/** PATCH with a configuration: server-side apply. */
export class ApplyHandler {
  constructor(private readonly kernel: Kernel) {}

  async apply(exchange: Exchange, request: ResourceRequest): Promise<void> {
    const { dryRun, force, fieldValidation } = optionsOf(exchange, request);
    const write = { ...writeRequest(exchange, request, dryRun), isOwned: true };
    const configuration = configurationOf(await bodyOf(exchange.request), force, fieldValidation, exchange.warnings);
    for (let turn = 1; ; turn++) {
      const isThere = this.kernel.world.get(write.kind, write.namespace, write.name) !== undefined;
      try {
        const object = isThere ? await this.change(write, configuration) : await this.create(exchange, write, configuration);
        return sendObject(exchange, request.kind, isThere ? 200 : 201, object);
      } catch (error) {
        if (turn === MAX_TURNS || !isOvertaken(error, isThere)) throw error;
      }
    }
  }

  private change(write: WriteRequest, configuration: Configuration): Promise<KubeObject> {
    const { consult } = this.kernel;
    return consult.run(write, () => consult.update(write, nextApplied(write, configuration)));
  }

  /** Who makes an object by applying needs the right to create it, too. */
  private async create(exchange: Exchange, write: WriteRequest, configuration: Configuration): Promise<KubeObject> {
    const { authorizer, consult, world } = this.kernel;
    const { kind, namespace, name } = write;
    const resource = write.view ?? kind;
    if (!write.subresource)
      authorizer.require(exchange.user, { verb: 'create', group: resource.group, resource: resource.plural, namespace, name });
    const wait = readyToCreate(kind, namespace, configuration.object, world);
    if (wait) await wait;
    const prepare = (): Prepared<KubeObject> => {
      const draft = newApplied(write, configuration);
      requireSameObject(write, draft.metadata);
      return consult.create(write, draft);
    };
    return consult.run(write, prepare);
  }
}
