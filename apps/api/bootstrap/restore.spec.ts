import { Namespace } from '#lib/api/core/namespace';
import { Service } from '#lib/api/core/service';
import { anApi } from '../testing/an-api';
import { restore } from './bootstrap';

const ENDPOINT = { ip: '10.0.0.1', port: 6443 };

describe('what must always be there', () => {
  test('the Service kubernetes comes back with its address', async () => {
    const { kernel, remove } = await anApi();
    await remove(Service, 'default', 'kubernetes');
    expect(kernel.world.get(Service, 'default', 'kubernetes')).toBeUndefined();
    await restore(kernel.world, kernel.writer, ENDPOINT);
    expect(kernel.world.get(Service, 'default', 'kubernetes')?.spec).toMatchObject({ clusterIP: '10.96.0.1', ports: [{ port: 443, targetPort: 6443 }] });
  });

  test('a namespace of the system comes back', async () => {
    const { kernel, remove, finalize } = await anApi();
    await remove(Namespace, '', 'kube-node-lease');
    await finalize('kube-node-lease');
    expect(kernel.world.get(Namespace, '', 'kube-node-lease')).toBeUndefined();
    await restore(kernel.world, kernel.writer, ENDPOINT);
    expect(kernel.world.get(Namespace, '', 'kube-node-lease')?.status?.phase).toBe('Active');
  });

  test('where nothing is missing, nothing is written', async () => {
    const { kernel, log } = await anApi();
    const before = (await log.head()).revision;
    await restore(kernel.world, kernel.writer, ENDPOINT);
    expect((await log.head()).revision).toBe(before);
  });
});
