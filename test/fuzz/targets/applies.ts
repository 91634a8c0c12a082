import { kinds } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import { decodeBody, JSON_TYPE } from '#lib/schema/decode/body';
import { applied, ApplyConflicts, ApplyError, type Applied } from '#lib/schema/managed/apply';
import { kindFields } from '#lib/schema/managed/kind-fields';
import type { TrackedWrite } from '#lib/schema/managed/track';
import { HALF, mutated, objectOf, oddValue, pick } from '../generate';
import { Fault, takes, type Target } from '../target';

interface ApplyInput {
  readonly resource: string;
  /** Entries that the object has before. */
  readonly managedFields: unknown;
  readonly live: object;
  readonly configs: readonly { readonly who: string; readonly force: boolean; readonly config: object }[];
}

const kindOf = (resource: string) => kinds.find((kind) => kind.resource === resource) ?? (kinds[0] as (typeof kinds)[number]);

/**
 * Whether there is anything empty in it. From what it names so, a configuration takes all that it named before, and a collection of which
 * nothing is left is gone (structured-merge-diff/typed/remove.go): it is made when the same is applied again.
 */
const hasEmpty = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && (Object.keys(value).length === 0 || Object.values(value).some(hasEmpty)));

/** Server-side apply of anything to anything, by several managers: applied again it changes nothing. */
export const applies: Target<ApplyInput> = {
  name: 'server-side apply, any managedFields',
  share: 3,

  make(random) {
    const { resource, apiVersion, kind } = pick(random, kinds);
    const made = (): object =>
      random() < 0.8
        ? objectOf(random, { apiVersion, kind }, { name: 'a' })
        : (mutated(random, objectOf(random, { apiVersion, kind }, { name: 'a' })) as object);
    const entry = {
      manager: 'm',
      operation: 'Update',
      apiVersion,
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:a': {}, 'k:{"name":"a"}': { '.': {} }, 'v:"x"': {}, 'i:0': {} } },
    };
    const managedFields = random() < 0.5 ? undefined : random() < 0.5 ? [entry] : mutated(random, [entry, { ...entry, manager: oddValue(random) }]);
    const configs = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({ who: pick(random, ['m', 'n']), force: random() < 0.5, config: made() }));
    return { resource, managedFields, live: made(), configs };
  },

  run({ resource, managedFields, live, configs }) {
    const kind = kindOf(resource);
    const fields = kindFields(kind);
    const { node } = fields;
    if (!node) return false;
    const read = (object: object): KubeObject =>
      decodeBody(Buffer.from(JSON.stringify(object).replaceAll(HALF, 'x')), JSON_TYPE, kind, 'Ignore').object as unknown as KubeObject;
    return takes(
      () => {
        let now = read(managedFields === undefined ? live : { ...live, metadata: { name: 'a', managedFields } });
        for (const { who, force, config } of configs) {
          const write: TrackedWrite = {
            manager: who,
            apiVersion: kind.apiVersion,
            subresource: '',
            time: '2026-01-01T00:00:00Z',
            node,
            ignored: fields.ignoredBy(''),
          };
          // a configuration must not have any
          const { managedFields: _, ...metadata } = ((config as Partial<KubeObject> | null)?.metadata ?? {}) as KubeObject['metadata'];
          const said = read({ ...config, metadata: { ...metadata, name: 'a' } });
          // As the server does: what is left empty is there again.
          const stored = ({ object, managedFields: entries }: Applied): KubeObject =>
            read({ ...(object ?? now), metadata: { ...(object ?? now).metadata, name: 'a', managedFields: entries } });
          now = stored(applied(fields.empty, now, said, write, force));
          const again = applied(fields.empty, now, said, write, false);
          if (again.object && !hasEmpty(said)) throw new Fault('applied again it changes something');
          now = stored(again);
          const third = applied(fields.empty, now, said, write, false);
          if (third.object) throw new Fault('applied for a third time it changes something');
          if (JSON.stringify(third.managedFields) !== JSON.stringify(now.metadata.managedFields)) throw new Fault('applied again it changes who owns what');
        }
      },
      ApplyConflicts,
      ApplyError,
    );
  },
};
