import { run } from '#lib/runtime/run';
import { serviceCidr } from './service-cidr.controller';

void run(serviceCidr);
