import { kinds } from '#lib/api/kinds';
import type { KubeObject } from '#lib/api/meta';
import { decodeBody, JSON_TYPE, type FieldValidation } from '#lib/schema/decode/body';
import { patched } from '../../../apps/api/write/patch/patched';
import { objectOf, pick } from '../generate';
import { patchBody, PATCHES } from '../requests';
import { Fault, takes, type Target } from '../target';

interface PatchInput {
  readonly apiVersion: string;
  readonly kind: string;
  readonly type: string;
  readonly current: object;
  readonly body: string;
  readonly validation: FieldValidation;
}

/** A patch makes a next version or is refused; the version before it stays as it is. */
export const patches: Target<PatchInput> = {
  name: 'patches of objects: JSON, merge, strategic',
  share: 4,

  make(random) {
    const { apiVersion, kind } = pick(random, kinds);
    const type = pick(
      random,
      PATCHES.filter((each) => !each.includes('apply')),
    );
    const current = objectOf(random, { apiVersion, kind }, { name: 'a', labels: { app: 'web' }, finalizers: ['x.io/a'] });
    return {
      apiVersion,
      kind,
      type,
      current,
      body: patchBody(random, type, objectOf(random, { apiVersion, kind }, {})),
      validation: pick(random, ['Ignore', 'Warn', 'Strict'] as const),
    };
  },

  run({ apiVersion, kind, type, current, body, validation }) {
    const name = { apiVersion, kind };
    return takes(() => {
      const { object } = decodeBody(Buffer.from(JSON.stringify(current)), JSON_TYPE, name, 'Ignore');
      const before = JSON.stringify(object);
      const next = patched(name, type, Buffer.from(body), validation, []);
      try {
        next(object as unknown as KubeObject);
      } finally {
        if (JSON.stringify(object) !== before) throw new Fault('the version before it is altered');
      }
    });
  },
};
