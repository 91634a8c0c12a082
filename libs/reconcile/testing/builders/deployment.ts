import type { DeploymentSpec, DeploymentStatus, DeploymentStrategy } from 'kubernetes-types/apps/v1';
import { Deployment } from '#lib/api/apps/deployment';
import { build, type Common } from './object';
import { aTemplate } from './template';

/** What a test says of a deployment. */
export interface DeploymentOptions extends Common {
  /** Default 1. */
  readonly replicas?: number;
  /** Labels of selector and template. Default `{ app: 'web' }`. */
  readonly selects?: Record<string, string>;
  readonly image?: string;
  /** Default: the API's, a rolling update of 25 % each. */
  readonly strategy?: DeploymentStrategy;
  readonly spec?: Partial<DeploymentSpec>;
  readonly status?: Partial<DeploymentStatus>;
}

/** A deployment `web` that selects `app=web`. */
export function aDeployment(options: DeploymentOptions = {}): Deployment {
  const selects = options.selects ?? { app: 'web' };
  const spec: DeploymentSpec = {
    replicas: options.replicas ?? 1,
    selector: { matchLabels: selects },
    template: aTemplate(selects, options.image),
    strategy: options.strategy ?? { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...options.spec,
  };
  return build(Deployment, { labels: selects, ...options }, { spec, status: { ...options.status } });
}
