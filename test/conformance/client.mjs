// Takes every object that it is given on stdin through the JavaScript client of Kubernetes, which is not part of Decklog, and prints a line
// of JSON for each: which steps went well, or the first error. A program of its own, because jest cannot load the package.
import { KubeConfig, KubernetesObjectApi, PatchStrategy, Watch } from '@kubernetes/client-node';
import { readFileSync } from 'node:fs';

const { kubeconfig, objects } = JSON.parse(readFileSync(0, 'utf8'));
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const api = KubernetesObjectApi.makeApiClient(config);
const watch = new Watch(config);

async function walk({ object, path }) {
  const { apiVersion, kind, metadata } = object;
  const steps = [];
  const seen = [];
  let done = () => undefined;
  const gone = new Promise((resolve) => (done = resolve));
  try {
    const labelSelector = Object.entries(metadata.labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(',');
    const request = await watch.watch(
      path,
      { labelSelector },
      (type) => (seen.push(type), type === 'DELETED' && done()),
      () => done(),
    );
    const created = await api.create(object);
    steps.push(created.metadata.uid ? 'create' : 'create without uid');
    const read = await api.read({ apiVersion, kind, metadata });
    steps.push(read.metadata.uid === created.metadata.uid ? 'read' : 'read another');
    const list = await api.list(apiVersion, kind, metadata.namespace, undefined, undefined, undefined, undefined, labelSelector);
    steps.push(list.items.some((item) => item.metadata.uid === created.metadata.uid) ? 'list' : 'list without it');
    const patch = { apiVersion, kind, metadata: { ...metadata, annotations: { patched: 'yes' } } };
    const patched = await api.patch(patch, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    steps.push(patched.metadata.annotations.patched === 'yes' ? 'patch' : 'patch without effect');
    patched.metadata.annotations.patched = 'twice';
    const replaced = await api.replace(patched);
    steps.push(replaced.metadata.annotations.patched === 'twice' ? 'replace' : 'replace without effect');
    await api.delete({ apiVersion, kind, metadata }, undefined, undefined, 0);
    const left = await api.read({ apiVersion, kind, metadata }).catch((error) => error.code);
    if (left !== 404 && left.metadata.finalizers)
      await api.patch({ apiVersion, kind, metadata: { ...metadata, finalizers: null } }, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
    steps.push('delete');
    if (kind !== 'Namespace') await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 3_000))]);
    steps.push(`watch ${[...new Set(seen)].join(' ')}`);
    request.abort();
    return { what: `${apiVersion} ${kind}`, steps };
  } catch (error) {
    return { what: `${apiVersion} ${kind}`, steps, error: `${error.message ?? error}`.slice(0, 500) };
  }
}
const lines = [];
for (const one of objects) lines.push(`${JSON.stringify(await walk(one))}\n`);
process.stdout.write(lines.join(''), () => process.exit(0));
