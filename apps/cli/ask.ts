import { Client, Refused } from '#lib/client/client';
import { accessFrom, defaultKubeconfig } from '#lib/client/kubeconfig';
import { kinds } from '#lib/api/kinds';
import { defineKind, type AnyKind } from '#lib/api/kind';
import { IsIn, IsString } from 'class-validator';
import { FORMATS, type Format } from './print';
import { type Flag, UserError } from './verb';

/** The `--kubeconfig` of every verb that asks a cluster. */
export const KUBECONFIG_FLAG: Flag = {
  type: 'string',
  about: 'Which cluster (default: $KUBECONFIG, the data folder here, ~/.kube/config)',
};

/** The options of every verb that asks a cluster and prints the answer. */
export class AskOptions {
  @IsIn(FORMATS)
  output: Format = 'table';

  @IsString()
  kubeconfig = '';
}

/** Their flags. */
export const ASK_FLAGS: Readonly<Record<keyof AskOptions, Flag>> = {
  output: { type: 'string', short: 'o', about: 'table, json or yaml (default table)' },
  kubeconfig: KUBECONFIG_FLAG,
};

/** The options of a verb that asks about one object. */
export class AskObjectOptions extends AskOptions {
  @IsString()
  namespace = 'default';

  @IsString()
  at = '';
}

/** Their flags. */
export const ASK_OBJECT_FLAGS: Readonly<Record<keyof AskObjectOptions, Flag>> = {
  namespace: { type: 'string', short: 'n', about: 'Namespace of the object (default: default)' },
  at: {
    type: 'string',
    about: 'As of this moment: a revision, a time (RFC 3339, or as printed: UTC), or how long ago: 10m, 2h (default: now)',
  },
  ...ASK_FLAGS,
};

/** The query for an object, as `/decklog/v1/…` wants it. */
export function objectQuery(words: readonly string[], options: { readonly namespace: string; readonly at?: string }): URLSearchParams {
  const { kind, name } = objectOf(words);
  const query = new URLSearchParams({ resource: kind.resource, namespace: kind.namespaced ? options.namespace : '', name });
  if (options.at) query.set('at', options.at);
  return query;
}

/** Runs `work` with a client of the cluster that the user means. What the server refuses becomes one line. */
export async function asking<T>(kubeconfig: string, work: (client: Client) => Promise<T>): Promise<T> {
  const file = kubeconfig || defaultKubeconfig();
  if (!file) throw new UserError('no cluster to ask: start one with `npm start`, or name a kubeconfig with --kubeconfig');
  const client = new Client(accessFrom(file), (text) => process.stderr.write(`Warning: ${text}\n`));
  try {
    return await work(client);
  } catch (error) {
    if (error instanceof Refused || (error as Error).message.includes('cannot be reached')) throw new UserError((error as Error).message);
    throw error;
  } finally {
    client.close();
  }
}

/**
 * `pod`, `pods`, `po`, `deployments.apps` → the kind. What is not built in the server knows better, by every name of it, and whether it
 * lives in namespaces.
 */
export function kindOf(type: string): AnyKind {
  const asked = type.toLowerCase();
  const kind = kinds.find((k) => [k.plural, k.singular, k.resource, ...(k.shortNames ?? [])].includes(asked));
  if (kind) return kind;
  if (!/^[a-z0-9.-]+$/.test(asked)) throw new UserError(`there is no resource type ${JSON.stringify(type)}`, 2);
  const [plural = '', group = ''] = asked.split(/\.(.*)/);
  return defineKind({ group, version: '', kind: plural, plural, scope: 'Namespaced' });
}

/** `pod/web`, `pods web`, `deploy/web`, `deployments.apps/web` → the kind and the name. */
export function objectOf(words: readonly string[]): { kind: AnyKind; name: string } {
  const [type = '', name = ''] = words.length > 1 ? words : (words[0] ?? '').split(/\/(.*)/);
  const kind = kindOf(type);
  if (name === '') throw new UserError(`which ${kind.singular}? Say ${kind.singular}/NAME`, 2);
  return { kind, name };
}
