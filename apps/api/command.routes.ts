import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { COMMAND_SUBJECT, type CommandReply, type CommandRequest } from '#lib/runtime/commands';
import { CommandExecutor } from './write/execute';

/** The door of controllers: their commands come over the bus. */
@Controller()
export class CommandRoutes {
  constructor(private readonly executor: CommandExecutor) {}

  @MessagePattern(COMMAND_SUBJECT)
  execute(@Payload() request: CommandRequest): Promise<CommandReply> {
    return this.executor.execute(request);
  }
}
