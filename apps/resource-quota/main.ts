import { run } from '#lib/runtime/run';
import { resourceQuota } from './resource-quota.controller';

void run(resourceQuota);
