import { run } from '#lib/runtime/run';
import { staleDisruption } from './stale-disruption.controller';

void run(staleDisruption);
