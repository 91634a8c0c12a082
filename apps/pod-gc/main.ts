import { run } from '#lib/runtime/run';
import { podGc } from './pod-gc.controller';

void run(podGc);
