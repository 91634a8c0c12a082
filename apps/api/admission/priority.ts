import { Pod } from '#lib/api/core/pod/pod';
import { applyPriority, keepPriority, SYSTEM_PRIORITY_CLASSES, type PriorityClass as Ranked } from '#lib/api/core/pod/pod-admission';
import { forbiddenAccess } from '#lib/api/errors';
import { PriorityClass } from '#lib/api/scheduling/priorityclass';
import type { World } from '#lib/reconcile/world';
import type { AdmissionPlugin, AdmissionRequest } from './plugin';

/** How much a pod matters, by the class that it names or that is the default. Mirrors plugin/pkg/admission/priority. */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  mutate({ kind, operation, subresource, object, previous }, world) {
    if (kind !== Pod || subresource) return;
    const pod = object as Pod;
    if (operation === 'UPDATE') return keepPriority(pod, previous as Pod);
    const refusal = applyPriority(pod, classesIn(world));
    if (refusal !== undefined) throw forbiddenAccess(Pod, pod.metadata.name ?? '', refusal);
  },
  settle(request, { world }) {
    if (request.kind === PriorityClass && request.operation !== 'DELETE') requireOneDefault(request, world);
  },
};

/** Lists stay the same object until a class changes. */
const known = new WeakMap<object, readonly Ranked[]>();

function classesIn(world: World): readonly Ranked[] {
  const list = world.list(PriorityClass);
  if (list.length === 0) return SYSTEM_PRIORITY_CLASSES;
  let classes = known.get(list);
  if (!classes)
    known.set(
      list,
      (classes = [
        ...SYSTEM_PRIORITY_CLASSES.filter(({ name }) => !list.some(({ metadata }) => metadata.name === name)),
        ...list.map(ranked),
      ]),
    );
  return classes;
}

const ranked = ({ metadata: { name }, value, globalDefault, preemptionPolicy }: PriorityClass): Ranked => ({
  name,
  value,
  ...(globalDefault && { globalDefault }),
  ...(preemptionPolicy && { preemptionPolicy }),
});

function requireOneDefault({ object }: AdmissionRequest, world: World): void {
  const { name } = object.metadata;
  if (!(object as PriorityClass).globalDefault) return;
  const other = world.list(PriorityClass).find(({ globalDefault, metadata }) => globalDefault && metadata.name !== name);
  if (other)
    throw forbiddenAccess(
      PriorityClass,
      name,
      `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
    );
}
