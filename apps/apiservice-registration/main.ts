import { run } from '#lib/runtime/run';
import { apiServiceRegistration } from './apiservice-registration.controller';

void run(apiServiceRegistration);
