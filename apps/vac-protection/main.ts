import { run } from '#lib/runtime/run';
import { vacProtection } from './vac-protection.controller';

void run(vacProtection);
