import type { Actor } from '#lib/log/log';

/** Digits that look drawn, and are the same every time. */
export const hex = (n: number, digits: number): string =>
  ((Math.imul(n, 0x9e3779b1) >>> 0).toString(16) + (Math.imul(n ^ 0x5bd1e995, 0x85ebca6b) >>> 0).toString(16)).padStart(digits, '0').slice(0, digits);
/** As of a container's id. */
export const long = (n: number): string => Array.from({ length: 8 }, (_, i) => hex(n * 31 + i, 8)).join('');
/** As of an object. */
export const uuid = (n: number): string => `${hex(n, 8)}-${hex(n + 1, 4)}-4${hex(n + 2, 3)}-8${hex(n + 3, 3)}-${String(n).padStart(12, '0')}`;

/** A controller of the control plane. */
export const account = (name: string, ...more: string[]): Actor => ({
  user: `system:serviceaccount:kube-system:${name}`,
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', ...more, 'system:authenticated'],
  userAgent: `decklog/${name}`,
});
/** Controllers, as the log names them. */
export const ACTORS = {
  replicaset: account('replicaset-controller'),
  node: account('simulated-nodes', 'system:nodes'),
  deployment: account('deployment-controller'),
};
export const SCHEDULER: Actor = { user: 'system:kube-scheduler', groups: ['system:authenticated'], userAgent: 'decklog/scheduler' };
export const ADMIN: Actor = {
  user: 'kubernetes-admin',
  groups: ['system:masters', 'system:authenticated'],
  userAgent: 'kubectl/v1.33.0 (linux/amd64)',
  address: '127.0.0.1',
};
