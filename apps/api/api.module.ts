import { Module, type DynamicModule } from '@nestjs/common';
import { CommandRoutes } from './command.routes';
import { Authenticator } from './auth/authenticator';
import { OidcTokens } from './auth/oidc/oidc-tokens';
import { BootstrapTokens } from './auth/bootstrap-tokens';
import { StaticTokens } from './auth/static-tokens';
import { Front } from './http/front';
import { ObjectRoutes } from './http/object.routes';
import { PathHandler } from './http/path.handler';
import { serverMetrics } from './http/server-metrics';
import { Kernel, type ApiParts } from './kernel';
import { CommandExecutor } from './write/execute';

@Module({})
export class ApiModule {
  static of(kernel: Kernel, parts: ApiParts): DynamicModule {
    const authenticator = new Authenticator([
      kernel.tokens,
      new StaticTokens(parts.tokens),
      new BootstrapTokens(kernel.world),
      ...(parts.issuers ?? []).map((issuer) => new OidcTokens(issuer)),
    ]);
    const paths = new PathHandler(
      parts.health,
      () => kernel.tokens.keySet(),
      (revision) => kernel.servedAt(revision),
      () => serverMetrics(kernel),
    );
    return {
      module: ApiModule,
      controllers: [ObjectRoutes, CommandRoutes],
      providers: [
        { provide: Kernel, useValue: kernel },
        { provide: Front, useValue: new Front(kernel, authenticator, paths) },
        { provide: CommandExecutor, useValue: new CommandExecutor(kernel.writer, kernel.consult, kernel.world, kernel.authorizer) },
      ],
    };
  }
}
