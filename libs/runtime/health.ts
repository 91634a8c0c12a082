import { createServer, type Server } from 'node:http';
import { registry } from './metrics';

/** Serves `/healthz` (the process answers), `/readyz` (it has a current world) and `/metrics` in Prometheus' text format. */
export async function serveHealth(port: number, ready: () => boolean): Promise<{ close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (path === '/metrics') {
      void registry.metrics().then((text) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(text));
    } else if (path === '/healthz' || path === '/livez') {
      response.writeHead(200).end('ok');
    } else if (path === '/readyz') {
      response.writeHead(ready() ? 200 : 503).end(ready() ? 'ok' : 'not ready');
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, () => resolve()));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { close };
}
