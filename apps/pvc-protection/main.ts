import { run } from '#lib/runtime/run';
import { pvcProtection } from './pvc-protection.controller';

void run(pvcProtection);
