import { CustomResourceDefinition } from '#lib/api/apiextensions/customresourcedefinition';
import { ConfigMap } from '#lib/api/core/configmap';
import type { KubeObject } from '#lib/api/meta';
import { anApi, type AnApi } from '../testing/an-api';
import { HistoryAccess } from './access';
import type { Changing } from './changing';
import { addressIn, kindAsked, kindRemembered, objectFilter } from './kind-asked';
import { undo } from './undo';

async function define(api: AnApi, group: string, scope: 'Cluster' | 'Namespaced'): Promise<void> {
  const names = { plural: 'boats', singular: 'boat', kind: 'Boat', listKind: 'BoatList', shortNames: ['bt'] };
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const made = await api.create<CustomResourceDefinition>(CustomResourceDefinition, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `boats.${group}` },
    spec: { group, scope, names, versions: [{ name: 'v1', served: true, storage: true, schema }] },
  });
  const conditions = [{ type: 'Established', status: 'True' as const, reason: '', message: '', lastTransitionTime: made.metadata.creationTimestamp }];
  await api.update(CustomResourceDefinition, { ...made, status: { ...made.status, acceptedNames: names, conditions } } as KubeObject, 'status');
}

/** As its controller does, once nothing of it is left. */
async function undefine(api: AnApi, name: string): Promise<void> {
  await api.remove(CustomResourceDefinition, '', name);
  if (api.kernel.world.get(CustomResourceDefinition, '', name))
    await api.change(CustomResourceDefinition, '', name, (current) => ({ ...current, metadata: { ...current.metadata, finalizers: [] } }));
}

describe('the kind that a question is about', () => {
  test('goes by every name of a custom one, and says itself whether it lives in namespaces', async () => {
    const api = await anApi();
    await define(api, 'sea.example.com', 'Cluster');
    for (const name of ['boats.sea.example.com', 'boat.sea.example.com', 'boats', 'boat', 'bt'])
      expect(kindAsked(name, api.kernel.world).resource).toBe('boats.sea.example.com');
    const kind = kindAsked('bt', api.kernel.world);
    expect(addressIn(kind, { namespace: 'default', name: 'a' })).toEqual({ resource: 'boats.sea.example.com', namespace: '', name: 'a' });
    expect(addressIn(ConfigMap, { namespace: 'default', name: 'a' })).toEqual({ resource: 'configmaps', namespace: 'default', name: 'a' });
    expect(await objectFilter({ resource: 'bt', namespace: 'default', name: 'a' }, api.kernel.world, api.log)).toEqual({
      resource: 'boats.sea.example.com',
      namespace: '',
      name: 'a',
    });
  });

  test('is asked for again where several have the name', async () => {
    const api = await anApi();
    await define(api, 'sea.example.com', 'Cluster');
    await define(api, 'lake.example.com', 'Namespaced');
    expect(() => kindAsked('bt', api.kernel.world)).toThrow('there are several "bt": say boats.sea.example.com or boats.lake.example.com');
    expect(() => kindAsked('ships', api.kernel.world)).toThrow('there is no resource "ships"');
  });

  test('is remembered when its definition is gone, and then nothing is made of it', async () => {
    const api = await anApi();
    await define(api, 'sea.example.com', 'Cluster');
    const kind = kindAsked('boats', api.kernel.world);
    await api.create(kind, { apiVersion: 'sea.example.com/v1', kind: 'Boat', metadata: { name: 'a' } });
    await api.remove(kind, '', 'a');
    const gone = api.kernel.world.revision;
    await undefine(api, 'boats.sea.example.com');
    expect(() => kindAsked('boats.sea.example.com', api.kernel.world)).toThrow('there is no resource');
    expect(await kindRemembered('boats.sea.example.com', api.kernel.world, api.log)).toMatchObject({ resource: 'boats.sea.example.com', namespaced: false });

    const access = new HistoryAccess(api.kernel.authorizer, { name: 'root', groups: ['system:masters'] });
    const origin: Changing['origin'] = (verb) => ({ actor: { user: 'root' }, request: { id: 'r', verb } });
    const changing: Changing = { kernel: api.kernel, access, now: new Date(), dryRun: false, force: true, warnings: [], origin };
    await expect(undo(changing, gone)).rejects.toMatchObject({ code: 400, message: expect.stringContaining('undelete crd/boats.sea.example.com') as string });
  });
});
