import { Module, type DynamicModule } from '@nestjs/common';
import type { Bus } from './bus';
import { JetStreamBus, type JetStreamBusOptions } from './jetstream-bus';

/** Injection token of the `Bus`. */
export const BUS = Symbol('decklog bus');

/** Makes the bus injectable: `@Inject(BUS) bus: Bus`. */
@Module({})
export class BusModule {
  /** Connects, and closes with the application. */
  static connect(options: JetStreamBusOptions): DynamicModule {
    const provider = { provide: BUS, useFactory: () => JetStreamBus.connect(options) };
    return { module: BusModule, global: true, providers: [provider], exports: [BUS] };
  }

  /** A bus that somebody else owns and closes. */
  static of(bus: Bus): DynamicModule {
    return { module: BusModule, global: true, providers: [{ provide: BUS, useValue: bus }], exports: [BUS] };
  }
}
