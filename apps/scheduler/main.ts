import { run } from '#lib/runtime/run';
import { scheduler } from './scheduler.controller';

void run(scheduler);
