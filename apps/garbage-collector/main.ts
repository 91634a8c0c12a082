import { run } from '#lib/runtime/run';
import { garbageCollector } from './garbage-collector.controller';

void run(garbageCollector);
