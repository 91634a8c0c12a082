import { run } from '#lib/runtime/run';
import { serviceAccountToken } from './service-account-token.controller';

void run(serviceAccountToken);
