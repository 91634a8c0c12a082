import { run } from '#lib/runtime/run';
import { nodeLifecycle } from './node-lifecycle.controller';

void run(nodeLifecycle);
