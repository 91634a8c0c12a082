import { ConfigMap } from '#lib/api/core/configmap';
import { build, type Common } from './object';

/** A config map with this data. */
export const aConfigMap = (options: Common & { readonly data?: Record<string, string> } = {}): ConfigMap =>
  build(ConfigMap, options, options.data ? { data: options.data } : {});
