import type { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import { sameValue } from '#lib/api/equality';

type Names = CustomResourceDefinition['status']['acceptedNames'];

/** What became of the names that a definition asks for. */
export interface Naming {
  readonly accepted: Names;
  /** The NamesAccepted condition without its time. */
  readonly condition: {
    readonly type: 'NamesAccepted';
    readonly status: 'True' | 'False';
    readonly reason: string;
    readonly message: string;
  };
}

interface Taken {
  readonly resources: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
}

/** Names that other definitions of the group have been given. Mirrors controller/status/naming_controller.go. */
export function takenBy(others: readonly CustomResourceDefinition[]): Taken {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { status } of others) {
    const { plural, singular, shortNames = [], kind, listKind } = status?.acceptedNames ?? {};
    for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}

/** Each name is taken over unless somebody else has it; the last conflict is told. */
export function namingOf({ spec, status }: CustomResourceDefinition, taken: Taken): Naming {
  const { names } = spec;
  const old = status?.acceptedNames ?? { kind: '', plural: '' };
  const accepted: Record<string, unknown> = { ...old };
  let [reason, message] = ['NoConflicts', 'no conflicts found'];
  const settle = (name: 'plural' | 'singular' | 'kind' | 'listKind', word: string, used: ReadonlySet<string>): void => {
    const wanted = names[name] ?? '';
    if (wanted !== (old[name] ?? '') && used.has(wanted)) [reason, message] = [`${word}Conflict`, inUse(wanted)];
    else if (names[name] !== undefined) accepted[name] = names[name];
  };
  settle('plural', 'Plural', taken.resources);
  settle('singular', 'Singular', taken.resources);
  if (!sameValue(names.shortNames ?? [], old.shortNames ?? [])) {
    const conflicts = (names.shortNames ?? []).filter((name) => !(old.shortNames ?? []).includes(name) && taken.resources.has(name));
    if (conflicts.length > 0) [reason, message] = ['ShortNamesConflict', aggregate(conflicts.map(inUse))];
    else replace(accepted, 'shortNames', names.shortNames);
  }
  settle('kind', 'Kind', taken.kinds);
  settle('listKind', 'ListKind', taken.kinds);
  replace(accepted, 'categories', names.categories);
  const condition = {
    type: 'NamesAccepted' as const,
    status: reason === 'NoConflicts' ? ('True' as const) : ('False' as const),
    reason,
    message,
  };
  return { accepted: accepted as unknown as Names, condition };
}

function replace(names: Record<string, unknown>, name: string, value: readonly string[] | undefined): void {
  if (value === undefined) delete names[name];
  else names[name] = value;
}

const inUse = (name: string): string => `${JSON.stringify(name)} is already in use`;
const aggregate = (texts: readonly string[]): string => (texts.length === 1 ? (texts[0] as string) : `[${texts.join(', ')}]`);
