import { bodyOf, complaints, created, NOW, row, texts, updated, yamlOf } from '#lib/api/testing/given-kind';
import { Namespace } from './namespace';

describe('namespaces', () => {
  test('begin active, held by the finalizer of the cluster, labelled with their name', () => {
    const namespace = created(Namespace, 'metadata: {name: shop, labels: {a: b}}');
    expect(bodyOf(namespace)).toBe(yamlOf('{spec: {finalizers: [kubernetes]}, status: {phase: Active}}'));
    expect(namespace.metadata.labels).toEqual({ a: 'b', 'kubernetes.io/metadata.name': 'shop' });
  });

  test('keep finalizers that were asked for', () => {
    expect(created(Namespace, 'spec: {finalizers: [x.io/y]}').spec.finalizers).toEqual(['x.io/y', 'kubernetes']);
    expect(complaints(Namespace, 'spec: {finalizers: [mine]}')).toEqual([
      'spec.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });

  test('lose finalizers only through finalize, and cannot lose their label', () => {
    const before = created(Namespace, '');
    expect(updated(Namespace, before, 'spec: {finalizers: []}').spec.finalizers).toEqual(['kubernetes']);
    expect(updated(Namespace, before, 'spec: {finalizers: []}', { now: NOW, subresource: 'finalize' }).spec.finalizers).toEqual([]);
    expect(updated(Namespace, before, '').metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'x' });
  });

  test('stay until the last of spec.finalizers is gone', () => {
    const namespace = created(Namespace, '');
    expect(Namespace.holdsDeletion?.(namespace)).toBe(true);
    expect(Namespace.holdsDeletion?.({ ...namespace, spec: { finalizers: [] } })).toBe(false);
  });

  test('are active while they live and terminating while they die', () => {
    const namespace = created(Namespace, '');
    const dying = { ...namespace, metadata: { ...namespace.metadata, deletionTimestamp: '2026-01-02T03:04:05Z' } };
    const gone = structuredClone(dying);
    Namespace.whenAskedToGo?.(gone);
    const about = (object: Namespace): string[] => texts(Namespace.validateStatus?.(object, namespace) ?? []);
    expect([about(namespace), about(gone)]).toEqual([[], []]);
    expect(about({ ...namespace, status: gone.status })).toEqual([
      `status.Phase: Invalid value: "Terminating": may only be 'Active' if \`deletionTimestamp\` is empty`,
    ]);
    expect(about(dying)).toEqual([`status.Phase: Invalid value: "Active": may only be 'Terminating' if \`deletionTimestamp\` is not empty`]);
  });

  test('are shown with phase and age', () => {
    expect(row(Namespace, 'status: {phase: Active}')).toEqual(['x', 'Active', '4m5s']);
  });
});
