import { run } from '#lib/runtime/run';
import { apiServiceAvailability } from './apiservice-availability.controller';
import { check } from './check';

void run(apiServiceAvailability(check));
