import { run } from '#lib/runtime/run';
import { clusterRoleAggregation } from './clusterrole-aggregation.controller';

void run(clusterRoleAggregation);
