import { run } from '#lib/runtime/run';
import { endpoints } from './endpoints.controller';

void run(endpoints);
