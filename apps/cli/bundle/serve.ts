import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryBus } from '#lib/bus/memory-bus';
import type { Bundle } from '#lib/log/bundle/bundle';
import { BundleLog } from '#lib/log/bundle/bundle-log';
import { MemoryKeyStore } from '#lib/log/secret/key-store';
import { MasterKey } from '#lib/log/secret/master-key';
import { Sealer } from '#lib/log/secret/seal';
import { ClusterCa } from '#lib/pki/cluster-ca';
import { writeKubeconfig } from '#lib/pki/kubeconfig';
import { startApi } from '../../api/start';

/** A bundle as a cluster that can only be read. */
export interface BundleServer {
  readonly port: number;
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** A composition root: an API server on the entries of a bundle, with keys of its own in a folder that goes with it. */
export async function serveBundle(bundle: Bundle, host: string, port: number): Promise<BundleServer> {
  const folder = mkdtempSync(join(tmpdir(), 'decklog-bundle-'));
  const bus = new MemoryBus();
  // The keys of Secrets are in no bundle: their values read <shredded>.
  const sealer = new Sealer(MasterKey.random(), new MemoryKeyStore());
  const api = await startApi({ log: new BundleLog(bundle), bus, sealer, pkiDir: folder, host, port, bundle: bundle.header });
  const ca = await ClusterCa.loadOrCreate(folder);
  const user = 'bundle-reader';
  const credentials = await ca.issueClient({ user, groups: ['system:masters'] });
  const kubeconfig = join(folder, 'kubeconfig');
  const address = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  writeKubeconfig(kubeconfig, {
    server: `https://${address}:${api.port}`,
    ca: ca.certificate,
    user,
    credentials,
    context: 'decklog-bundle',
  });
  const stop = async (): Promise<void> => {
    await api.stop();
    await bus.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { port: api.port, kubeconfig, stop };
}
