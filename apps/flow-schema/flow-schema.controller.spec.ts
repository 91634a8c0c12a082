import { FlowSchema } from '#lib/api/flowcontrol/flowschema';
import { PriorityLevelConfiguration } from '#lib/api/flowcontrol/prioritylevelconfiguration';
import { build } from '#lib/reconcile/testing/builders/object';
import { given } from '#lib/reconcile/testing/given';
import { flowSchema } from './flow-schema.controller';

const decide = given(flowSchema);
const schema = (status: object = {}): FlowSchema =>
  build(FlowSchema, { name: 'mine' }, { spec: { priorityLevelConfiguration: { name: 'low' } }, status } as never);
const low = build(PriorityLevelConfiguration, { name: 'low' }, { spec: { type: 'Exempt' } } as never);

describe('flow-schema', () => {
  test('says whether its level exists', () => {
    const message = 'This FlowSchema references the PriorityLevelConfiguration object named "low" and it exists';
    expect(decide(schema(), low)).toMatchObject([
      { do: 'setStatus', status: { conditions: [{ type: 'Dangling', status: 'False', reason: 'Found', message }] } },
    ]);
    expect(decide(schema())).toMatchObject([{ status: { conditions: [{ type: 'Dangling', status: 'True', reason: 'NotFound' }] } }]);
  });

  test('asks for nothing once that is said', () => {
    const message = 'This FlowSchema references the PriorityLevelConfiguration object named "low" but there is no such object';
    expect(decide(schema({ conditions: [{ type: 'Dangling', status: 'True', reason: 'NotFound', message }] }))).toEqual([]);
  });
});
