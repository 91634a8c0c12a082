import { run } from '#lib/runtime/run';
import { pvProtection } from './pv-protection.controller';

void run(pvProtection);
