import { RpcError } from '../errors/rpc-error.ts';
import { noAttachments } from '../shared/attachments.ts';
import { headerBytes } from './frames.ts';

/** Called with each whole frame. */
export type OnFrame = (text: string, attachments: readonly Uint8Array[]) => void;

/** Tells where an attachment of so many bytes is to lie, if that is known, by the text and the attachment's place. */
export type RoomFor = (text: string, place: number, bytes: number) => Uint8Array | undefined;

/** What the bytes that come next belong to. */
type Section = 'header' | 'text' | 'attachment length' | 'attachment';

/**
 * Finds frames in a stream of bytes that may be split anywhere.
 *
 * A length is checked before anything is allocated for it. The bytes handed in may be reused by their owner as soon as
 * `push` returns: everything that is kept is copied, attachments to buffers of exactly their length.
 */
export class FrameDecoder {
  readonly #limit: number;
  readonly #onFrame: OnFrame;
  readonly #roomFor: RoomFor | undefined;
  #section: Section = 'header';
  // Where the section that is under way is collected, and how much of it is there.
  #target: Buffer = Buffer.allocUnsafe(headerBytes);
  #filled = 0;
  readonly #header: Buffer = this.#target;
  // What is left of the frame behind the section under way.
  #rest = 0;
  #text = '';
  #attachments: Uint8Array[] = [];

  /**
   * @param limit - The most bytes of text and attachments that a frame may hold.
   * @param roomFor - Asked for each attachment. Where there is none, each gets a buffer of its own.
   */
  constructor(limit: number, onFrame: OnFrame, roomFor?: RoomFor) {
    this.#limit = limit;
    this.#onFrame = onFrame;
    this.#roomFor = roomFor;
  }

  /** Whether bytes of a frame have come whose end has not. */
  get midFrame(): boolean {
    return this.#section !== 'header' || this.#filled > 0;
  }

  /**
   * Takes the next bytes and reports the frames they complete.
   *
   * @throws RpcError `PROTOCOL_ERROR`, after which the stream cannot be read on.
   */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#section === 'header' && this.#filled === 0) {
        const end = this.#wholeTextFrame(chunk, at);
        if (end > at) {
          at = end;
          continue;
        }
      }
      const taken = Math.min(this.#target.length - this.#filled, chunk.length - at);
      chunk.copy(this.#target, this.#filled, at, at + taken);
      this.#filled += taken;
      at += taken;
      // A section of no bytes is complete as soon as it begins, hence the loop.
      while (this.#filled === this.#target.length) this.#sectionDone();
    }
  }

  /** The common case: a frame without attachments that lies in the chunk whole is read from where it lies. */
  #wholeTextFrame(chunk: Buffer, at: number): number {
    if (chunk.length - at < headerBytes) return at;
    const length = chunk.readUInt32BE(at);
    const textBytes = chunk.readUInt32BE(at + 4);
    if (length !== textBytes + 4) return at;
    const end = at + headerBytes + textBytes;
    if (end > chunk.length) return at;
    this.#check(length, textBytes);
    this.#onFrame(chunk.toString('utf8', at + headerBytes, end), noAttachments);
    return end;
  }

  #sectionDone(): void {
    switch (this.#section) {
      case 'header': {
        const length = this.#target.readUInt32BE(0);
        const textBytes = this.#target.readUInt32BE(4);
        this.#check(length, textBytes);
        this.#rest = length - 4 - textBytes;
        this.#begin('text', Buffer.allocUnsafe(textBytes));
        return;
      }
      case 'text':
        this.#text = this.#target.toString('utf8');
        this.#next();
        return;
      case 'attachment length': {
        const bytes = this.#target.readUInt32BE(0);
        if (bytes > this.#rest)
          throw malformed(`an attachment of ${bytes} bytes in a frame with ${this.#rest} left`);
        this.#rest -= bytes;
        this.#begin('attachment', this.#room(bytes));
        return;
      }
      case 'attachment': {
        const { buffer, byteOffset, byteLength } = this.#target;
        this.#attachments.push(new Uint8Array(buffer, byteOffset, byteLength));
        this.#next();
      }
    }
  }

  /** After the text or an attachment: the next attachment, or the frame is complete. */
  #next(): void {
    if (this.#rest > 0) {
      if (this.#rest < 4) throw malformed(`${this.#rest} bytes behind its last attachment`);
      this.#rest -= 4;
      this.#begin('attachment length', Buffer.allocUnsafe(4));
      return;
    }
    const text = this.#text;
    const attachments = this.#attachments;
    this.#text = '';
    this.#attachments = [];
    this.#begin('header', this.#header);
    this.#onFrame(text, attachments);
  }

  #room(bytes: number): Buffer {
    const room = bytes === 0 ? undefined : this.#roomFor?.(this.#text, this.#attachments.length, bytes);
    return room?.byteLength === bytes ? Buffer.from(room.buffer, room.byteOffset, bytes) : exactBuffer(bytes);
  }

  #begin(section: Section, target: Buffer): void {
    this.#section = section;
    this.#target = target;
    this.#filled = 0;
  }

  #check(length: number, textBytes: number): void {
    if (length < 4 || textBytes > length - 4) throw malformed(`lengths ${length} and ${textBytes}`);
    if (length - 4 > this.#limit) {
      throw new RpcError(
        'PROTOCOL_ERROR',
        `the other side sent a frame of ${length - 4} bytes; at most ${this.#limit} are taken (limits.messageBytes)`,
      );
    }
  }
}

// Outside Node's pool, so that the memory belongs to this attachment alone. It is filled before it is handed over.
function exactBuffer(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(bytes);
}

function malformed(what: string): RpcError {
  return new RpcError('PROTOCOL_ERROR', `the other side sent a malformed frame: ${what}`);
}
