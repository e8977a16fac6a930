import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { App } from './app-types.ts';

/**
 * Lets a stop wait for requests under way, and for nothing else. Node.js takes a connection on which nothing was ever asked
 * (browsers and HTTP clients open them ahead) for one at work, and one that is answered meanwhile is kept for a next
 * request: each would hold a stop until it has been idle for long.
 */
export function endConnections(app: App): void {
  const underWay = new Map<Socket, Set<ServerResponse>>();
  let isStopping = false;
  app.server.on('connection', (socket: Socket) => {
    if (isStopping) return void socket.destroy();
    underWay.set(socket, new Set());
    socket.once('close', () => underWay.delete(socket));
  });
  app.server.on('request', ({ socket }, response) => {
    const responses = underWay.get(socket);
    responses?.add(response);
    response.once('close', () => {
      responses?.delete(response);
      if (isStopping && responses?.size === 0) socket.destroySoon();
    });
  });
  app.addHook('preClose', async () => {
    isStopping = true;
    for (const [socket, responses] of underWay) {
      if (responses.size === 0) socket.destroy();
      const [only] = responses;
      if (responses.size === 1 && only?.headersSent === false) only.setHeader('connection', 'close');
    }
  });
}
