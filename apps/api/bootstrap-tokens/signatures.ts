import type { ConfigMap } from '#lib/api/core/configmap';
import { bootstrapTokenOf, idInName, isOver } from '#lib/api/core/bootstrap-token';
import type { Secret } from '#lib/api/core/secret';
import { createHmac } from 'node:crypto';

const PREFIX = 'jws-kubeconfig-';

/**
 * The JSON Web Signature (HS256) of `content` without the content itself: whoever knows the token can tell that somebody who knows it, too,
 * wrote that. Mirrors cluster-bootstrap/token/jws/jws.go.
 */
export function detachedSignature(content: string, id: string, secret: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: id })).toString('base64url');
  const payload = Buffer.from(content).toString('base64url');
  return `${header}..${createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url')}`;
}

/**
 * cluster-info with a signature of its kubeconfig for each token that may sign, and without those of others; undefined when it is so.
 * Mirrors signConfigMap of pkg/controller/bootstrap/bootstrapsigner.go.
 */
export function signed(clusterInfo: ConfigMap, tokens: readonly Secret[], now: Date): ConfigMap | undefined {
  const { kubeconfig } = clusterInfo.data ?? {};
  if (kubeconfig === undefined) return undefined;
  const rest = Object.entries(clusterInfo.data ?? {}).filter(([key]) => !key.startsWith(PREFIX));
  const signatures = tokens.flatMap((token) => signatureBy(token, kubeconfig, now));
  const data = Object.fromEntries([...rest, ...signatures]);
  return isSame(data, clusterInfo.data ?? {}) ? undefined : { ...clusterInfo, data };
}

function signatureBy(secret: Secret, kubeconfig: string, now: Date): [string, string][] {
  const token = bootstrapTokenOf(secret);
  if (token.id === '' || token.id !== idInName(secret.metadata.name) || token.secret === '') return [];
  if (!token.usage.signing || isOver(token, now)) return [];
  return [[`${PREFIX}${token.id}`, detachedSignature(kubeconfig, token.id, token.secret)]];
}

function isSame(a: Record<string, string>, b: Record<string, string>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
