import { Controller } from '@nestjs/common';
import { Front } from './front';
import type { Incoming, Outgoing } from './exchange';

/**
 * Every path of the Kubernetes API. The kinds decide what there is, so there is one route, and the server calls it itself (`takeRequests`).
 */
@Controller()
export class ObjectRoutes {
  constructor(private readonly front: Front) {}

  handle(request: Incoming, response: Outgoing): void {
    void this.front.handle(request, response);
  }
}
