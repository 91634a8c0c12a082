import { busContract } from './bus.contract';
import { MemoryBus } from './memory-bus';

describe('the memory bus', () => busContract(async () => new MemoryBus()));
