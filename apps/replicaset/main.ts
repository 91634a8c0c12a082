import { run } from '#lib/runtime/run';
import { replicaSet } from './replicaset.controller';

void run(replicaSet);
