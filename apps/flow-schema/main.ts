import { run } from '#lib/runtime/run';
import { flowSchema } from './flow-schema.controller';

void run(flowSchema);
