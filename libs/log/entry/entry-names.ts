import { ADD_RESOURCES, ORIGINS, RESOURCES, type NamedQuery } from '#lib/log/database/queries';
import type { RawRow } from './stored-row';

/** Who asked, and with what request, as an entry's hash is over it. */
export interface StoredOrigin {
  readonly actor: string;
  /** Without its id when `request_id` has it. */
  readonly request: string;
}

const KEPT_ORIGINS = 50_000;

/** The numbers in entries and what they stand for. What was read once is remembered: nothing of it ever changes. */
export class EntryNames {
  private readonly ids = new Map<string, number>();
  private readonly names = new Map<string, string>();
  private readonly origins = new Map<string, StoredOrigin>();

  constructor(private readonly query: (query: NamedQuery, values: readonly unknown[]) => Promise<readonly RawRow[]>) {}

  /** Numbers of resources; those that nobody wrote about yet have none. */
  async known(resources: readonly string[]): Promise<number[]> {
    if (resources.some((resource) => !this.ids.has(resource))) await this.load();
    return resources.flatMap((resource) => this.ids.get(resource) ?? []);
  }

  /** The number of a resource; undefined when `know` has to be asked first. */
  idOf(resource: string): number | undefined {
    return this.ids.get(resource);
  }

  /** Numbers for resources that are about to be written. */
  async know(resources: readonly string[]): Promise<void> {
    const missing = (): string[] => [...new Set(resources)].filter((resource) => !this.ids.has(resource));
    if (missing().length > 0) await this.load();
    const unknown = missing();
    if (unknown.length === 0) return;
    await this.query(ADD_RESOURCES, [unknown]);
    await this.load();
  }

  /** What these rows need; from the database only what was not needed before. */
  async prepare(resources: Iterable<string>, origins: Iterable<string>): Promise<void> {
    if ([...resources].some((id) => !this.names.has(id))) await this.load();
    const missing = [...origins].filter((id) => !this.origins.has(id));
    if (missing.length === 0) return;
    if (this.origins.size > KEPT_ORIGINS) this.origins.clear();
    for (const [id, actor, request] of await this.query(ORIGINS, [missing]))
      this.origins.set(id as string, { actor: actor as string, request: request as string });
  }

  nameOf(id: string): string {
    return this.names.get(id) ?? '';
  }

  originOf(id: string): StoredOrigin | undefined {
    return this.origins.get(id);
  }

  private async load(): Promise<void> {
    for (const [id, name] of await this.query(RESOURCES, [])) {
      this.ids.set(name as string, Number(id));
      this.names.set(id as string, name as string);
    }
  }
}
