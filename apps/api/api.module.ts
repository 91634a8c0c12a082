import { Module, type DynamicModule } from '@nestjs/common';
import type { Bus } from '#lib/bus/bus';
import type { EventLog } from '#lib/log/log';
import type { Sealer } from '#lib/log/seal';
import { CommandRoutes } from './command.routes';
import { Authenticator } from './auth/authenticator';
import { Authorizer } from './auth/authorizer';
import { ServiceAccountTokens, StaticTokens } from './auth/tokens';
import { Front } from './http/front';
import type { Health } from './http/health';
import { ObjectRoutes } from './http/object.routes';
import { PathHandler } from './http/path.handler';
import { Kernel } from './kernel';
import { Continuations } from './read/continuations';
import type { ListRequest } from './read/list';
import { Past } from './read/past';
import { WatchHub } from './read/watch-hub';
import { CommandExecutor } from './write/execute';
import { Writer } from './write/writer';
import { LiveWorld } from './world/live-world';

/** What an API server is made from. */
export interface ApiParts {
  readonly log: EventLog;
  readonly bus: Bus;
  readonly sealer: Sealer;
  /** PKCS #8 PEM of the key that signs service-account tokens. */
  readonly serviceAccountKey: string;
  /** Lines of a static token file; '' for none. */
  readonly tokens: string;
  readonly health: Health;
}

/** Puts the kernel together; nothing is read or written before `world.load()`. */
export function kernelOf(parts: ApiParts): Kernel {
  const { log, sealer } = parts;
  const world = new LiveWorld(log, sealer);
  const past = new Past(log, sealer);
  const authorizer = new Authorizer(world);
  world.onChange((change) => {
    if (change.kind.group === 'rbac.authorization.k8s.io') authorizer.forget();
  });
  const worldAt = (revision: number, { kind }: ListRequest) => past.worldAt(kind, revision);
  return new Kernel(
    log,
    world,
    past,
    new WatchHub(world),
    new Writer(log, world, sealer),
    authorizer,
    new ServiceAccountTokens(parts.serviceAccountKey, world),
    new Continuations(() => world, worldAt),
    new Continuations(() => world, worldAt, () => 0),
  );
}

@Module({})
export class ApiModule {
  static of(kernel: Kernel, parts: ApiParts): DynamicModule {
    const authenticator = new Authenticator([kernel.tokens, new StaticTokens(parts.tokens)]);
    return {
      module: ApiModule,
      controllers: [ObjectRoutes, CommandRoutes],
      providers: [
        { provide: Kernel, useValue: kernel },
        { provide: Front, useValue: new Front(kernel, authenticator, new PathHandler(parts.health)) },
        { provide: CommandExecutor, useValue: new CommandExecutor(kernel.writer, kernel.world, kernel.authorizer) },
      ],
    };
  }
}
