import { All, Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Front } from './front';
import type { Incoming, Outgoing } from './exchange';

/** Every path of the Kubernetes API. The kinds decide what there is, so there is one route; the answer is written straight to the socket. */
@Controller()
export class ObjectRoutes {
  constructor(private readonly front: Front) {}

  @All('*')
  handle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.hijack();
    void this.front.handle(request.raw as Incoming, reply.raw as Outgoing);
  }
}
