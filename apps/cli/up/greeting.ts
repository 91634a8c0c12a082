import { relative } from 'node:path';
import type { Home } from './home';

/** What somebody who has just started a cluster wants to type next. */
export function greeting(home: Home, { host, port }: { host: string; port: number }): string {
  const file = relative(process.cwd(), home.kubeconfig);
  const path = file.startsWith('..') ? home.kubeconfig : `$PWD/${file}`;
  return `
The cluster is ready on https://${host}:${port}. In another terminal:

  export KUBECONFIG=${path}
  kubectl get nodes
  kubectl create deployment web --image=nginx --replicas=3
  kubectl get pods --watch
  node dist/apps/cli/main.js log --limit 20     # who did what, and because of what
  kubectl --server https://127.0.0.1:${port}/asof/1 get namespaces     # the cluster as it was at revision 1

Ctrl-C stops it; the next start finds everything as it was.
`;
}
