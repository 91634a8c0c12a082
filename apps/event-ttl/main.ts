import { run } from '#lib/runtime/run';
import { eventTtl } from './event-ttl.controller';

void run(eventTtl);
