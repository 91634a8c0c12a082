import { ServiceAccount } from '#lib/api/core/serviceaccount';
import { build, type Common } from './object';

/** The service account `default`. */
export const aServiceAccount = (options: Common = {}): ServiceAccount => build(ServiceAccount, { ...options, name: options.name ?? 'default' }, {});
