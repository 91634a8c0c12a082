import { setTimeout as sleep } from 'node:timers/promises';
import { Program } from '../../support/program';

/** One process of the build. */
export interface Service {
  readonly name: string;
  readonly app: string;
  readonly env: Readonly<Record<string, string>>;
  /** Arguments; default none. */
  readonly args?: readonly string[];
}

const FIRST_PAUSE_MS = 100;
const LIVED_MS = 10_000;

/**
 * Processes by name, started again whenever they end, as a container runtime does: at once, and with doubled pauses when they do not stay.
 */
export class Fleet {
  private readonly programs = new Map<string, { program: Program; started: number }>();
  private readonly keeping: Promise<void>[] = [];
  private printed = '';
  private stopped = false;

  /** Resolves when it has printed the text for the first time. */
  async start(service: Service, until?: string): Promise<void> {
    this.keeping.push(this.keep(service));
    if (until !== undefined) await this.programs.get(service.name)?.program.prints(until);
  }

  /** @throws when it is between two lives */
  pid(name: string): number {
    const found = this.programs.get(name);
    if (!found?.program.running) throw new Error(`${name} does not run`);
    return found.program.pid;
  }

  /** When it was started last. */
  started(name: string): number {
    return this.programs.get(name)?.started ?? 0;
  }

  get output(): string {
    return this.printed + [...this.programs].map(([name, { program }]) => `--- ${name}\n${program.output}`).join('');
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.programs.values()].map(({ program }) => program.end('SIGTERM')));
    await Promise.all(this.keeping);
  }

  private async keep(service: Service): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; ;) {
      const started = performance.now();
      const program = new Program(`apps/${service.app}/main.js`, service.args ?? [], service.env);
      this.programs.set(service.name, { program, started });
      await program.exit();
      if (this.stopped) return;
      this.printed += `--- ${service.name}\n${program.output}`;
      pause = performance.now() - started > LIVED_MS ? FIRST_PAUSE_MS : pause * 2;
      await sleep(pause);
      if (this.stopped) return;
    }
  }
}
