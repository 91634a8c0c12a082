import { run } from '#lib/runtime/run';
import { taintEviction } from './taint-eviction.controller';

void run(taintEviction);
