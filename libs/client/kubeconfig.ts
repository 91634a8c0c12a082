import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';

/** How to reach one API server, and as whom. PEM texts. */
export interface Access {
  readonly server: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
}

interface Entry {
  readonly name: string;
  readonly cluster?: Record<string, string>;
  readonly user?: Record<string, string>;
  readonly context?: { readonly cluster: string; readonly user: string };
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly clusters?: readonly Entry[];
  readonly users?: readonly Entry[];
  readonly contexts?: readonly Entry[];
}

/** The file that a user means without saying so: $KUBECONFIG, that of the data folder here, then kubectl's own. */
export function defaultKubeconfig(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const home = resolve(env['DECKLOG_HOME'] ?? '.decklog', 'kubeconfig');
  const first = env['KUBECONFIG']?.split(':').find((file) => file !== '');
  return [first, home, join(homedir(), '.kube', 'config')].find((file) => file !== undefined && existsSync(file));
}

/** Reads the current context of a kubeconfig. @throws Error in one line when it cannot be used. */
export function accessFrom(file: string): Access {
  const config = parse(readFileSync(file, 'utf8')) as Kubeconfig;
  const context = config.contexts?.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users?.find(({ name }) => name === context?.user)?.user ?? {};
  if (!cluster?.['server']) throw new Error(`${file} has no usable current context`);
  const material = (source: Record<string, string>, field: string): string | undefined => {
    if (source[`${field}-data`]) return Buffer.from(source[`${field}-data`] as string, 'base64').toString();
    return source[field] === undefined ? undefined : readFileSync(resolve(dirname(file), source[field]), 'utf8');
  };
  return {
    server: cluster['server'],
    ca: material(cluster, 'certificate-authority'),
    certificate: material(user, 'client-certificate'),
    key: material(user, 'client-key'),
    token: user['token'],
  };
}
