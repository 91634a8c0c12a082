import { Controller, Module, type DynamicModule } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Change } from '#lib/reconcile/world';
import { CHANGES_PATTERN } from './changes-transport';
import { Reconciler } from './reconciler';

/** Where changes of the world come in. */
@Controller()
class ChangeRoutes {
  constructor(private readonly reconciler: Reconciler) {}

  @EventPattern(CHANGES_PATTERN)
  onChanges(@Payload() changes: readonly Change[]): void {
    this.reconciler.wake(changes);
  }
}

/** The microservice of one controller. */
@Module({})
export class ControllerModule {
  static of(reconciler: Reconciler): DynamicModule {
    return { module: ControllerModule, controllers: [ChangeRoutes], providers: [{ provide: Reconciler, useValue: reconciler }] };
  }
}
