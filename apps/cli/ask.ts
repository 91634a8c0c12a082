import { Client, Refused } from '#lib/client/client';
import { accessFrom, defaultKubeconfig } from '#lib/client/kubeconfig';
import { kinds } from '#lib/api/kinds';
import type { AnyKind } from '#lib/api/kind';
import { type Flag, UserError } from './verb';

/** The `--kubeconfig` of every verb that asks a cluster. */
export const KUBECONFIG_FLAG: Flag = { type: 'string', about: 'Which cluster (default: $KUBECONFIG, the data folder here, ~/.kube/config)' };

/** Runs `work` with a client of the cluster that the user means. What the server refuses becomes one line. */
export async function asking<T>(kubeconfig: string, work: (client: Client) => Promise<T>): Promise<T> {
  const file = kubeconfig || defaultKubeconfig();
  if (!file) throw new UserError('no cluster to ask: start one with `npm start`, or name a kubeconfig with --kubeconfig');
  const client = new Client(accessFrom(file));
  try {
    return await work(client);
  } catch (error) {
    if (error instanceof Refused || (error as Error).message.includes('cannot be reached')) throw new UserError((error as Error).message);
    throw error;
  } finally {
    client.close();
  }
}

/** `pod/web`, `pods web`, `deploy/web`, `deployments.apps/web` → the kind and the name. */
export function objectOf(words: readonly string[]): { kind: AnyKind; name: string } {
  const [type = '', name = ''] = words.length > 1 ? words : (words[0] ?? '').split(/\/(.*)/);
  const asked = type.toLowerCase();
  const kind = kinds.find((k) => [k.plural, k.singular, k.resource, ...(k.shortNames ?? [])].includes(asked));
  if (!kind) throw new UserError(`there is no resource type ${JSON.stringify(type)}`, 2);
  if (name === '') throw new UserError(`which ${kind.singular}? Say ${kind.singular}/NAME`, 2);
  return { kind, name };
}
