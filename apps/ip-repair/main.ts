import { run } from '#lib/runtime/run';
import { ipRepair } from './ip-repair.controller';

void run(ipRepair);
