import { CLEANUP, CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import { build } from '#lib/reconcile/testing/builders/object';
import { given } from '#lib/reconcile/testing/given';
import { NOW } from '#lib/reconcile/testing/now';
import { customResources } from './custom-resources.controller';

const decide = given(customResources);

const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
const aDefinition = (plural: string, more: object = {}, status: object = {}, metadata: object = {}): CustomResourceDefinition => {
  const object = build(CustomResourceDefinition, { name: `${plural}.example.com` }, {
    spec: { group: 'example.com', scope: 'Namespaced', names: { ...names, plural, ...more }, versions: [{ name: 'v1', served: true, storage: true }] },
    status: { acceptedNames: { kind: '', plural: '' }, conditions: [], storedVersions: ['v1'], ...status },
  } as never);
  return { ...object, metadata: { ...object.metadata, ...metadata } };
};
const key = 'widgets.example.com';
const aWidget = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w', namespace: 'default', uid: 'w-1', resourceVersion: '9', creationTimestamp: NOW.toISOString() },
};

describe('custom-resources', () => {
  test('accepts the names and establishes the definition', () => {
    expect(decide(key, aDefinition('widgets'))).toMatchObject([
      {
        do: 'setStatus',
        status: {
          acceptedNames: { kind: 'Widget' },
          conditions: [
            { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts' },
            { type: 'Established', status: 'True' },
          ],
        },
      },
    ]);
  });

  test('a kind that another definition of the group has is refused', () => {
    const other = aDefinition('gadgets', {}, { acceptedNames: { ...names, plural: 'gadgets', singular: 'gadget', listKind: 'GadgetList' } });
    expect(decide(key, aDefinition('widgets'), other)).toMatchObject([
      {
        status: {
          conditions: [
            { type: 'NamesAccepted', status: 'False', reason: 'KindConflict', message: '"Widget" is already in use' },
            { type: 'Established', status: 'False', reason: 'NotAccepted' },
          ],
        },
      },
    ]);
  });

  const going = (status: object = {}): CustomResourceDefinition =>
    aDefinition('widgets', {}, status, { deletionTimestamp: NOW.toISOString(), finalizers: [CLEANUP] });

  test('deletes the objects first', () => {
    expect(decide(key, going(), aWidget)).toMatchObject([
      { do: 'setStatus', status: { conditions: [{ type: 'Terminating', status: 'True', reason: 'InstanceDeletionInProgress' }] } },
      { do: 'remove', ref: { name: 'w' } },
      { do: 'wake' },
    ]);
  });

  test('then says so, then lets the definition go', () => {
    const told = decide(key, going())[0] as unknown as { status: object };
    expect(told).toMatchObject({ do: 'setStatus', status: { conditions: [{ type: 'Terminating', status: 'False', reason: 'InstanceDeletionCompleted' }] } });
    expect(decide(key, going(told.status))).toMatchObject([{ do: 'update', object: { metadata: { finalizers: [] } } }]);
  });
});
