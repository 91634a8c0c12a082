import { Socket, type SocketConstructorOpts, type TcpSocketConnectOpts } from 'node:net';

/** Bytes per read at most: four times what a stream takes. */
const READ_BYTES = 256 * 1024;

/** A connection that reads into the same memory again and again. */
export interface StillSocket extends Socket {
  /**
   * True while who hears `data` is done with the bytes when he returns. Default false: then they are copied for him, as he may keep them.
   */
  isBorrowed?: boolean;
}

/** Options of the driver for connections to this address: an encrypted one has a stream of its own. */
export const stillStreams = (url: string): { readonly stream?: () => StillSocket } => (/[?&]ssl/.test(url) ? {} : { stream: stillSocket });

/**
 * What the driver takes as its `stream`. An ordinary one makes a buffer of 64 kB per read, and what V8 hears of those makes it mark the
 * whole heap over and over: a profile of verifying had a tenth of its time in that.
 */
export function stillSocket(): StillSocket {
  const callback = (count: number, memory: Uint8Array): boolean => {
    const bytes = Buffer.from(memory.buffer, memory.byteOffset, count);
    return socket.emit('data', socket.isBorrowed ? bytes : Buffer.from(bytes));
  };
  const reading: Pick<TcpSocketConnectOpts, 'onread'> = { onread: { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback } };
  const socket: StillSocket = new Socket(reading as SocketConstructorOpts); // documented, but not in the types
  return socket;
}
