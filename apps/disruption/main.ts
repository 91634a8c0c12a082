import { run } from '#lib/runtime/run';
import { disruption } from './disruption.controller';

void run(disruption);
