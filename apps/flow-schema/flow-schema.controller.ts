import { FlowSchema } from '#lib/api/flowcontrol/flowschema';
import { PriorityLevelConfiguration } from '#lib/api/flowcontrol/prioritylevelconfiguration';
import { rfc3339 } from '#lib/api/time';
import { setStatus } from '#lib/reconcile/command';
import { defineController } from '#lib/reconcile/controller';

/** Says of each flow schema whether its priority level exists. Mirrors apiserver/pkg/util/flowcontrol/apf_controller.go. */
export const flowSchema = defineController<FlowSchema>({
  name: 'flow-schema',
  for: FlowSchema,
  watches: [
    {
      kind: PriorityLevelConfiguration,
      keys: ({ type, object }, world) =>
        type === 'MODIFIED'
          ? []
          : world
              .list(FlowSchema)
              .filter(({ spec }) => spec.priorityLevelConfiguration?.name === object.metadata.name)
              .map((schema) => schema.metadata.name),
    },
  ],

  reconcile(schema, world, now) {
    const level = schema.spec.priorityLevelConfiguration?.name ?? '';
    const isThere = world.get(PriorityLevelConfiguration, '', level) !== undefined;
    const text = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
    const said = isThere
      ? { status: 'False', reason: 'Found', message: `${text} and it exists` }
      : { status: 'True', reason: 'NotFound', message: `${text} but there is no such object` };
    const others = (schema.status?.conditions ?? []).filter(({ type }) => type !== 'Dangling');
    const known = schema.status?.conditions?.find(({ type }) => type === 'Dangling');
    if (known?.status === said.status && known.message === said.message) return [];
    const lastTransitionTime = known?.status === said.status ? known.lastTransitionTime : rfc3339(now);
    return setStatus(schema, { ...schema.status, conditions: [...others, { type: 'Dangling', ...said, lastTransitionTime }] });
  },
});
