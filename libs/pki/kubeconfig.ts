import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import { replaceFile } from './private-file';

/** What a kubeconfig says: one cluster, one user, one context that is the current one. */
export interface KubeconfigRequest {
  /** `https://127.0.0.1:6443`. */
  readonly server: string;
  /** The CA's certificate, PEM. */
  readonly ca: string;
  /** The user's name inside the file. */
  readonly user: string;
  /** Client certificate and key (PEM), or a bearer token. */
  readonly credentials: { readonly certificate: string; readonly key: string } | { readonly token: string };
  /** Name of cluster and context. Default `decklog`. */
  readonly context?: string;
  /** Default: `default`. */
  readonly namespace?: string;
}

/** The text of a kubeconfig with everything inline, as kubectl, client-go, Helm and Terraform read it. */
export function kubeconfig(request: KubeconfigRequest): string {
  const { context = 'decklog', credentials, namespace } = request;
  const user =
    'token' in credentials
      ? { token: credentials.token }
      : { 'client-certificate-data': base64(credentials.certificate), 'client-key-data': base64(credentials.key) };
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: context, cluster: { 'certificate-authority-data': base64(request.ca), server: request.server } }],
      contexts: [{ name: context, context: { cluster: context, user: request.user, ...(namespace ? { namespace } : {}) } }],
      'current-context': context,
      preferences: {},
      users: [{ name: request.user, user }],
    },
    { lineWidth: 0 },
  );
}

/** Writes the kubeconfig (0600), whole or not at all, and returns its absolute path. */
export function writeKubeconfig(file: string, request: KubeconfigRequest): string {
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, kubeconfig(request));
  return path;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
