import { run } from '#lib/runtime/run';
import { serviceAccount } from './service-account.controller';

void run(serviceAccount);
